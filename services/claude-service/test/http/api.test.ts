import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { APIError } from 'openai';
import { FixedSecret } from '../../../runtime/secret-source';
import { UserTokenVerifier } from '../../../runtime/user-token';
import { ModelError, ToolRule, TurnEnd } from '../../src/engine/engine';
import { answerSteps, usage } from '../sessions/scripted-engine';
import { TestDatabase } from '../store/postgres-in-worker';
import { ApiUnderTest, KEY, MODEL, SECRET, userToken } from './api-under-test';

// The machine may be busy.
jest.setTimeout(30_000);

let database: TestDatabase;
let api: ApiUnderTest;
beforeAll(async () => {
  database = await TestDatabase.open();
}, 60_000);
afterAll(() => database.close());
beforeEach(async () => {
  database.isAway = false;
  await database.empty();
  api = await ApiUnderTest.start(database);
});
afterEach(() => api.close());

const hello = [{ role: 'user' as const, content: 'hello' }];

async function failure(asking: Promise<unknown>): Promise<APIError> {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof APIError) return error;
  throw new Error(`no error of the API: ${error}`);
}

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
  });
}

describe('the official client', () => {
  test('gets an answer in one piece', async () => {
    api.engine.script = [{ kind: 'thinking', text: 'hm' }, ...answerSteps('Hi. '), ...answerSteps('There.')];
    const answer = await api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello });
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: MODEL,
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: 'Hi. There.', reasoning_content: 'hm' },
        },
      ],
      usage: {
        prompt_tokens: 214,
        completion_tokens: 40,
        total_tokens: 254,
        prompt_tokens_details: { cached_tokens: 6 },
      },
    });
  });

  test('gets a stream: role first, one id, a reason at the end, and the usage when it asks for it', async () => {
    api.engine.script = [{ kind: 'thinking', text: 'hm' }, ...answerSteps('Hi.')];
    const chunks = [];
    const stream = await api.client('ada', 'chat').chat.completions.create({
      model: MODEL,
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'hm' },
      { content: 'Hi.' },
      {},
      undefined,
    ]);
    expect(new Set(chunks.map(({ id, created, object }) => `${id} ${created} ${object}`)).size).toBe(1);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, 'stop', undefined]);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 107, completion_tokens: 20, total_tokens: 127 },
    });
  });

  test('lists the models', async () => {
    const { data } = await api.client().models.list();
    expect(data).toEqual([{ id: MODEL, object: 'model', created: 1, owned_by: 'claude-service' }]);
    expect((await failure(api.client().models.retrieve('gpt'))).status).toBe(404);
  });

  test('hears why a model failed, by a status before the first word and in the stream after it', async () => {
    const client = api.client('ada', 'chat');
    api.engine.script = [new ModelError('overloaded', 529, 7)];
    const early = await failure(client.chat.completions.create({ model: MODEL, messages: hello, stream: true }));
    expect(early).toMatchObject({ status: 529, message: expect.stringContaining('overloaded') });
    expect(early.headers?.get('retry-after')).toBe('7');
    api.engine.script = [...answerSteps('Hi'), new ModelError('cut off', 502)];
    const stream = await client.chat.completions.create({ model: MODEL, messages: hello, stream: true });
    const heard: string[] = [];
    const reading = (async () => {
      for await (const chunk of stream) heard.push(chunk.choices[0]?.delta.content ?? '');
    })();
    expect((await failure(reading)).message).toContain('cut off');
    expect(heard.join('')).toBe('Hi');
  });

  test.each([
    [429, undefined, '5'],
    [503, undefined, '5'],
    [529, undefined, '5'],
    [529, 1.2, '2'],
    [502, undefined, null],
    [400, undefined, null],
  ])('hears with %i when to try again (%p of the model)', async (status, asked, told) => {
    api.engine.script = [new ModelError('not now', status, asked)];
    const { chat } = api.client('ada', 'chat');
    const refused = await failure(chat.completions.create({ model: MODEL, messages: hello }));
    expect(refused.status).toBe(status);
    expect(refused.headers?.get('retry-after')).toBe(told);
  });

  test.each([
    [TurnEnd.LENGTH, 'length', 'Hi'],
    [TurnEnd.REFUSAL, 'content_filter', 'Hi'],
    [TurnEnd.BUDGET, 'length', 'budget'],
    [TurnEnd.MAX_MODEL_CALLS, 'length', 'go on'],
  ])('hears that a turn ended by %s', async (reason, finish, said) => {
    api.engine.run = async function* () {
      yield* answerSteps('Hi');
      yield { kind: 'end', reason };
    };
    const { choices } = await api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello });
    expect(choices[0].finish_reason).toBe(finish);
    expect(choices[0].message.content).toContain(said);
  });
});

