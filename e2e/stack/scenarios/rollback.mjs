// Back from phase 2: the manifests of phase 1 on the same volume keep every chat.
import assert from 'node:assert/strict';
import { chatsOf, chatText, whoAmI } from '../administration.mjs';
import { ask, newChat, open } from '../webui.mjs';

export const title = 'the rollback keeps the chats';
export const needs = ['hand-over'];

export async function run({ stack, check, person, shared }) {
  const { url } = stack.edge;
  const nobody = await person('nobody');
  await check(
    'phase 1 opens without a sign-in again',
    async () => {
      await open(nobody, { url });
      const { email, role } = await whoAmI(nobody);
      assert.deepEqual({ email, role }, { email: 'admin@localhost', role: 'admin' });
    },
    nobody,
  );
  await check('the chats of phase 1 and of phase 2 are there', async () => {
    const ids = (await chatsOf(nobody)).map(({ id }) => id);
    assert.ok(ids.includes(shared.phaseOneChat) && ids.includes(shared.phaseTwoChat), `has ${ids}`);
    assert.match(await chatText(nobody, shared.phaseOneChat), /heron of phase one/);
    assert.match(await chatText(nobody, shared.phaseTwoChat), /otter of phase two/);
  });
  await check(
    'and open in the page',
    async () => {
      await nobody.page.goto(`${url}/c/${shared.phaseTwoChat}`);
      await nobody.page.getByText('otter of phase two').first().waitFor();
      await nobody.picture('chat-of-phase-2');
    },
    nobody,
  );
  await check(
    'a model answers',
    async () => {
      await newChat(nobody, { url, model: 'claude-haiku-5-5' });
      assert.match((await ask(nobody, 'Good to be back.')).text, /Good to be back/);
    },
    nobody,
  );
  shared.chatsBeforeCopy = (await chatsOf(nobody)).length;
  await nobody.close();
}
