import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_KEY, GatewayProcess, headersOf, userToken } from '../fixtures/gateway-process';
import { legacy, modern, rawRequest, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream } from '../fixtures/scripted-upstream';

// Requests that no client would write. Each is refused or answered, nothing reaches the upstream, and the gateway goes on.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
const MEBIBYTE = 1024 * 1024;

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start({ stateless: true });
  gateway = await GatewayProcess.start({
    tenants: [{ tenant_id: 'github', mcp_endpoint: upstream.url, allowed_groups: ['developers'] }],
  });
});

beforeEach(() => {
  upstream.hits.length = 0;
});

afterEach(async () => {
  const alive = await post(legacy('tools/call', { name: 'github_echo', arguments: { text: 'still there?' } }));
  expect(alive.text).toContain('still there?');
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const raw = (bytes: string | Buffer) => rawRequest(gateway.url, bytes);

const post = (body: string | Buffer, headers: object = {}, path = '/mcp') =>
  request(gateway.url + path, { headers: { ...headersOf(ALICE), ...headers }, body });

const calls = () => upstream.hits.filter(({ message }) => message.method === 'tools/call');

const START = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${GATEWAY_KEY}\r\nContent-Type: application/json\r\nConnection: close\r\n`;
const identity = () => `X-OpenWebUI-User-Jwt: ${userToken(ALICE)}\r\nX-OpenWebUI-User-Groups: developers\r\n`;

test.each([
  ['nothing', ''],
  ['no JSON', '{"jsonrpc":"2.0",'],
  ['a JSON text', '"tools/list"'],
  ['null', 'null'],
  ['a number', '17'],
  ['two documents', `${legacy('tools/list')}${legacy('tools/list')}`],
  ['a NUL byte', '{"jsonrpc":"2.0","id":1,"method":"tools\u0000/list"'],
])('a body of %s is a bad request', async (_, body) => {
  const { status, messages } = await post(body);
  expect(status).toBe(400);
  expect(messages[0]).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
});

test.each([
  ['no version', { id: 1, method: 'tools/list' }],
  ['another version', { jsonrpc: '1.0', id: 1, method: 'tools/list' }],
  ['a method that is no text', { jsonrpc: '2.0', id: 1, method: 7 }],
  ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'tools/list' }],
  ['params that are a text', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: 'echo' }],
  ['a name that is a list', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: ['github_echo'] } }],
  ['a name that is an object', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: { toString: 'x' } } }],
  [
    'arguments that are a list',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'github_echo', arguments: [1] } },
  ],
])('a message with %s is an error', async (_, message) => {
  const { messages } = await post(JSON.stringify(message));
  expect(messages).toHaveLength(1);
  expect(messages[0]).toHaveProperty('error');
  expect(calls()).toEqual([]);
});

test('a _meta that is a text is nothing: the server does not get it, in pieces or whole', async () => {
  const params = { name: 'github_echo', arguments: { text: 'hello' }, _meta: 'x'.repeat(100_000) };
  expect((await post(legacy('tools/call', params))).text).toContain('hello');
  expect(calls()).toHaveLength(1);
  expect(calls()[0]?.params).not.toHaveProperty('_meta.0');
  expect(calls()[0]?.text.length).toBeLessThan(1000);
});

test('arguments that are no object stand in the audit trail like any other call', async () => {
  await post(legacy('tools/call', { name: 'github_echo', arguments: 'all of them, please' }));
  const refused = () =>
    gateway.log.split('\n').find((text) => text.includes('"event":"call"') && !text.includes('"outcome":"ok"'));
  while (refused() === undefined) await sleep(20);
  expect(JSON.parse(refused() ?? '')).toMatchObject({ name: 'github_echo', decision: 'allowed' });
});

test('a completion of nothing is refused in words', async () => {
  const { messages } = await post(legacy('completion/complete', { uri: 'file:///x', argument: {} }));
  expect(messages[0]).toMatchObject({ error: { code: -32602, message: 'params.ref is missing' } });
});

test.each([
  '__proto__',
  'constructor',
  'toString',
  'github___proto__',
  'github_constructor',
  '_echo',
  '_',
  'github_',
  '__',
  'hasOwnProperty_x',
  '__proto___echo',
  'constructor_name',
])('the tool name %s is one that nobody has', async (name) => {
  const { messages } = await post(legacy('tools/call', { name, arguments: {} }));
  expect(messages[0]).toHaveProperty('error');
  const rest = await post('{}', {}, `/${name}`);
  expect([403, 404]).toContain(rest.status);
  expect(calls()).toEqual([]);
});

test.each([
  '/mcp/__proto__',
  '/mcp/constructor',
  '/mcp/..',
  '/mcp/github/..',
  '/mcp//github',
  '/mcp/GITHUB',
  '/mcp/git%68ub',
  '/MCP',
  '//mcp',
  '/mcp/github%00',
  '/mcp;x=1',
])('the path %s leads to no tenant', async (path) => {
  const { status, text } = await post(legacy('tools/list'), {}, path);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(text).not.toContain('echo');
});

test('__proto__ in arguments stays data', async () => {
  const body =
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"github_echo","arguments":{"__proto__":{"polluted":true},"text":"x"},"__proto__":{"name":"github_other"}}}';
  await post(body);
  const again = await post(legacy('tools/call', { name: 'github_echo', arguments: {} }));
  expect(again.text).not.toContain('polluted');
  expect(calls().map(({ params }) => params.name)).toEqual(['echo', 'echo']);
});

test('of two keys of the same name, what is checked is what is sent', async () => {
  const body =
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"github_echo","name":"github_denied","arguments":{}}}';
  const { messages } = await post(body);
  expect(messages[0]).toHaveProperty('error');
  expect(calls()).toEqual([]);
});

test('a body that is nested a hundred thousand times is answered', async () => {
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const { status } = await post(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"github_echo","arguments":{"text":${nested}}}}`,
  );
  expect(status).toBeLessThan(500);
});

