// The Claude service behind LiteLLM: whether who asks comes through, and what a session keeps.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runsCommand } from '../../claude-service/programs.mjs';
import { check } from '../../claude-service/suite.mjs';
import { until } from '../programs.mjs';
import { answered, ask, bash, counted, script, told } from './chat.mjs';
import { plainHeaders, userToken } from './open-webui.mjs';

const MODEL = 'claude-amber-session';
const ADA = { id: 'ada-1', email: 'ada@company.com', name: 'Ada' };
const BOB = { id: 'bob-1', email: 'bob@company.com', name: 'Bob' };
const TITLE = `### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Chat History:
<chat_history>
USER: hello
</chat_history>`;

export async function checkSessions(backends, { models, secret }) {
  const { model: anthropic } = backends;
  const service = backends.url('claude-service');
  const serviceKey = backends.secret('claude-service-secrets', 'CLAUDE_SERVICE_KEY');
  const workspaces = backends.resolved('claude-service').env.WORKSPACES_PATH;
  const of = (person, chatId, more) => ({ model: MODEL, context: { person, chatId, ...more } });
  const newestRequest = async () => (await anthropic.requests()).at(-1).body;
  const sessionsOf = async (person) => {
    const headers = { authorization: `Bearer ${serviceKey}`, 'x-openwebui-user-jwt': userToken(person, secret) };
    const response = await fetch(`${service}/v1/sessions`, { headers });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()).data;
  };
  const question = script(
    'Look around.',
    { text: 'I look. ', ...bash('echo kept > note.txt; pwd') },
    { text: 'Done.' },
  );
  let first;

  await check("a session streams through LiteLLM, runs a tool in its workspace, and is the person's own", async () => {
    const before = counted(await anthropic.counted());
    first = await answered(models, { ...of(ADA, 'chat-1', { messageId: 'm-1' }), said: question });
    assert.match(first.text, /^I look\. /);
    assert.match(first.text, /<details type="tool_calls" done="true"[^>]* name="bash"/);
    assert.match(first.text, /Done\.$/);
    assert.equal(first.end, 'stop');
    assert.ok(first.chunks.length > 4, 'it was not streamed');
    assert.ok(
      first.chunks.every(({ choices }) => !choices?.[0]?.delta?.tool_calls),
      'a client would run the tool',
    );
    assert.equal(told(first), counted(await anthropic.counted()) - before);
    const folders = readdirSync(workspaces).filter((name) => existsSync(join(workspaces, name, 'note.txt')));
    assert.equal(folders.length, 1);
    assert.equal(readFileSync(join(workspaces, folders[0], 'note.txt'), 'utf8'), 'kept\n');
    const sessions = await sessionsOf(ADA);
    assert.equal(sessions.length, 1, 'LiteLLM did not pass on who asks, or in which chat');
    assert.deepEqual(await sessionsOf(BOB), []);
    return `${told(first)} tokens, as the API counted`;
  });

  await check('an answer that is not streamed has the same figures', async () => {
    const before = counted(await anthropic.counted());
    const said = script('Whole.', { text: 'One. ', ...bash('true') }, { text: 'Two.' });
    const whole = await answered(models, { ...of(ADA, 'chat-whole'), said, stream: false });
    assert.match(whole.text, /^One\. [\s\S]*Two\.$/);
    assert.equal(told(whole), counted(await anthropic.counted()) - before);
  });

  await check('after kill -9 and a new start the chat goes on, with its history and its files', async () => {
    const running = ask(models, {
      ...of(ADA, 'chat-1'),
      said: [question, first.text, script('Wait.', bash('sleep 61.5'))],
    });
    await until('the tool runs', () => runsCommand('61.5'));
    await backends.kill9('claude-service');
    const cut = await running;
    assert.ok(cut.error, `the person is not told that the answer ended: ${cut.raw.slice(-300)}`);
    await backends.start('claude-service');
    const next = script('What is in the note?', bash('cat note.txt'), { text: 'That is it.' });
    const answer = await answered(models, { ...of(ADA, 'chat-1'), said: [question, first.text, next] });
    assert.match(answer.text, /result="kept"/);
    assert.match(JSON.stringify((await newestRequest()).messages), /Look around\./);
    assert.equal((await sessionsOf(ADA)).length, 2);
  });

  await check('the same chat id of another person is another session', async () => {
    const said = script('Is there a note?', bash('ls -A | wc -l'), { text: 'Counted.' });
    const answer = await answered(models, { ...of(BOB, 'chat-1'), said: [question, first.text, said] });
    assert.match(answer.text, /result="0"/);
  });

  await check('a question asked again takes the place of the first, also through LiteLLM', async () => {
    const chat = of(ADA, 'chat-fork', { messageId: 'f-1' });
    const { text } = await answered(models, { ...chat, said: script('First.', { text: 'A' }) });
    const begin = [script('First.', { text: 'A' }), text];
    await answered(models, { ...of(ADA, 'chat-fork', { messageId: 'f-2' }), said: [...begin, 'the left branch'] });
    await answered(models, { ...of(ADA, 'chat-fork', { messageId: 'f-3' }), said: [...begin, 'the right branch'] });
    const messages = JSON.stringify((await newestRequest()).messages);
    assert.match(messages, /the right branch/);
    assert.doesNotMatch(messages, /the left branch/);
  });

  for (const [how, context, said] of [
    ['by its header', { task: 'title_generation' }, script('a title please', { text: 'A title' })],
    ['by its text', {}, TITLE],
  ]) {
    await check(`a title, recognised ${how}, is made by the small model and leaves the session alone`, async () => {
      const before = await sessionsOf(ADA);
      await answered(models, { ...of(ADA, 'chat-1', context), said, stream: false });
      const asked = await newestRequest();
      assert.equal(asked.model, 'claude-haiku-5-5');
      assert.equal(asked.tools?.length ?? 0, 0);
      assert.doesNotMatch(JSON.stringify(asked.messages), /Look around/);
      assert.deepEqual(await sessionsOf(ADA), before);
    });
  }

  const refusals = [
    ['plain user headers', plainHeaders(BOB)],
    ['a forged token', { 'X-OpenWebUI-User-Jwt': userToken(BOB, 'not the secret') }],
    ['an old token', { 'X-OpenWebUI-User-Jwt': userToken(BOB, secret, { age: 4000 }) }],
    ["another issuer's token", { 'X-OpenWebUI-User-Jwt': userToken(BOB, secret, { issuer: 'somebody' }) }],
    ['a token signed with the service key', { 'X-OpenWebUI-User-Jwt': userToken(BOB, serviceKey) }],
  ];
  await check('forged identities are refused, behind LiteLLM too, and start nothing', async () => {
    const before = await sessionsOf(BOB);
    const calls = (await anthropic.requests()).length;
    for (const [name, headers] of refusals) {
      const all = { ...models.headers({ person: BOB, chatId: 'forged' }), ...headers };
      if (!('X-OpenWebUI-User-Jwt' in headers)) delete all['X-OpenWebUI-User-Jwt'];
      const answer = await ask(models, { model: MODEL, said: 'who am I?', headers: all });
      assert.ok([401, 403, 429].includes(answer.status), `${name}: ${answer.status} ${answer.raw.slice(0, 200)}`);
      const direct = await ask(
        { url: `${service}/v1` },
        {
          model: MODEL,
          said: 'who am I?',
          headers: { ...all, Authorization: `Bearer ${serviceKey}` },
        },
      );
      assert.equal(direct.status, 401, `${name}, past LiteLLM: ${direct.status}`);
    }
    assert.deepEqual(await sessionsOf(BOB), before);
    assert.equal((await anthropic.requests()).length, calls);
  });

  await check('one refused identity does not take the model from everybody else', async () => {
    const forged = { ...models.headers({ person: BOB, chatId: 'x' }), 'X-OpenWebUI-User-Jwt': userToken(BOB, 'wrong') };
    await ask(models, { model: MODEL, said: 'hello', headers: forged });
    await answered(models, { ...of(ADA, 'chat-after'), said: 'still there?' });
  });

  await check('nobody has a session without saying who: such a question is answered without memory', async () => {
    const count = readdirSync(workspaces).length;
    const { 'X-OpenWebUI-User-Jwt': _, ...headers } = models.headers({ person: BOB, chatId: 'nameless' });
    for (const name of Object.keys(headers)) if (/customer/i.test(name)) delete headers[name];
    const answer = await ask(models, { model: MODEL, said: script('x', bash('echo ran > x'), { text: 'y' }), headers });
    assert.equal(readdirSync(workspaces).length, count);
    assert.equal(answer.status, 200, answer.raw.slice(0, 300));
  });

  await check(
    "each key opens its own door only: LiteLLM's is refused by the service, the service's by LiteLLM",
    async () => {
      const person = { 'x-openwebui-user-jwt': userToken(ADA, secret), 'content-type': 'application/json' };
      for (const [name, keys] of Object.entries(backends.cluster.secrets)) {
        for (const [key, value] of Object.entries(keys)) {
          if (value === serviceKey) continue;
          const headers = { ...person, authorization: `Bearer ${value}` };
          const { status } = await ask({ url: `${service}/v1` }, { model: MODEL, said: 'hello', headers });
          assert.equal(status, 401, `${name}/${key} opens the Claude service`);
        }
      }
      const nothing = await ask({ url: `${service}/v1` }, { model: MODEL, said: 'hello', headers: person });
      assert.equal(nothing.status, 401);
      for (const path of ['/v1/models', '/v1/sessions']) assert.equal((await fetch(service + path)).status, 401, path);
    },
  );

  for (const stream of [true, false]) {
    const how = stream ? 'streamed' : 'whole';
    await check(`who leaves before a ${how} answer stops the agent, through LiteLLM`, async () => {
      const leave = new AbortController();
      const seconds = stream ? '62.5' : '63.5';
      const said = script('Wait long.', { text: 'Waiting. ', ...bash(`sleep ${seconds}`) });
      const { signal } = leave;
      const left = ask(models, { ...of(ADA, `chat-left-${how}`), said, stream, signal }).catch(() => {});
      await until('the tool runs', () => runsCommand(seconds), 20);
      const began = Date.now();
      leave.abort();
      await left;
      await until('the command is gone', () => !runsCommand(seconds), 20);
      return `the command was gone after ${Date.now() - began} ms`;
    });
  }

  await check('a silent agent does not lose its reader: a sign of life comes before any time-out', async () => {
    const said = script('Be silent.', bash('sleep 17'), { text: 'Awake.' });
    const answer = await answered(models, { ...of(ADA, 'chat-silent'), said });
    assert.match(answer.raw, /^:/m);
    assert.match(answer.text, /Awake\.$/);
  });

  await check('a model that fails for good is one clear error, without running the agent twice', async () => {
    const before = (await anthropic.requests()).length;
    const said = script('Fail.', bash('echo once >> count.txt'), { error: { status: 529 } });
    const answer = await ask(models, { ...of(ADA, 'chat-fail'), said });
    assert.ok(answer.error, answer.raw.slice(-400));
    const runs = readdirSync(workspaces)
      .map((name) => join(workspaces, name, 'count.txt'))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'));
    assert.deepEqual(runs, ['once\n']);
    return `${(await anthropic.requests()).length - before} calls of the API: "${answer.error.message.slice(0, 160)}"`;
  });

  await check('the cost of the day is what the API counted', async () => {
    const eve = { id: 'eve-1', email: 'eve@company.com' };
    const before = (await anthropic.counted()).costUsd;
    for (let turn = 0; turn < 3; turn++) {
      const said = script(`Count ${turn}.`, { thinking: 'hm', text: 'I look. ', ...bash('echo 1') }, { text: 'done' });
      await answered(models, { ...of(eve, `chat-cost-${turn}`), said });
    }
    const spent = (await anthropic.counted()).costUsd - before;
    const metrics = await (await fetch(`${backends.url('claude-service', 'metrics')}/metrics`)).text();
    const ofEve = metrics.split('\n').find((line) => /claude_service_user_cost_usd_today\{.*eve/.test(line));
    assert.ok(ofEve, 'no figure for her');
    assert.ok(Math.abs(Number(ofEve.split(' ').at(-1)) - spent) < 1e-9, `${ofEve}, counted ${spent}`);
    return `${spent.toFixed(6)} US dollars`;
  });
}
