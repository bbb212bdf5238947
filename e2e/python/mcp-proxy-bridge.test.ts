import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BridgeCall, bridgePython, runBridge } from './bridge-runner';

// The bridge as Open WebUI loads it, with the real Python and httpx, against a gateway that writes down what it is asked.

// The first run installs the packages.
jest.setTimeout(180_000);

const SECRET = 'a-secret-that-only-open-webui-and-the-gateway-have';
const ALICE = { id: 'u-1', name: 'Alice', email: 'alice@google.com', role: 'user' };

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
}

let python: string;
let gateway: http.Server;
let url: string;
let seen: Seen[];
let reply: (request: Seen) => Reply | undefined;

beforeAll(() => {
  python = bridgePython();
});

beforeEach(async () => {
  seen = [];
  reply = () => ({ body: { said: 'yes' } });
  gateway = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    seen.push(asked);
    const answer = reply(asked);
    if (answer === undefined) return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});

afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
});

const run = (
  calls: BridgeCall[],
  { user = ALICE as typeof ALICE | null, valves = {}, variables = {} as { [name: string]: string } } = {},
) =>
  runBridge(
    python,
    { valves: { gateway_url: url, api_key: 'the-key', ...valves }, user, calls },
    { FORWARD_USER_INFO_HEADER_JWT_SECRET: SECRET, GROUPS_OF_THE_USER: 'developers,Köche', ...variables },
  );

const execute = (tool_name: unknown, args: unknown = {}): BridgeCall => ['mcp_execute', { tool_name, arguments: args }];

const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

test('asks for the lists and runs tools, with the key, the signed user and the groups', async () => {
  reply = ({ path }) => ({ body: { path } });
  const said = await run([['mcp_list_tools', {}], ['mcp_tenants', {}], execute('github_create_issue', { title: 'é' })]);
  expect(said.map((text) => JSON.parse(text).path)).toEqual(['/tools', '/tenants', '/github_create_issue']);
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /tools',
    'GET /tenants',
    'POST /github_create_issue',
  ]);
  expect(JSON.parse(seen[2]?.body ?? '')).toEqual({ title: 'é' });
  for (const { headers } of seen) {
    expect(headers.authorization).toBe('Bearer the-key');
    expect(headers['x-openwebui-user-groups']).toBe('developers,K%C3%B6che');
    expect(headers['x-openwebui-user-email']).toBeUndefined();
    const [head, claims, signature] = String(headers['x-openwebui-user-jwt']).split('.');
    expect(createHmac('sha256', SECRET).update(`${head}.${claims}`).digest('base64url')).toBe(signature);
    expect(decode(head).alg).toBe('HS256');
    expect(decode(claims)).toMatchObject({ sub: 'u-1', email: 'alice@google.com', role: 'user', iss: 'open-webui' });
  }
});

test('takes the key from the variable of the pod when the valve is empty', async () => {
  await runBridge(
    python,
    { valves: { gateway_url: url }, user: ALICE, calls: [['mcp_tenants', {}]] },
    { FORWARD_USER_INFO_HEADER_JWT_SECRET: SECRET, MCP_PROXY_API_KEY: 'of-the-pod' },
  );
  expect(seen[0]?.headers.authorization).toBe('Bearer of-the-pod');
});

test('takes arguments that the model wrote as a text, and refuses what is no object', async () => {
  const said = await run([execute('a_b', '{"n":1}'), execute('a_b', ''), execute('a_b', 'n=1'), execute('a_b', [1])]);
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual([{ n: 1 }, {}]);
  expect(said.slice(2)).toEqual(Array(2).fill('Invalid Arguments: they are no JSON object.'));
});

test.each([
  [403, { detail: 'Access Denied' }, 'Access Denied: you may not use this tool.'],
  [403, { error: { message: 'Access Denied: not for you' } }, 'Access Denied: not for you'],
  [404, { detail: 'unknown' }, 'Tool Not Found: github_x. Names are listed by mcp_list_tools.'],
  [401, {}, 'The gateway refuses the key or the user token of Open WebUI: an administrator must look at both secrets.'],
  [502, '<html>', 'The tool failed (502).'],
  [504, { detail: 'The upstream is away' }, 'The tool failed (504). The upstream is away'],
])('puts %i into words', async (status, body, words) => {
  reply = () => ({ status, body });
  expect(await run([execute('github_x')])).toEqual([words]);
});

test('says when to come back after too many calls', async () => {
  reply = () => ({ status: 429, headers: { 'retry-after': '7' } });
  expect(await run([['mcp_list_tools', {}]])).toEqual(['Too many calls: try again in 7 seconds.']);
});

test('sends nothing where it could not prove who calls', async () => {
  const unsigned = await run([['mcp_tenants', {}]], { variables: { FORWARD_USER_INFO_HEADER_JWT_SECRET: '' } });
  expect(unsigned[0]).toMatch(/signs no user token.*FORWARD_USER_INFO_HEADER_JWT_SECRET/);
  expect(await run([['mcp_tenants', {}]], { user: null })).toEqual(['Access Denied: nobody is signed in.']);
  const keyless = await run([['mcp_tenants', {}]], { valves: { api_key: '' } });
  expect(keyless[0]).toMatch(/no key for the gateway/);
  expect(seen).toEqual([]);
});

test.each([
  'refresh',
  '../health',
  'meta/call_tool',
  'a_b?x=1',
  '../a_b',
  'A_b',
  'a_b\nX: y',
  '',
  `a_${'b'.repeat(63)}`,
  7,
])('does not ask the gateway for %j, which is no name of a tool', async (name) => {
  expect((await run([execute(name)]))[0]).toMatch(/^Tool Not Found: /);
  expect(seen).toEqual([]);
});

test('asks for a name as one part of the path, whatever is in it', async () => {
  reply = () => ({ status: 404 });
  const said = await run([execute('mine_a/b'), execute('a_b/../refresh')]);
  expect(seen.map(({ path }) => path)).toEqual(['/mine_a%2Fb', '/a_b%2F..%2Frefresh']);
  expect(said[0]).toBe('Tool Not Found: mine_a/b. Names are listed by mcp_list_tools.');
});

test('follows no redirect, which would take the key along', async () => {
  reply = ({ path }) => (path === '/tools' ? { status: 307, headers: { location: `${url}/elsewhere` } } : {});
  expect(await run([['mcp_list_tools', {}]])).toEqual(['The tool failed (307).']);
  expect(seen.map(({ path }) => path)).toEqual(['/tools']);
});

test('gives up on a gateway that is silent or away', async () => {
  reply = () => undefined;
  const silent = await run([['mcp_list_tools', {}]], { valves: { timeout_seconds: 0.3 } });
  expect(silent).toEqual(['The gateway gave no answer within 0.3 seconds.']);
  const away = await run([['mcp_list_tools', {}]], { valves: { gateway_url: 'http://127.0.0.1:9' } });
  expect(away).toEqual(['The gateway cannot be reached (ConnectError).']);
});
