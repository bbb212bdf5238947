import { type RunningFixture, startConformanceServer } from '../fixtures/conformance/server';
import { GatewayProcess, headersOf, type User } from '../fixtures/gateway-process';
import { legacy, modern, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream } from '../fixtures/scripted-upstream';

// Two users of the same tenant: what one of them has begun is nothing that the other can go on with.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
const BOB = { email: 'bob@example.com', groups: ['developers'] };

let asking: RunningFixture;
let sessions: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  asking = await startConformanceServer('before 2026');
  sessions = await ScriptedUpstream.start();
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'asking', mcp_endpoint: asking.url, allowed_groups: ['developers'] },
      { tenant_id: 'sessions', mcp_endpoint: sessions.url, allowed_groups: ['developers'] },
    ],
  });
});

afterAll(async () => {
  await gateway?.stop();
  await asking?.close();
  await sessions?.stop();
});

const CAPABILITIES = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };

async function call(user: User, params: { [key: string]: unknown }) {
  const { headers, body } = modern('tools/call', { ...params, _meta: CAPABILITIES });
  const { messages } = await request(`${gateway.url}/mcp`, { headers: { ...headersOf(user), ...headers }, body });
  return messages.at(-1) as { result?: { [key: string]: unknown }; error?: { message: string } };
}

test('a question to one user cannot be answered by another, nor moved to another tool, nor answered twice', async () => {
  const params = { name: 'asking_test_elicitation', arguments: { message: 'Who are you?' } };
  const { result } = await call(ALICE, params);
  expect(result?.resultType).toBe('input_required');
  const [key] = Object.keys(result?.inputRequests as object);
  const answers = (username: string) => ({
    inputResponses: { [key ?? '']: { action: 'accept', content: { username, email: 'x@example.com' } } },
    requestState: result?.requestState,
  });
  expect(await call(BOB, { ...params, ...answers('mallory') })).toHaveProperty('error');
  expect(await call(ALICE, { ...params, ...answers('mallory'), name: 'asking_test_sampling' })).toHaveProperty('error');
  const tampered = { ...answers('mallory'), requestState: `${String(result?.requestState)}x` };
  expect(await call(ALICE, { ...params, ...tampered })).toHaveProperty('error');
  const done = await call(ALICE, { ...params, ...answers('alice') });
  expect(JSON.stringify(done.result)).toContain('alice');
  expect(JSON.stringify(done.result)).not.toContain('mallory');
  expect(await call(ALICE, { ...params, ...answers('again') })).toHaveProperty('error');
});

test('each user has a session of their own at a server with sessions', async () => {
  const used = async (user: User) => {
    sessions.hits.length = 0;
    for (const text of ['one', 'two']) {
      const body = legacy('tools/call', { name: 'sessions_echo', arguments: { text } });
      await request(`${gateway.url}/mcp`, { headers: headersOf(user), body });
    }
    const calls = sessions.hits.filter(({ message }) => message.method === 'tools/call');
    return [...new Set(calls.map(({ headers }) => headers['mcp-session-id']))];
  };
  const [alice, bob, again] = [await used(ALICE), await used(BOB), await used(ALICE)];
  expect(alice).toHaveLength(1);
  expect(bob).toHaveLength(1);
  expect(bob).not.toEqual(alice);
  expect(again).toEqual(alice);
});

test('a session id of the caller’s choice reaches no server', async () => {
  sessions.hits.length = 0;
  const body = legacy('tools/call', { name: 'sessions_echo', arguments: {} });
  const [stolen] = sessions.sessions;
  const headers = {
    ...headersOf({ email: 'carol@example.com', groups: ['developers'] }),
    'mcp-session-id': stolen ?? '',
  };
  await request(`${gateway.url}/mcp`, { headers, body });
  const calls = sessions.hits.filter(({ message }) => message.method === 'tools/call');
  for (const { headers: got } of calls) expect(got['mcp-session-id']).not.toBe(stolen);
});
