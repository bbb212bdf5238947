import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  freePort,
  GatewayProcess,
  headersOf,
  legacy,
  modern,
  request,
  ScriptedUpstream,
  send,
  success,
  textResult,
  tool,
  type User,
} from '../fixtures';
import { EventReader } from './event-reader';

const ALICE: User = { email: 'alice@example.com' };
const BOB: User = { email: 'bob@example.com' };

let everything: ChildProcess;
let scripted: ScriptedUpstream;
let gateway: GatewayProcess;
/** Ends when the scripted server's call was given up by the gateway. */
let givenUp: Promise<unknown>;

beforeAll(async () => {
  const port = await freePort();
  everything = spawn(
    process.execPath,
    [require.resolve('@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'],
    { env: { PATH: process.env.PATH, PORT: String(port) }, stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}/mcp`;
  while (!(await fetch(url).catch(() => undefined))) await sleep(50);
  scripted = await ScriptedUpstream.start({ stateless: true, tools: [tool('hang'), tool('ask'), tool('steps')] });
  scripted.misbehave = ({ message, params }, response) => {
    if (message.method !== 'tools/call') return false;
    if (params.name === 'hang') {
      givenUp = once(response, 'close');
      return true;
    }
    if (params.name === 'steps') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const meta = params._meta as { progressToken: string };
      const say = (value: object) => response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...value })}\n\n`);
      const progress = { progressToken: meta.progressToken, progress: 1 };
      say({ method: 'notifications/progress', params: progress });
      setTimeout(() => {
        say({ id: message.id, result: { resultType: 'complete', ...textResult('done') } });
        response.end();
      }, 200);
      return true;
    }
    // Asks for two inputs, one after the other, in the way of 2026-07-28.
    const answers = (params.inputResponses ?? {}) as { [key: string]: { content?: { answer: string } } };
    const said = `${params.requestState ?? ''}${answers.question?.content?.answer ?? ''}`;
    const ask = { method: 'elicitation/create', params: { message: `Round ${said.length + 1}?`, requestedSchema: {} } };
    const result =
      said.length === 2
        ? { resultType: 'complete', ...textResult(said) }
        : { resultType: 'input_required', inputRequests: { question: ask }, requestState: said };
    send(response, 200, success(message.id, result));
    return true;
  };
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'every', mcp_endpoint: url },
      { tenant_id: 'scripted', mcp_endpoint: scripted.url },
    ],
  });
}, 30_000);

afterAll(async () => {
  await gateway.stop();
  await scripted.stop();
  everything.kill();
});

const open = (user: User, body: string, headers: { [name: string]: string } = {}) =>
  EventReader.open(`${gateway.url}/mcp`, { ...headersOf(user), ...headers }, body);

const post = (user: User, body: string, headers: { [name: string]: string } = {}) =>
  request(`${gateway.url}/mcp`, { headers: { ...headersOf(user), ...headers }, body });

async function session(user: User, capabilities: object): Promise<{ [name: string]: string }> {
  const { headers } = await post(user, legacy('initialize', { protocolVersion: '2025-11-25', capabilities }));
  return { 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
}

const answer = (id: unknown, result: object) => JSON.stringify({ jsonrpc: '2.0', id, result });

describe('while a call runs', () => {
  test('progress comes before the result, not with it', async () => {
    const params = { name: 'scripted_steps', arguments: {}, _meta: { progressToken: 'mine' } };
    const stream = await open(ALICE, legacy('tools/call', params));
    const began = performance.now();
    expect(await stream.next()).toMatchObject({
      method: 'notifications/progress',
      params: { progressToken: 'mine', progress: 1 },
    });
    expect(performance.now() - began).toBeLessThan(150);
    expect(await stream.next()).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } });
    expect(await stream.next()).toBeUndefined();
  });

  test('a client that takes no streams gets the result alone', async () => {
    const params = { name: 'scripted_steps', arguments: {}, _meta: { progressToken: 'mine' } };
    const { headers, messages } = await post(ALICE, legacy('tools/call', params), { accept: 'application/json' });
    expect(headers['content-type']).toBe('application/json');
    expect(messages).toEqual([expect.objectContaining({ id: 1 })]);
  });

  test('a client that leaves ends the call at the server', async () => {
    const before = scripted.count('tools/call');
    const outgoing = http.request(`${gateway.url}/mcp`, { method: 'POST', headers: headersOf(ALICE), agent: false });
    outgoing.on('error', () => {});
    outgoing.end(legacy('tools/call', { name: 'scripted_hang', arguments: {} }));
    while (scripted.count('tools/call') === before) await sleep(5);
    outgoing.destroy();
    await givenUp;
    while (!gateway.log.includes('"outcome":"cancelled"')) await sleep(20);
  });

  test('notifications/cancelled of the same user and session ends it, of another does not', async () => {
    const [own, other] = [await session(ALICE, {}), await session(ALICE, {})];
    const before = scripted.count('tools/call');
    const call = post(ALICE, legacy('tools/call', { name: 'scripted_hang', arguments: {} }, 'call-1'), own);
    while (scripted.count('tools/call') === before) await sleep(5);
    let ended = false;
    void givenUp.then(() => {
      ended = true;
    });
    const cancel = JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 'call-1' },
    });
    await post(BOB, cancel, own);
    await post(ALICE, cancel, other);
    await sleep(100);
    expect(ended).toBe(false);
    expect((await post(ALICE, cancel, own)).status).toBe(202);
    await givenUp;
    expect((await call).messages[0]?.error).toMatchObject({ data: { reason: 'cancelled' } });
  });
});