describe('a stream', () => {
  test('carries each piece at once, and the tools as Open WebUI shows them', async () => {
    api.engine.script = [
      ...answerSteps('I look.'),
      { kind: 'tool-start', id: 'c1', name: 'bash' },
      {
        kind: 'tool-end',
        id: 'c1',
        name: 'bash',
        input: { command: 'ls "<a>" && echo\n' },
        rule: ToolRule.ALLOW,
        failed: false,
        output: 'x </details>"\ny',
        milliseconds: 3,
      },
      'pause',
      ...answerSteps('Done.'),
    ];
    const paused = api.engine.whenPaused();
    const response = await post(JSON.stringify({ model: MODEL, messages: hello, stream: true }), {
      'x-openwebui-user-jwt': userToken('ada'),
      'x-openwebui-chat-id': 'chat',
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-session-id')).toMatch(/^[a-z][a-z2-7]{25}$/);
    await paused;
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('</details>')) text += (await reader?.read())?.value ?? '';
    expect(text).not.toContain('Done.');
    expect(text).not.toContain('"tool_calls":');
    api.engine.go();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += part.value;
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    const shown = text
      .split('\n\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? '')
      .join('');
    const [, attributes] = /\n<details ([^>]*)>\n<summary>Tool Executed<\/summary>\n<\/details>\n/.exec(shown) ?? [];
    expect(attributes).toBe(
      'type="tool_calls" done="true" id="c1" name="bash" arguments="{&quot;command&quot;:&quot;ls \\&quot;&lt;a&gt;\\&quot; &amp;&amp; echo\\n&quot;}" result="x &lt;/details&gt;&quot;&#10;y"',
    );
  });

  test('ends the turn within a second when its reader leaves, and the session is free', async () => {
    api.engine.script = [...answerSteps('Hi'), 'pause'];
    const paused = api.engine.whenPaused();
    const leave = new AbortController();
    const response = await fetch(`${api.url}/v1/chat/completions`, {
      method: 'POST',
      signal: leave.signal,
      body: JSON.stringify({ model: MODEL, messages: hello, stream: true }),
      headers: {
        authorization: `Bearer ${KEY}`,
        'x-openwebui-user-jwt': userToken('ada'),
        'x-openwebui-chat-id': 'chat',
      },
    });
    await paused;
    expect(api.active.count).toBe(1);
    leave.abort();
    await response.text().catch(() => {});
    const begin = Date.now();
    while (api.active.count > 0 && Date.now() - begin < 2000) await setTimeout(5);
    expect(Date.now() - begin).toBeLessThan(1000);
    const [row] = await database.query('SELECT end_reason FROM turns');
    expect(row.end_reason).toBe('cancelled');
  });
});

describe('who asks', () => {
  const status = async (headers: Record<string, string>, path = '/v1/sessions') =>
    (await fetch(`${api.url}${path}`, { headers })).status;
  const key = { authorization: `Bearer ${KEY}` };

  test('needs a key of the service; the one before it is good too', async () => {
    expect(await status({}, '/v1/models')).toBe(401);
    expect(await status({ authorization: 'Bearer wrong' }, '/v1/models')).toBe(401);
    expect(await status(key, '/v1/models')).toBe(200);
    expect(await status({ authorization: 'Bearer the-key-before' }, '/v1/models')).toBe(200);
  });

  test.each<[string, Record<string, string>, number]>([
    ['a signed user', { 'x-openwebui-user-jwt': userToken('ada') }, 200],
    ['nobody', {}, 403],
    ['a customer id, which any caller of LiteLLM may choose', { 'x-litellm-customer-id': 'ada' }, 403],
    ['a plain user header', { 'x-openwebui-user-id': 'ada' }, 401],
    ['a token with another secret', { 'x-openwebui-user-jwt': userToken('ada', {}, 'forged') }, 401],
    ['a token without a signature', { 'x-openwebui-user-jwt': userToken('ada').replace(/\.[^.]*$/, '.') }, 401],
    ['an old token', { 'x-openwebui-user-jwt': userToken('ada', { iat: 1, exp: 301 }) }, 401],
    ['a forged token beside a customer id', { 'x-openwebui-user-jwt': 'x.y.z', 'x-litellm-customer-id': 'ada' }, 401],
  ])('%s', async (_, headers, expected) => {
    expect(await status({ ...key, ...headers })).toBe(expected);
  });

  test('without a user gets an answer that nothing is remembered of', async () => {
    const client = api.client(undefined, 'chat', { 'x-litellm-customer-id': 'ada' });
    const { choices } = await client.chat.completions.create({ model: MODEL, messages: hello });
    expect(choices[0].message.content).toBe('asked');
    expect(api.engine.turns).toEqual([]);
    expect(await database.query('SELECT id FROM sessions')).toEqual([]);
  });

  test.each([
    ['without a chat id', undefined],
    ['in a temporary chat', 'local:socket'],
  ])('%s gets the same, and pays for it', async (_, chat) => {
    await api.client('ada', chat).chat.completions.create({ model: MODEL, messages: hello });
    expect(api.engine.turns).toEqual([]);
    expect(await database.query('SELECT user_id, spent_usd::float8 AS spent FROM spending')).toEqual([
      { user_id: 'ada', spent: 0.25 },
    ]);
  });

  test('takes the rights of its user to the gateway, with a token that is valid when it is used', async () => {
    await api
      .client('ada', 'chat', { 'x-openwebui-user-groups': 'ops' })
      .chat.completions.create({ model: MODEL, messages: hello });
    const { gateway } = api.engine.turns[0];
    expect(gateway).toMatchObject({ url: 'http://gateway/mcp', apiKey: 'gateway-key', groups: 'ops' });
    // The gateway refuses what is valid for longer than it was told.
    const verifier = new UserTokenVerifier(new FixedSecret(SECRET), { maxLifetimeSeconds: 60 });
    expect(verifier.verify(gateway?.userToken() ?? '')).toMatchObject({ user: { id: 'ada' } });
  });

  test('has no rights at the gateway while there is nothing to sign them with', async () => {
    const ask = () => api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello });
    await ask();
    const secret = jest.spyOn(api.gatewaySecret, 'value').mockReturnValue('');
    expect(() => api.engine.turns[0].gateway?.userToken()).toThrow('FORWARD_USER_INFO_HEADER_JWT_SECRET');
    await ask();
    expect(api.engine.turns[1].gateway).toBeUndefined();
    secret.mockRestore();
  });
});

