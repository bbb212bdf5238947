import { GatewayProcess, headersOf, type TenantFields } from '../fixtures/gateway-process';
import { legacy, modern, type RawAnswer, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream, tool } from '../fixtures/scripted-upstream';

// Nobody can find out what there is beyond their own: a hidden tenant, a disabled one, one whose server is away and one
// that does not exist give the same bytes, in the body and in the headers.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
/** All of the same length, so that an answer that repeats the name stays comparable. */
const HIDDEN = ['hidden', 'closed', 'broken', 'absent'] as const;

let upstream: ScriptedUpstream;
let other: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start({ tools: [tool('echo'), tool('denied')] });
  other = await ScriptedUpstream.start({ tools: [tool('echo')] });
  const tenants: TenantFields[] = [
    { tenant_id: 'mine', mcp_endpoint: upstream.url, allowed_groups: ['developers'], tools: { deny: ['denied'] } },
    { tenant_id: 'hidden', mcp_endpoint: other.url, allowed_groups: ['others'] },
    { tenant_id: 'closed', mcp_endpoint: `${other.url}2`, allowed_groups: ['developers'], enabled: false },
    { tenant_id: 'broken', mcp_endpoint: 'http://127.0.0.1:9/mcp', allowed_groups: ['others'] },
  ];
  gateway = await GatewayProcess.start({ tenants });
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
  await other?.stop();
});

/** Everything but what differs from one request to the next by design, with the tenant's name taken out. */
function shape({ status, rawHeaders, text }: RawAnswer, name: string) {
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!/^(date|x-request-id)$/i.test(rawHeaders[i] ?? '')) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  return { status, headers: lines.join('\n').replaceAll(name, 'NAME'), text: text.replaceAll(name, 'NAME') };
}

type Asking = (name: string) => Promise<RawAnswer>;

const headers = headersOf(ALICE);
const post =
  (path: (name: string) => string, body: (name: string) => string): Asking =>
  (name) =>
    request(gateway.url + path(name), { headers, body: body(name) });
const postModern =
  (path: (name: string) => string, method: string, params: (name: string) => object): Asking =>
  (name) => {
    const message = modern(method, params(name) as { [key: string]: unknown });
    return request(gateway.url + path(name), { headers: { ...headers, ...message.headers }, body: message.body });
  };
const all = () => '/mcp';
const own = (name: string) => `/mcp/${name}`;

const WAYS: [string, Asking][] = [
  ['tools/call at /mcp', post(all, (name) => legacy('tools/call', { name: `${name}_echo`, arguments: {} }))],
  ['tools/call of 2026-07-28', postModern(all, 'tools/call', (name) => ({ name: `${name}_echo`, arguments: {} }))],
  ['a tool that nobody has', post(all, (name) => legacy('tools/call', { name: `${name}_nothing`, arguments: {} }))],
  [
    'initialize at /mcp/{tenant}',
    post(own, () =>
      legacy('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'x', version: '1' },
      }),
    ),
  ],
  ['tools/list at /mcp/{tenant}', post(own, () => legacy('tools/list'))],
  ['tools/call at /mcp/{tenant}', post(own, () => legacy('tools/call', { name: 'echo', arguments: {} }))],
  ['discover at /mcp/{tenant}', postModern(own, 'server/discover', () => ({}))],
  ['nonsense at /mcp/{tenant}', post(own, () => 'not json')],
  ['prompts/get', post(all, (name) => legacy('prompts/get', { name: `${name}_prompt` }))],
  [
    'completion',
    post(all, (name) =>
      legacy('completion/complete', {
        ref: { type: 'ref/prompt', name: `${name}_p` },
        argument: { name: 'a', value: '' },
      }),
    ),
  ],
  ['resources/read', post(all, (name) => legacy('resources/read', { uri: `test://${name}/x` }))],
  [
    'POST /{tool}',
    post(
      (name) => `/${name}_echo`,
      () => '{}',
    ),
  ],
  [
    'meta call',
    post(
      () => '/meta/call_tool',
      (name) => JSON.stringify({ name: `${name}_echo`, arguments: {} }),
    ),
  ],
  [
    'meta describe',
    post(
      () => '/meta/describe_tools',
      (name) => JSON.stringify({ names: [`${name}_echo`] }),
    ),
  ],
  [
    'meta search',
    post(
      () => '/meta/search_tools',
      (name) => JSON.stringify({ query: `${name} echo` }),
    ),
  ],
  ['GET /mcp/{tenant}', (name) => request(`${gateway.url}/mcp/${name}`, { method: 'GET', headers })],
  ['DELETE /mcp/{tenant}', (name) => request(`${gateway.url}/mcp/${name}`, { method: 'DELETE', headers })],
  [
    'metadata',
    (name) => request(`${gateway.url}/.well-known/oauth-protected-resource/mcp/${name}`, { method: 'GET', headers }),
  ],
];

test.each(WAYS)('%s answers hidden, disabled, broken and absent tenants by the same bytes', async (_, ask) => {
  const shapes = [];
  for (const name of HIDDEN) shapes.push(shape(await ask(name), name));
  for (const found of shapes) expect(found).toEqual(shapes[3]);
  expect(other.count('tools/call')).toBe(0);
});

test('a denied tool and one that the server does not have are answered alike', async () => {
  const ways: Asking[] = [
    post(all, (name) => legacy('tools/call', { name: `mine_${name}`, arguments: {} })),
    post(
      () => '/mcp/mine',
      (name) => legacy('tools/call', { name, arguments: {} }),
    ),
    post(
      (name) => `/mine_${name}`,
      () => '{}',
    ),
    post(
      () => '/meta/describe_tools',
      (name) => JSON.stringify({ names: [`mine_${name}`] }),
    ),
  ];
  for (const ask of ways) {
    const [denied, missing] = [shape(await ask('denied'), 'denied'), shape(await ask('absent'), 'absent')];
    expect(denied).toEqual(missing);
  }
  expect(upstream.hits.filter(({ params }) => params.name === 'denied')).toEqual([]);
});

test('REST says 403 for a tenant that is not the caller’s, 404 for an unknown tool of one that is', async () => {
  const answers = await Promise.all(
    ['hidden_echo', 'absent_echo', 'mine_absent'].map((name) =>
      request(`${gateway.url}/${name}`, { headers, body: '{}' }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 404]);
  expect(answers[0]?.text).toContain('Access Denied');
});

test('lists name nothing but the caller’s own', async () => {
  const listed = [
    await request(`${gateway.url}/mcp`, { headers, body: legacy('tools/list') }),
    await request(`${gateway.url}/mcp`, { headers, body: legacy('initialize', {}) }),
    await request(`${gateway.url}/tools`, { method: 'GET', headers }),
    await request(`${gateway.url}/tenants`, { method: 'GET', headers }),
    await request(`${gateway.url}/openapi.json`, { method: 'GET', headers }),
    await request(`${gateway.url}/refresh`, { headers, body: '{}' }),
  ];
  for (const { text } of listed) expect(text).not.toMatch(/hidden|closed|broken|denied/);
  expect(listed[0]?.text).toContain('mine_echo');
});