describe('a server with a handshake asks', () => {
  const params = { name: 'every_trigger-elicitation-request', arguments: {} };

  test('a client with a handshake by a request, which only the same user can answer', async () => {
    const headers = await session(ALICE, { elicitation: {} });
    const stream = await open(ALICE, legacy('tools/call', params, 9), headers);
    const question = await stream.until(({ method }) => method === 'elicitation/create');
    const result = { action: 'accept', content: { name: 'Alice' } };
    expect((await post(BOB, answer(question.id, { action: 'decline' }))).status).toBe(202);
    expect((await post(ALICE, answer(question.id, result), headers)).status).toBe(202);
    const final = await stream.until(({ id }) => id === 9);
    expect(JSON.stringify(final.result)).toContain('Alice');
  });

  test('a client of 2026-07-28 by an incomplete result, and goes on with its answer', async () => {
    const capabilities = { _meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } } };
    const first = modern('tools/call', { ...params, ...capabilities });
    const asked = (await post(ALICE, first.body, first.headers)).messages[0]?.result as { [key: string]: unknown };
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
    const [key, question] = Object.entries(asked.inputRequests as object)[0] ?? [];
    expect(question).toMatchObject({ method: 'elicitation/create', params: { message: expect.any(String) } });

    const inputResponses = { [String(key)]: { action: 'accept', content: { name: 'Alice' } } };
    const second = { ...params, ...capabilities, requestState: asked.requestState, inputResponses };
    const stolen = modern('tools/call', second);
    expect((await post(BOB, stolen.body, stolen.headers)).messages[0]?.error).toMatchObject({ code: -32602 });
    const other = modern('tools/call', { ...second, name: 'every_echo' });
    expect((await post(ALICE, other.body, other.headers)).messages[0]?.error).toMatchObject({ code: -32602 });

    const going = modern('tools/call', second);
    const done = (await post(ALICE, going.body, going.headers)).messages[0]?.result;
    expect(done).toMatchObject({ resultType: 'complete' });
    expect(JSON.stringify(done)).toContain('Alice');
    expect((await post(ALICE, going.body, going.headers)).messages[0]?.error).toMatchObject({ code: -32602 });
  });

  test('nobody who cannot be asked', async () => {
    const { messages } = await post(ALICE, legacy('tools/call', params));
    expect(messages[0]?.id).toBe(1);
    expect(messages.every(({ method }) => method === undefined)).toBe(true);
  });
});

describe('a server of 2026-07-28 asks', () => {
  test('a client with a handshake by requests, round after round', async () => {
    const headers = await session(ALICE, { elicitation: {} });
    const stream = await open(ALICE, legacy('tools/call', { name: 'scripted_ask', arguments: {} }, 5), headers);
    for (const [message, content] of [
      ['Round 1?', 'a'],
      ['Round 2?', 'b'],
    ]) {
      const question = await stream.until(({ method }) => method === 'elicitation/create');
      expect(question.params).toMatchObject({ message });
      await post(ALICE, answer(question.id, { action: 'accept', content: { answer: content } }), headers);
    }
    expect(await stream.until(({ id }) => id === 5)).toMatchObject({ result: { content: [{ text: 'ab' }] } });
  });
});

describe('subscriptions/listen', () => {
  test('tells of a list that changed, and of no other', async () => {
    const { headers, body } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub');
    const stream = await open(ALICE, body, headers);
    const tag = { _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } };
    expect(await stream.next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true }, ...tag },
    });
    scripted.tools = [...scripted.tools, tool('brand_new')];
    await request(`${gateway.url}/refresh`, { headers: headersOf(ALICE), body: '' });
    expect(await stream.next()).toMatchObject({ method: 'notifications/tools/list_changed', params: tag });
    stream.leave();
  });
});