test('answers outside of a session at once get no more than the day has, and hear what to wait for', async () => {
  await api.close();
  api = await ApiUnderTest.start(database, { dayBudgetUsd: 0.3 });
  const asked: number[] = [];
  let goOn = () => {};
  const whenAsked = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const ask = api.engine.ask.bind(api.engine);
  api.engine.ask = async function* (_question: unknown, _model: string, maxTokens: number) {
    asked.push(maxTokens);
    await whenAsked;
    yield* ask();
  } as typeof ask;
  // 100,000 tokens of input and 8192 of output, at 2 and 10 dollars a million: 0.28 dollars.
  const content = 'x'.repeat(300_000);
  const question = () =>
    api.client('ada').chat.completions.create({ model: MODEL, messages: [{ role: 'user', content }] });
  const first = question();
  while (asked.length < 1) await setTimeout(5);
  const second = question();
  while (asked.length < 2) await setTimeout(5);
  expect(await failure(question())).toMatchObject({ status: 429, code: 'budget_reserved' });
  goOn();
  await Promise.all([first, second]);
  // What was left for the second one, 0.01808 dollars, pays so long an answer.
  expect(asked).toEqual([8192, 1808]);
  expect(await failure(question())).toMatchObject({ status: 429, code: 'insufficient_quota' });
});

