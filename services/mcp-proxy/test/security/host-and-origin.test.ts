import { GATEWAY_KEY, GatewayProcess, headersOf, userToken } from '../fixtures/gateway-process';
import { legacy, rawRequest, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream } from '../fixtures/scripted-upstream';

// DNS rebinding: a page whose name was made to resolve to the gateway's address still says its own name.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
  gateway = await GatewayProcess.start({
    tenants: [{ tenant_id: 'github', mcp_endpoint: upstream.url, allowed_groups: ['developers'] }],
    variables: { ALLOWED_ORIGINS: 'https://chat.example.com' },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const post = (body: string, headers: object = {}, path = '/mcp') =>
  request(gateway.url + path, { headers: { ...headersOf(ALICE), ...headers }, body });

/** A request whose host lines are given. */
const withHosts = (hosts: string) =>
  rawRequest(
    gateway.url,
    `POST /mcp HTTP/1.1\r\n${hosts}Authorization: Bearer ${GATEWAY_KEY}\r\nContent-Type: application/json\r\n` +
      `X-OpenWebUI-User-Jwt: ${userToken(ALICE)}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
  );

test.each([
  'evil.example.com',
  'evil.example.com:8000',
  '127.0.0.1.evil.example.com',
  'localhost.evil.example.com',
  '127.0.0.1@evil.example.com',
  '169.254.169.254',
  '127.0.0.1:x',
  '[::1',
  'localhost,evil.example.com',
])('the host %j is not served', async (host) => {
  for (const path of [
    '/mcp',
    '/mcp/github',
    '/tools',
    '/github_echo',
    '/openapi.json',
    '/.well-known/oauth-protected-resource',
  ]) {
    const { status, text } = await post(legacy('tools/list'), { host }, path);
    expect([400, 403]).toContain(status);
    expect(text).not.toContain('echo');
  }
});

test('a request without a host, with an empty one, or with two, is refused', async () => {
  for (const hosts of ['', 'Host:\r\n', 'Host: evil.example.com\r\nHost: 127.0.0.1\r\n']) {
    expect(await withHosts(hosts)).toMatch(/^HTTP\/1\.1 40[03] /);
  }
});

test.each([
  'http://evil.example.com',
  'null',
  'http://127.0.0.1',
  'https://chat.example.com.evil.example.com',
  'https://chat.example.com:8443',
  'http://chat.example.com',
  'file://',
  '',
])('the origin %j may not call', async (origin) => {
  const { status, rawHeaders } = await post(legacy('tools/list'), { origin });
  expect(status).toBe(403);
  expect(rawHeaders.join('\n')).not.toMatch(/access-control/i);
});

test('the origin that is allowed may call', async () => {
  expect((await post(legacy('tools/list'), { origin: 'https://chat.example.com' })).status).toBe(200);
});

test('the kubelet calls health by an address', async () => {
  for (const path of ['/health', '/ready']) {
    const { status } = await request(gateway.url + path, { method: 'GET', headers: { host: '10.244.3.17:8000' } });
    expect(status).toBe(200);
  }
});