test('a body over the limit is refused: by its length at once, and in pieces as soon as it is known', async () => {
  const large = legacy('tools/call', { name: 'github_echo', arguments: { text: 'x'.repeat(5 * MEBIBYTE) } });
  const declared = await raw(`${START}${identity()}Content-Length: ${5 * MEBIBYTE}\r\n\r\n{`);
  expect(declared).toMatch(/^HTTP\/1\.1 413 /);
  const head = Buffer.from(`${START}${identity()}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = Buffer.from(`${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`);
  expect(await raw(Buffer.concat([head, chunk]))).toMatch(/^(HTTP\/1\.1 413 |$)/);
  expect(upstream.hits).toEqual([]);
});

test('headers over the limit are refused', async () => {
  const answer = await raw(`${START}${identity()}X-Large: ${'x'.repeat(64 * 1024)}\r\nContent-Length: 2\r\n\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

test('a batch is bounded, and each of its messages is judged', async () => {
  const one = JSON.parse(legacy('tools/call', { name: 'github_echo', arguments: {} }));
  const hidden = JSON.parse(legacy('tools/call', { name: 'hidden_echo', arguments: {} }));
  expect((await post(JSON.stringify(Array(10_000).fill(one)))).status).toBe(400);
  expect(calls()).toEqual([]);
  const { text } = await post(JSON.stringify([hidden]));
  expect(text).toContain('Access Denied');
});

test.each([
  ['both lengths', `${START}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two lengths', `${START}Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}`],
  ['a signed length', `${START}Content-Length: +4\r\n\r\n{}{}`],
  ['another coding', `${START}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['a folded header', `${START}X-A: 1\r\n X-B: 2\r\nContent-Length: 2\r\n\r\n{}`],
  ['a space before the colon', `${START}X-A : 1\r\nContent-Length: 2\r\n\r\n{}`],
  ['a bare line feed', `${START}X-A: 1\nX-B: 2\r\nContent-Length: 2\r\n\r\n{}`],
  ['a NUL in a header', `${START}X-A: 1\u0000\r\nContent-Length: 2\r\n\r\n{}`],
])('a request with %s, which two servers may read differently, is refused', async (_, bytes) => {
  const answer = await raw(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('an id comes back as it was, and cannot write a header or a second message', async () => {
  for (const id of [
    'a\r\nSet-Cookie: x=1',
    '"}\n\ndata: {"jsonrpc":"2.0","id":2}',
    '\u2028',
    '9'.repeat(1000),
    2 ** 53 - 1,
    -1,
  ]) {
    const { messages, rawHeaders } = await post(legacy('tools/call', { name: 'github_echo', arguments: {} }, id));
    expect(messages.map((message) => message.id)).toEqual([id]);
    expect(rawHeaders.join('\n')).not.toMatch(/set-cookie/i);
  }
});

test('line breaks in a name, a tenant or a request id reach no header and no log line of their own', async () => {
  const evil = 'github_echo\r\nX-Evil: 1\n{"level":30,"msg":"forged"}';
  await post(legacy('tools/call', { name: evil, arguments: {} }));
  await post(legacy('prompts/get', { name: evil }));
  await post(legacy('resources/read', { uri: `test://${evil}` }));
  await post(legacy(evil));
  await post('{}', {}, `/${encodeURIComponent(evil)}`);
  const { headers, body } = modern('tools/call', { name: 'github_echo', arguments: {} });
  await post(body, { ...headers, 'mcp-param-text': '=?base64?DQpYLUV2aWw6IDE=?=' });
  for (const { rawHeaders } of upstream.hits) expect(rawHeaders.join('\n')).not.toMatch(/^x-evil/im);
  for (const line of gateway.log.split('\n').filter(Boolean)) {
    expect(() => JSON.parse(line)).not.toThrow();
    expect(JSON.parse(line).msg).not.toBe('forged');
  }
});

test.each(['host', 'connection', 'authorization', 'x-openwebui-user-email', 'content-length', 'cookie'])(
  'Mcp-Param-* can only be what it is called: %s is not written by it',
  async (name) => {
    const { headers, body } = modern('tools/call', { name: 'github_echo', arguments: {} });
    await post(body, { ...headers, [`mcp-param-${name}`]: 'forged' });
    for (const { headers: got } of calls()) expect(got[name]).not.toBe('forged');
  },
);

test('what the headers of 2026-07-28 say must be what the body says', async () => {
  const { headers, body } = modern('tools/call', { name: 'github_echo', arguments: {} });
  for (const wrong of [
    { 'mcp-method': 'tools/list' },
    { 'mcp-name': 'github_other' },
    { 'mcp-method': undefined },
    { 'mcp-protocol-version': '2025-11-25' },
  ]) {
    const merged: { [name: string]: string } = {};
    for (const [name, value] of Object.entries({ ...headers, ...wrong })) if (value !== undefined) merged[name] = value;
    const { status, messages } = await post(body, merged);
    expect(status).toBe(400);
    expect(messages[0]).toHaveProperty('error');
  }
  expect(calls()).toEqual([]);
});