test('an answer outside of a session is booked once, also when the database is away for a moment at its end', async () => {
  const { ask } = api.engine;
  api.engine.ask = async function* () {
    yield* ask.call(api.engine);
    database.isAway = true;
    void setTimeout(400).then(() => {
      database.isAway = false;
    });
  };
  try {
    const answer = api
      .client('ada')
      .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'x' }] });
    expect((await answer).choices[0].message.content).toBe('asked');
  } finally {
    api.engine.ask = ask;
  }
  expect(
    await database.query('SELECT spent_usd::float8 AS spent, reserved_usd::float8 AS reserved FROM spending'),
  ).toEqual([{ spent: 0.25, reserved: 0 }]);
});

test('a title, by its header or by its words, goes to the cheap model and never into the session', async () => {
  await api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello });
  const asked: unknown[] = [];
  const ask = api.engine.ask.bind(api.engine);
  api.engine.ask = (...parts: unknown[]) => {
    asked.push(parts[1]);
    return ask();
  };
  const title = '### Task:\nGenerate a concise title.\n### Chat History:\n<chat_history>\nUSER: hello\n</chat_history>';
  await api
    .client('ada', 'chat')
    .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: title }] });
  await api
    .client('ada', 'chat', { 'x-openwebui-task': 'title_generation' })
    .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'Name this.' }] });
  expect(asked).toEqual(['claude-haiku-5-5', 'claude-haiku-5-5']);
  expect(await database.query('SELECT count(*)::int AS turns FROM turns')).toEqual([{ turns: 1 }]);
});

describe('a request that cannot be answered', () => {
  test.each([
    ['no JSON', '{', 400, 'not JSON'],
    ['a list', '[]', 400, 'not a JSON object'],
    ['no model', '{"messages":[{"role":"user","content":"x"}]}', 400, 'model is missing'],
    ['no messages', `{"model":"${MODEL}","messages":[]}`, 400, 'messages is missing'],
    ['an unknown role', `{"model":"${MODEL}","messages":[{"role":"root","content":"x"}]}`, 400, 'role'],
    [
      'nobody who speaks',
      `{"model":"${MODEL}","messages":[{"role":"system","content":"x"}]}`,
      400,
      'no message of a user',
    ],
    ['an empty question', `{"model":"${MODEL}","messages":[{"role":"user","content":" "}]}`, 400, 'empty'],
    [
      'a picture of a file',
      `{"model":"${MODEL}","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}]}`,
      400,
      'no PNG',
    ],
    ['two answers', `{"model":"${MODEL}","n":2,"messages":[{"role":"user","content":"x"}]}`, 400, 'leave n out'],
    ['an unknown model', '{"model":"gpt-4","messages":[{"role":"user","content":"x"}]}', 404, MODEL],
  ])('%s', async (_, body, status, says) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as {
      error: { message: string; type: string; param: string | null; code: string | null };
    };
    expect(error.message).toContain(says);
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  });

  test('is too large, said before it is read and while it comes', async () => {
    expect((await post('x'.repeat(21 * 1024 * 1024))).status).toBe(413);
    const chunk = new TextEncoder().encode(' '.repeat(1024 * 1024));
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => (sent++ < 30 ? controller.enqueue(chunk) : controller.close()),
    });
    const init = { method: 'POST', body, duplex: 'half', headers: { authorization: `Bearer ${KEY}` } };
    expect((await fetch(`${api.url}/v1/chat/completions`, init as RequestInit)).status).toBe(413);
  });

  test('has no place here', async () => {
    expect((await fetch(`${api.url}/v1/nothing`)).status).toBe(404);
    expect((await fetch(`${api.url}/v1/models`, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${api.url}//`)).status).toBe(404);
  });

  test('comes while the database is away', async () => {
    database.isAway = true;
    const error = await failure(api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello }));
    expect(error).toMatchObject({ status: 503, code: 'store_unavailable' });
    expect(error.headers?.get('retry-after')).toBe('5');
    // The objective on turns leaves refused ones out: somebody has to hear of this.
    expect(await api.registry.metrics()).toContain('claude_service_turns_total{end="failed"} 1');
  });
});

