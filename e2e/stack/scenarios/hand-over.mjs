// What phase 1 made belongs to the administrator of phase 2.
import assert from 'node:assert/strict';
import { chatsOf, chatText } from '../administration.mjs';
import { ask, newChat } from '../webui.mjs';

export const title = 'the chats of phase 1 in phase 2';
export const needs = ['phase-one', 'sign-in'];

export async function run({ stack, check, shared }) {
  const { admin, grace } = shared;
  await check('the administrator owns the chat of phase 1', async () => {
    assert.ok((await chatsOf(admin)).some(({ id }) => id === shared.phaseOneChat));
    assert.match(await chatText(admin, shared.phaseOneChat), /heron of phase one/);
  });
  await check(
    'it opens in the page',
    async () => {
      await admin.page.goto(`${stack.edge.url}/c/${shared.phaseOneChat}`);
      await admin.page.getByText('heron of phase one').first().waitFor();
      await admin.picture('old-chat');
    },
    admin,
  );
  await check('nobody else has it', async () => {
    assert.deepEqual(await chatsOf(grace), []);
  });
  await check(
    'the administrator goes on chatting',
    async () => {
      await newChat(admin, { url: stack.edge.url, model: 'claude-haiku-5-5' });
      assert.match((await ask(admin, 'Remember the otter of phase two.')).text, /otter of phase two/);
      shared.phaseTwoChat = new URL(admin.page.url()).pathname.split('/').at(-1);
    },
    admin,
  );
}
