// The models behind LiteLLM: who sees which, and an answer that grows in the page.
import assert from 'node:assert/strict';
import { modelsOf, shareModels } from '../administration.mjs';
import { ask, modelsInList, newChat } from '../webui.mjs';

export const title = 'direct models';
export const needs = ['sign-in'];

const ALL = ['claude-amber-session', 'claude-haiku-5-5', 'claude-opus-5-5', 'claude-sonnet-5-5'];
const SLOWLY = JSON.stringify([
  { text: 'Slow rivers carry warm water past the old mill.', pieceLength: 6, delayMs: 150 },
]);

export async function run({ stack, check, shared }) {
  const { admin, grace } = shared;
  const { url } = stack.edge;
  await check('the administrator sees the direct models and the session', async () => {
    assert.deepEqual(await modelsOf(admin), ALL);
  });
  await check('nobody else sees a model before the administrator shares it', async () => {
    assert.deepEqual(await modelsOf(grace), []);
  });
  await check('the administrator shares them', () => shareModels(admin, ALL));
  await check(
    'now a colleague has all of them in her list',
    async () => {
      await grace.page.goto(url);
      assert.deepEqual((await modelsInList(grace)).sort(), ALL);
    },
    grace,
  );
  await check(
    'a direct model answers, and the answer grows in the page',
    async () => {
      await newChat(grace, { url, model: 'claude-sonnet-5-5' });
      const { text, states } = await ask(grace, `Tell me about rivers.\nfake: ${SLOWLY}`);
      assert.match(text, /Slow rivers carry warm water past the old mill\./);
      assert.ok(states >= 3, `the answer was seen in ${states} states`);
      await grace.picture('direct-model');
    },
    grace,
  );
  await check('LiteLLM asks Anthropic for the model of that name, with its key', async () => {
    const asked = (await stack.backends.model.requests()).map(({ body }) => body?.model);
    assert.ok(asked.includes('claude-sonnet-5-5'), `asked for: ${asked}`);
  });
}