describe('limits of a user', () => {
  test('questions in a minute', async () => {
    await api.close();
    api = await ApiUnderTest.start(database, { perMinute: 2 });
    const ask = (user: string) => api.client(user).chat.completions.create({ model: MODEL, messages: hello });
    await ask('ada');
    await ask('ada');
    const error = await failure(ask('ada'));
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
    await ask('bob');
  });

  test('money of a day, in sessions and outside of them together', async () => {
    await api.close();
    api = await ApiUnderTest.start(database, { dayBudgetUsd: 0.5 });
    await api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello });
    await api.client('ada').chat.completions.create({ model: MODEL, messages: hello });
    for (const chat of ['chat', undefined]) {
      const error = await failure(api.client('ada', chat).chat.completions.create({ model: MODEL, messages: hello }));
      expect(error).toMatchObject({ status: 429, type: 'insufficient_quota' });
    }
  });
});

describe('sessions', () => {
  const call = async (user: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${api.url}/v1/sessions${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'x-openwebui-user-jwt': userToken(user) },
      body: body && JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what a JSON answer is, the test says.
    return { status: response.status, body: (await response.json()) as any };
  };

  test('are made, used, resumed, listed and deleted by their user', async () => {
    const made = await call('ada', 'POST', '', { model: MODEL });
    expect(made).toMatchObject({ status: 201, body: { object: 'session', model: MODEL, status: 'idle', turns: 0 } });
    const { id, chat_id: chat } = made.body;
    expect(await call('ada', 'POST', '', { model: MODEL, chat_id: chat })).toMatchObject({ status: 200, body: { id } });
    await api.client('ada', chat).chat.completions.create({ model: MODEL, messages: hello });
    const { body } = await call('ada', 'POST', `/${id}/resume`);
    expect(body).toMatchObject({ id, turns: 1, interrupted: false, usage: { total_tokens: 127, cost_usd: 0.25 } });
    expect(body.last_turn.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'answer' }] },
    ]);
    expect((await call('ada', 'GET', '?limit=1')).body).toMatchObject({
      object: 'list',
      data: [{ id }],
      has_more: false,
    });
    expect(await call('ada', 'DELETE', `/${id}`)).toMatchObject({ status: 200, body: { id, deleted: true } });
    expect((await call('ada', 'GET', `/${id}`)).status).toBe(404);
  });

  test('are found by every id that a chat can have', async () => {
    await api.client('ada', 'my chat').chat.completions.create({ model: MODEL, messages: hello });
    const { body } = await call('ada', 'GET', '');
    expect(await call('ada', 'POST', '', { model: MODEL, chat_id: 'my chat' })).toMatchObject({
      status: 200,
      body: { id: body.data[0].id },
    });
  });

  test('of others are not there, whatever one does with their id', async () => {
    const { body } = await call('ada', 'POST', '', { model: MODEL, chat_id: 'chat' });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/resume'],
    ]) {
      expect((await call('eve', method, `/${body.id}${path}`)).status).toBe(404);
    }
    expect((await call('eve', 'GET', '')).body.data).toEqual([]);
    // The chat's id of another user makes a session of one's own.
    expect((await call('eve', 'POST', '', { model: MODEL, chat_id: 'chat' })).body.id).not.toBe(body.id);
    expect((await call('ada', 'GET', `/${body.id}`)).status).toBe(200);
  });

  test('are asked for with words that make sense', async () => {
    expect((await call('ada', 'POST', '', { model: 'gpt' })).status).toBe(400);
    for (const chat_id of ['x'.repeat(300), '', 7, 'a\u0000b', ' a', 'a ', 'Ā', 'a\n', 'local:socket']) {
      const { status, body } = await call('ada', 'POST', '', { model: MODEL, chat_id });
      expect({ status, param: body.error?.param }).toEqual({ status: 400, param: 'chat_id' });
    }
    expect((await call('ada', 'GET', '?limit=0')).status).toBe(400);
    expect((await call('ada', 'GET', '?after=%00')).status).toBe(400);
    expect(await database.query('SELECT id FROM sessions')).toEqual([]);
    expect((await call('ada', 'GET', "/'; DROP TABLE sessions; --")).status).toBe(404);
  });
});

