import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcess, headersOf } from '../fixtures/gateway-process';
import { legacy, modern, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream } from '../fixtures/scripted-upstream';

// Whoever tries out what is not theirs is seen, whichever way they try: one line of the audit trail for each request.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;
let requests = 0;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'mine', mcp_endpoint: upstream.url, allowed_groups: ['developers'] },
      { tenant_id: 'hidden', mcp_endpoint: `${upstream.url}2`, allowed_groups: ['others'] },
    ],
  });
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

/** The audit lines of one request. Lines are written in turn, so those before the last request's are complete. */
async function linesOf(path: string, body: string, more: object = {}): Promise<{ [field: string]: unknown }[]> {
  const post = async (to: string, text: string, extra: object) => {
    const id = `request-${requests++}`;
    await request(gateway.url + to, { headers: { ...headersOf(ALICE), ...extra, 'x-request-id': id }, body: text });
    return id;
  };
  const id = await post(path, body, more);
  const last = await post('/mine_echo', '{}', {});
  const audited = () => gateway.log.split('\n').filter((line) => line.includes('"event":"call"'));
  while (!audited().some((line) => line.includes(`"${last}"`))) await sleep(20);
  return audited().flatMap((line) => (line.includes(`"${id}"`) ? [JSON.parse(line)] : []));
}

const echo = { name: 'echo', arguments: { text: 'x' } };
const read = { uri: 'file:///of-nobody' };
const DENIED = { user: 'id-of-alice@example.com', email: 'alice@example.com', decision: 'denied' };
const HIDDEN = { ...DENIED, tenant: 'hidden', rule: 'group-not-listed', outcome: 'denied' };
const NOBODY = { ...DENIED, tenant: '', rule: 'unknown-tenant', name: read.uri, outcome: 'unknown' };

test.each([
  [
    'a call',
    '/mcp/hidden',
    legacy('tools/call', echo),
    { ...HIDDEN, method: 'tools/call', name: 'hidden_echo', arguments_sha256: expect.any(String) },
  ],
  [
    'a call by the name that it has elsewhere',
    '/mcp/hidden',
    legacy('tools/call', { ...echo, name: 'hidden_echo' }),
    { ...HIDDEN, name: 'hidden_echo' },
  ],
  ['a subscription', '/mcp/hidden', legacy('resources/subscribe', read), { ...HIDDEN, name: read.uri }],
  [
    'a completion',
    '/mcp/hidden',
    legacy('completion/complete', { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } }),
    { ...HIDDEN, name: 'hidden_p' },
  ],
  ['a list', '/mcp/hidden', legacy('tools/list'), { ...HIDDEN, method: 'tools/list', name: 'hidden' }],
  ['a batch', '/mcp/hidden', `[${legacy('tools/call', echo)}]`, { ...HIDDEN, method: '' }],
  ['what is no message', '/mcp/hidden', '7', HIDDEN],
  ['a tenant that does not exist', '/mcp/absent', legacy('tools/list'), { ...DENIED, rule: 'unknown-tenant' }],
  ['a call by its shown name', '/mcp', legacy('tools/call', { ...echo, name: 'hidden_echo' }), HIDDEN],
  ['a URI that nobody has', '/mcp', legacy('resources/read', read), { ...NOBODY, method: 'resources/read' }],
  [
    'a completion for a URI that nobody has',
    '/mcp',
    legacy('completion/complete', { ref: { type: 'ref/resource', ...read }, argument: { name: 'a', value: '' } }),
    { ...NOBODY, method: 'completion/complete' },
  ],
])('%s that is denied leaves one line', async (_, path, body, line) => {
  const lines = await linesOf(path, body);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject(line);
});

test('a tool call stays one, whatever else it says', async () => {
  const [line] = await linesOf('/mcp', legacy('tools/call', { name: 'nounderscore', ref: {} }));
  expect(line).toMatchObject({ ...DENIED, outcome: 'denied', name: 'nounderscore' });
});

test('a client of 2026-07-28 is seen too, and told that there is no such resource', async () => {
  const { headers, body } = modern('resources/read', read);
  expect(await linesOf('/mcp', body, headers)).toMatchObject([NOBODY]);
  const { messages } = await request(`${gateway.url}/mcp`, { headers: { ...headersOf(ALICE), ...headers }, body });
  expect(messages[0]).toMatchObject({ error: { code: -32602, message: 'Resource not found', data: read } });
});

test('a method of any length and a name of any kind are no trouble', async () => {
  const method = 'm'.repeat(100_000);
  const [line] = await linesOf('/mcp/hidden', legacy(method, { name: { toString: 'x' }, arguments: 'all' }));
  expect(line).toMatchObject(HIDDEN);
  expect(JSON.stringify(line).length).toBeLessThan(1500);
});

test('a list that is allowed is no call: it leaves no line', async () => {
  expect(await linesOf('/mcp/mine', legacy('tools/list'))).toEqual([]);
});

test('a refusal at the address of a tenant is counted apart from calls: it took no time and needs no replica', async () => {
  const metrics = async () => (await fetch(`${gateway.metricsUrl}/metrics`)).text();
  const refused = (text: string) =>
    Number(/^mcp_proxy_requests_refused_total\{reason="tenant"\} (\d+)/m.exec(text)?.[1] ?? 0);
  const calls = (text: string) =>
    text.split('\n').filter((line) => line.startsWith('mcp_proxy_call') && !line.includes('tenant="mine"'));
  const before = await metrics();
  await linesOf('/mcp/hidden', legacy('tools/list'));
  await linesOf('/mcp/absent', legacy('tools/list'));
  const after = await metrics();
  expect(refused(after)).toBe(refused(before) + 2);
  expect(calls(after)).toEqual(calls(before));
  expect(after).not.toContain('absent');
});
