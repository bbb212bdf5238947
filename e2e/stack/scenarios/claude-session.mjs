// The Claude session in the chat: it streams, runs a tool, and survives the end of its program.
import assert from 'node:assert/strict';
import { ask, newChat } from '../webui.mjs';

export const title = 'claude-amber-session';
export const needs = ['models'];

const TOOL = JSON.stringify([
  { text: 'I look first.', tools: [{ name: 'bash', input: { command: 'echo heron-$((40 + 2)) | tee found.txt' } }] },
  { text: 'The file holds one heron.', pieceLength: 4, delayMs: 120 },
]);
const AGAIN = JSON.stringify([
  { tools: [{ name: 'bash', input: { command: 'cat found.txt' } }] },
  { text: 'It is still there.' },
]);

export async function run({ stack, check, shared, log }) {
  const { grace, linus } = shared;
  const { backends, edge } = stack;
  await check(
    'it streams and runs a tool in its workspace',
    async () => {
      await newChat(grace, { url: edge.url, model: 'claude-amber-session' });
      const { text, states } = await ask(grace, `Write down a heron.\nfake: ${TOOL}`);
      assert.match(text, /The file holds one heron\./);
      assert.ok(states >= 3, `the answer was seen in ${states} states`);
      await grace.picture('session-tool');
      assert.ok((await lastMessages(backends)).includes('heron-42'), 'the model was told what the tool printed');
    },
    grace,
  );
  await check(
    'the page shows the call of the tool and its result',
    async () => {
      await grace.page.getByText('View Result from bash').first().click();
      await grace.page.waitForTimeout(500);
      await grace.picture('session-tool-open');
      await grace.page.getByText('heron-42').first().waitFor({ timeout: 5000 });
    },
    grace,
  );
  await check('the service is killed with -9 and starts again', async () => {
    await backends.kill9('claude-service');
    await backends.start('claude-service');
  });
  await check(
    'the session goes on where it was: conversation and files',
    async () => {
      const { text } = await ask(grace, `Is it still there?\nfake: ${AGAIN}`);
      assert.match(text, /It is still there\./);
      const sent = await lastMessages(backends);
      assert.ok(sent.includes('Write down a heron.') && sent.includes('tool_use'), 'the model gets the turns before');
      assert.equal(
        sent.split('heron-42').length - 1,
        2,
        'the result of both calls: of the first and of reading the file',
      );
      await grace.picture('session-after-restart');
    },
    grace,
  );
  await check('questions for titles and tags do not stand in the session', async () => {
    assert.doesNotMatch(await lastMessages(backends), /concise, 3-5 word title|chat_history/i);
  });
  await check(
    "another person's session is another one",
    async () => {
      await newChat(linus, { url: edge.url, model: 'claude-amber-session' });
      const { text } = await ask(linus, `Look around.\nfake: ${AGAIN}`);
      assert.match(text, /It is still there\./);
      const sent = await lastMessages(backends);
      assert.doesNotMatch(sent, /heron-42|Write down a heron/);
    },
    linus,
  );
  log('the Claude service was killed and started once');
}

/** What the model was sent in the newest request that has tools of the session. */
async function lastMessages({ model }) {
  const requests = (await model.requests()).filter(({ body }) => body?.tools?.some(({ name }) => name === 'bash'));
  assert.ok(requests.length > 0, 'the model was asked with the tools of a session');
  return JSON.stringify(requests.at(-1).body.messages);
}
