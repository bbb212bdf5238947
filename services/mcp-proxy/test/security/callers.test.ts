import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_KEY, GatewayProcess, headersOf, TOKEN_SECRET, userToken } from '../fixtures/gateway-process';
import { legacy, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream } from '../fixtures/scripted-upstream';

// Who may call: the holes that the first gateway had, and every way to write a token that is none.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
const ADMIN = { email: 'root@example.com', role: 'admin' };

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
  gateway = await GatewayProcess.start({
    tenants: [{ tenant_id: 'github', mcp_endpoint: upstream.url, allowed_groups: ['developers'] }],
  });
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const bearer = { authorization: `Bearer ${GATEWAY_KEY}` };
const call = legacy('tools/call', { name: 'github_echo', arguments: { text: 'x' } });

/** What the caller of these headers achieves: what it sees, and whether it may call. */
async function reach(headers: object, query = '') {
  const before = upstream.count('tools/call');
  const listed = await request(`${gateway.url}/mcp${query}`, {
    headers: { ...json, ...headers },
    body: legacy('tools/list'),
  });
  const called = await request(`${gateway.url}/mcp${query}`, { headers: { ...json, ...headers }, body: call });
  const restCalled = await request(`${gateway.url}/github_echo${query}`, {
    headers: { ...json, ...headers },
    body: '{}',
  });
  return {
    statuses: [listed.status, called.status, restCalled.status],
    seen: listed.text.includes('github_echo'),
    ran: upstream.count('tools/call') - before,
  };
}

const REFUSED = { statuses: [401, 401, 401], seen: false, ran: 0 };

test('the right user sees the tool and may call it', async () => {
  expect(await reach(headersOf(ALICE))).toEqual({ statuses: [200, 200, 200], seen: true, ran: 2 });
});

test.each([
  ['nothing at all', {}],
  ['user headers alone', { 'x-openwebui-user-email': 'alice@example.com', 'x-openwebui-user-role': 'admin' }],
  ['groups of its own choice', { 'x-openwebui-user-groups': 'developers' }],
  [
    'a signed user without the key',
    { 'x-openwebui-user-jwt': userToken(ALICE), 'x-openwebui-user-groups': 'developers' },
  ],
  ['a wrong key', { authorization: 'Bearer wrong', 'x-openwebui-user-jwt': userToken(ALICE) }],
  ['the key without its scheme', { authorization: GATEWAY_KEY, 'x-openwebui-user-jwt': userToken(ALICE) }],
  ['the key as Basic', { authorization: `Basic ${Buffer.from(`x:${GATEWAY_KEY}`).toString('base64')}` }],
  ['the start of the key', { authorization: `Bearer ${GATEWAY_KEY.slice(0, -1)}` }],
  ['two keys', { authorization: `Bearer ${GATEWAY_KEY}, Bearer x` }],
  ['the token secret as the key', { authorization: `Bearer ${TOKEN_SECRET}` }],
  [
    'unsigned user headers behind the key',
    { ...bearer, 'x-openwebui-user-email': 'alice@example.com', 'x-openwebui-user-groups': 'developers' },
  ],
])('%s gets nothing', async (_, headers) => {
  expect(await reach(headers)).toEqual(REFUSED);
});

test.each([
  '?user_email=alice@example.com',
  '?user_email=alice@example.com&groups=developers',
  `?api_key=${GATEWAY_KEY}`,
  `?access_token=${GATEWAY_KEY}`,
])('the query %s proves nothing', async (query) => {
  expect(await reach({}, query)).toEqual(REFUSED);
});

test('the key alone is a program without a user: groups in a header give it nothing', async () => {
  const { seen, ran } = await reach({ ...bearer, 'x-openwebui-user-groups': 'developers' });
  expect({ seen, ran }).toEqual({ seen: false, ran: 0 });
});

const now = () => Math.floor(Date.now() / 1000);
const HOUR = 3600;

