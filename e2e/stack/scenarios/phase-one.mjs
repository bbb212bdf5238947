// Phase 1: nobody signs in, and people chat.
import assert from 'node:assert/strict';
import { whoAmI } from '../administration.mjs';
import { ask, modelsInList, newChat, open } from '../webui.mjs';

export const title = 'phase 1: chat without sign-in';

export async function run({ stack, check, person, shared }) {
  const { url } = stack.edge;
  const nobody = await person('nobody');
  await check('the page opens without a sign-in', () => open(nobody, { url }), nobody);
  await check('whoever comes is the one unnamed administrator', async () => {
    const { email, role } = await whoAmI(nobody);
    assert.deepEqual({ email, role }, { email: 'admin@localhost', role: 'admin' });
  });
  await check(
    'the direct models are in the list',
    async () => {
      const models = await modelsInList(nobody);
      assert.deepEqual(models, ['claude-sonnet-5-5', 'claude-opus-5-5', 'claude-haiku-5-5']);
    },
    nobody,
  );
  await check(
    'a model answers, and the chat is kept',
    async () => {
      await newChat(nobody, { url, model: 'claude-haiku-5-5' });
      const { text } = await ask(nobody, 'Remember the heron of phase one.');
      assert.match(text, /heron of phase one/);
      shared.phaseOneChat = new URL(nobody.page.url()).pathname.split('/').at(-1);
      await nobody.picture('chat');
    },
    nobody,
  );
  await nobody.close();
}