test('while the service ends nothing new begins, and what runs is stopped after the grace, with its words kept', async () => {
  api.engine.script = [...answerSteps('Half. '), { kind: 'text', text: 'And a' }, 'pause'];
  const paused = api.engine.whenPaused();
  const running = api.client('ada', 'chat').chat.completions.create({ model: MODEL, messages: hello });
  await paused;
  const draining = api.active.drain(0.2);
  const refused = await failure(api.client('bob', 'chat').chat.completions.create({ model: MODEL, messages: hello }));
  expect(refused).toMatchObject({ status: 503, code: 'shutting_down' });
  expect((await running).choices[0].message.content).toBe(
    'Half. And a\n\n*Stopped: the service is restarted. Say "go on" to go on.*',
  );
  expect(await draining).toEqual({ stopped: 1 });
  const [{ messages }] = await database.query('SELECT count(*)::int AS messages FROM messages');
  expect(messages).toBe(3);
});

test('the metrics tell tokens, cost, turns and the costliest users, with no label that a caller can choose', async () => {
  for (let index = 0; index < 25; index++) {
    await api.client(`user-${index}`, 'chat').chat.completions.create({ model: MODEL, messages: hello });
  }
  const text = await api.registry.metrics();
  expect(text).toContain('claude_service_tokens_total{model="claude-sonnet-5-5",kind="output"} 500');
  expect(text).toContain(`claude_service_cost_usd_total{model="${usage.model}"} 6.25`);
  expect(text).toContain('claude_service_turns_total{end="complete"} 25');
  expect(text).toContain('claude_service_active_turns 0');
  expect(text).toContain('claude_service_first_token_seconds_count{kind="session"} 25');
  const users = text.split('\n').filter((line) => line.startsWith('claude_service_user_cost_usd_today{'));
  expect(users).toHaveLength(21);
  expect(users).toContain('claude_service_user_cost_usd_today{user="(all others)"} 1.25');
});

test('the log tells each turn and each use of a tool, and no secret or word of them', async () => {
  api.engine.script = [
    { kind: 'thinking', text: 'a private thought' },
    {
      kind: 'tool-end',
      id: 'c1',
      name: 'bash',
      input: { command: 'echo private' },
      rule: ToolRule.ALLOW,
      failed: false,
      output: 'a private output',
      milliseconds: 3.4,
    },
    ...answerSteps('a private answer'),
  ];
  await api
    .client('ada', 'chat')
    .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'a private question' }] });
  const [session] = await database.query('SELECT id FROM sessions');
  expect(api.log).toContainEqual(
    expect.objectContaining({ msg: 'turn', user: 'ada', session: session.id, end: 'complete', outputTokens: 20 }),
  );
  expect(api.log).toContainEqual(
    expect.objectContaining({
      audit: 'tool',
      user: 'ada',
      session: session.id,
      tool: 'bash',
      rule: 'allow',
      inputSha256: createHash('sha256').update('{"command":"echo private"}').digest('hex'),
      failed: false,
      milliseconds: 3,
    }),
  );
  const text = JSON.stringify(api.log);
  for (const secret of ['private', KEY, 'eyJ']) expect(text).not.toContain(secret);
});

test.each([false, true])('the log tells why an answer failed (stream: %p)', async (stream) => {
  api.engine.script = [...answerSteps('Hi'), new ModelError('cut off', 429)];
  const response = await post(JSON.stringify({ model: MODEL, messages: hello, stream }), {
    'x-openwebui-user-jwt': userToken('ada'),
    'x-openwebui-chat-id': 'chat',
  });
  expect(await response.text()).toContain('cut off');
  expect(api.log).toContainEqual(expect.objectContaining({ msg: 'turn', end: 'failed', error: 'cut off' }));
});

test('the log has no word of a turn that fails', async () => {
  api.engine.script = [...answerSteps('a private answer'), new ModelError('cut off', 502)];
  await failure(
    api
      .client('ada', 'chat')
      .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'a private question' }] }),
  );
  expect(api.log).toContainEqual(expect.objectContaining({ msg: 'turn', end: 'failed' }));
  expect(JSON.stringify(api.log)).not.toContain('private');
});