test.each([
  ['without a signature', () => userToken(ALICE, {}, TOKEN_SECRET, { alg: 'none' }).replace(/[^.]*$/, '')],
  ['that names no algorithm but is signed', () => userToken(ALICE, {}, TOKEN_SECRET, { alg: 'none' })],
  ['of another algorithm', () => userToken(ALICE, {}, TOKEN_SECRET, { alg: 'HS512' })],
  ['that brings its own key', () => userToken(ALICE, {}, 'k', { jwk: { kty: 'oct', k: 'aw' } })],
  ['signed with another secret', () => userToken(ALICE, {}, `${TOKEN_SECRET}x`)],
  ['signed with the gateway key', () => userToken(ALICE, {}, GATEWAY_KEY)],
  ['signed with nothing', () => userToken(ALICE, {}, '')],
  ['that has expired', () => userToken(ALICE, { iat: now() - HOUR, exp: now() - HOUR + 300 })],
  ['without an end', () => userToken(ALICE, { exp: undefined })],
  ['whose end is a text', () => userToken(ALICE, { exp: '9999999999' })],
  ['that lives for a day', () => userToken(ALICE, { exp: now() + 24 * HOUR })],
  ['of tomorrow', () => userToken(ALICE, { iat: now() + 24 * HOUR, exp: now() + 24 * HOUR + 300 })],
  ['of another issuer', () => userToken(ALICE, { iss: 'open-webui.evil' })],
  ['without an issuer', () => userToken(ALICE, { iss: undefined })],
  ['without an e-mail', () => userToken(ALICE, { email: undefined })],
  ['with a list for an e-mail', () => userToken(ALICE, { email: ['alice@example.com'] })],
  ['without a subject', () => userToken(ALICE, { sub: undefined })],
  [
    'whose claims were changed after signing',
    () => {
      const [head, , signature] = userToken(ALICE).split('.');
      return `${head}.${userToken(ADMIN).split('.')[1]}.${signature}`;
    },
  ],
  ['with a fourth part', () => `${userToken(ALICE)}.x`],
  ['that is empty', () => ''],
  ['that is no token', () => 'alice@example.com'],
])('a user token %s is refused', async (_, token) => {
  const headers = { ...bearer, 'x-openwebui-user-jwt': token(), 'x-openwebui-user-groups': 'developers' };
  const { seen, ran, statuses } = await reach(headers);
  expect({ seen, ran }).toEqual({ seen: false, ran: 0 });
  expect(new Set(statuses)).toEqual(new Set([401]));
});

test('two tokens are none, whichever comes first', async () => {
  for (const tokens of [
    [userToken(ALICE), userToken(ADMIN)],
    [userToken(ADMIN), userToken(ALICE)],
  ]) {
    expect(await reach({ ...bearer, 'x-openwebui-user-jwt': tokens, 'x-openwebui-user-groups': 'developers' })).toEqual(
      REFUSED,
    );
  }
});

test('being admin comes from the token alone', async () => {
  const user = { email: 'mallory@example.com' };
  const asked = { ...headersOf(user), 'x-openwebui-user-role': 'admin', 'x-openwebui-user-groups': 'admin' };
  expect(await reach(asked)).toMatchObject({ seen: false, ran: 0 });
  expect(await reach(headersOf(ADMIN))).toMatchObject({ seen: true, ran: 2 });
});

test.each([
  'GET /debug',
  'GET /docs',
  'GET /metrics',
  'GET /config',
  'GET /tools',
  'GET /tenants',
  'POST /refresh',
  'POST /meta/search_tools',
  'POST /meta/call_tool',
  'GET /openapi.json',
  'GET /',
])('%s is closed to strangers', async (route) => {
  const [method, path] = route.split(' ');
  const { status, text } = await request(gateway.url + path, {
    method,
    headers: json,
    body: method === 'POST' ? '{}' : undefined,
  });
  expect(status).toBe(401);
  expect(text).not.toMatch(/github|127\.0\.0\.1/);
});

test('health tells strangers of no tenant, user or address', async () => {
  for (const path of ['/health', '/ready']) {
    const { status, text } = await request(gateway.url + path, { method: 'GET' });
    expect(status).toBe(200);
    expect(text).not.toMatch(/github|alice|127\.0\.0\.1|echo/);
  }
});

test('the log has no key, token or argument', async () => {
  await request(`${gateway.url}/mcp`, {
    headers: { ...headersOf(ALICE), cookie: 'session=cookie-of-alice', 'x-request-id': 'call-of-this-test' },
    body: legacy('tools/call', { name: 'github_echo', arguments: { text: 'a-secret-argument' } }),
  });
  // Lines wait a moment before they are written.
  while (!/"event":"call".*"call-of-this-test".*\n/.test(gateway.log)) await sleep(20);
  for (const secret of [GATEWAY_KEY, TOKEN_SECRET, 'eyJ', 'a-secret-argument', 'cookie-of-alice']) {
    expect(gateway.log).not.toContain(secret);
  }
});
