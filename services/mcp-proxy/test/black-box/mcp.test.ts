import {
  GatewayProcess,
  headersOf,
  legacy,
  modern,
  request,
  ScriptedUpstream,
  textResult,
  tool,
  type User,
} from '../fixtures';

const ALICE: User = { email: 'alice@example.com' };
const OPERATOR: User = { email: 'olga@example.com', groups: ['ops'] };
const ADMIN: User = { email: 'root@elsewhere.example', role: 'admin' };

let alpha: ScriptedUpstream;
let beta: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  alpha = await ScriptedUpstream.start({ stateless: true, tools: [tool('echo'), tool('b_c')] });
  beta = await ScriptedUpstream.start({
    tools: [tool('echo'), tool('slow')],
    call: async ({ params }) => {
      if (params.name === 'slow') await new Promise((resolve) => setTimeout(resolve, 300));
      return textResult(`beta ${params.name}`);
    },
  });
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'alpha', mcp_endpoint: alpha.url, tools: { deny: ['secret*'] } },
      { tenant_id: 'beta', mcp_endpoint: beta.url, allowed_groups: ['ops'] },
      { tenant_id: 'dead', mcp_endpoint: 'http://127.0.0.1:9/mcp' },
    ],
  });
}, 30_000);

afterAll(async () => {
  await gateway.stop();
  await Promise.all([alpha.stop(), beta.stop()]);
});

const post = (user: User, path: string, body: string, headers: { [name: string]: string } = {}) =>
  request(`${gateway.url}${path}`, { headers: { ...headersOf(user), ...headers }, body });

const call = (user: User, name: string, path = '/mcp') =>
  post(user, path, legacy('tools/call', { name, arguments: { text: 'hi' } }));

function toolNames({ messages }: { messages: readonly { [key: string]: unknown }[] }): string[] {
  const result = messages[0]?.result as { tools: { name: string }[] } | undefined;
  return (result?.tools ?? []).map(({ name }) => name);
}

describe('lists', () => {
  test('show each caller the tools of their tenants, and ask no server', async () => {
    const before = alpha.hits.length + beta.hits.length;
    expect(toolNames(await post(ALICE, '/mcp', legacy('tools/list')))).toEqual(['alpha_b_c', 'alpha_echo']);
    expect(toolNames(await post(OPERATOR, '/mcp', legacy('tools/list')))).toEqual([
      'alpha_b_c',
      'alpha_echo',
      'beta_echo',
      'beta_slow',
    ]);
    expect(toolNames(await post(ADMIN, '/mcp', legacy('tools/list')))).toHaveLength(4);
    await post(ALICE, '/mcp', legacy('initialize', { protocolVersion: '2025-06-18', capabilities: {} }));
    expect(alpha.hits.length + beta.hits.length).toBe(before);
  });

  test("show the server's own names at a tenant's endpoint", async () => {
    expect(toolNames(await post(ALICE, '/mcp/alpha', legacy('tools/list')))).toEqual(['b_c', 'echo']);
  });

  test('of 2026-07-28 are private and say for how long they hold', async () => {
    const { headers, body } = modern('tools/list');
    const { messages } = await post(ALICE, '/mcp', body, headers);
    expect(messages[0]?.result).toMatchObject({
      resultType: 'complete',
      cacheScope: 'private',
      ttlMs: expect.any(Number),
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'mcp-proxy' } },
    });
  });

  test('that no tenant of the caller offers do not exist', async () => {
    const { headers, body } = modern('prompts/list');
    const answer = await post(ALICE, '/mcp', body, headers);
    expect([answer.status, answer.messages[0]?.error]).toEqual([404, expect.objectContaining({ code: -32601 })]);
  });
});

describe('the handshake', () => {
  test.each([
    ['2025-11-25', '2025-11-25'],
    ['2024-11-05', '2024-11-05'],
    ['2031-01-01', '2025-11-25'],
  ])('of version %s agrees on %s', async (asked, agreed) => {
    const params = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const { messages, headers } = await post(ALICE, '/mcp', legacy('initialize', params));
    expect(messages[0]?.result).toMatchObject({ protocolVersion: agreed, serverInfo: { name: 'mcp-proxy' } });
    expect(headers['mcp-session-id']).toMatch(/^v1-/);
  });

  test('of 2026-07-28 is server/discover', async () => {
    const { headers, body } = modern('server/discover');
    const { messages } = await post(ALICE, '/mcp', body, headers);
    expect(messages[0]?.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: expect.arrayContaining(['2026-07-28', '2025-11-25']),
      capabilities: { tools: { listChanged: true } },
    });
  });

  test.each(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'nothing/known'])(
    '%s does not exist in 2026-07-28',
    async (method) => {
      const { headers, body } = modern(method);
      const answer = await post(ALICE, '/mcp', body, headers);
      expect([answer.status, answer.messages[0]]).toEqual([
        404,
        expect.objectContaining({ id: 1, error: expect.objectContaining({ code: -32601 }) }),
      ]);
    },
  );

  test('a notification is taken without an answer', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const answer = await post(ALICE, '/mcp', body);
    expect([answer.status, answer.text]).toEqual([202, '']);
  });
});

describe('a call', () => {
  test("reaches the server under its own name, without the caller's identity", async () => {
    const { messages } = await call(ALICE, 'alpha_b_c');
    expect(messages[0]).toMatchObject({ id: 1, result: { content: [{ type: 'text' }] } });
    const hit = alpha.hits.at(-1);
    expect(hit?.params.name).toBe('b_c');
    expect(JSON.stringify([hit?.rawHeaders, hit?.text])).not.toMatch(/alice|gateway-key|openwebui/i);
  });

  test("at a tenant's endpoint may use either name", async () => {
    expect((await call(ALICE, 'echo', '/mcp/alpha')).messages[0]?.result).toBeDefined();
    expect((await call(ALICE, 'alpha_echo', '/mcp/alpha')).messages[0]?.result).toBeDefined();
    expect((await call(OPERATOR, 'beta_echo', '/mcp/alpha')).messages[0]?.error).toMatchObject({ code: -32602 });
  });

  test('of 2026-07-28 is answered in its words by a server of either era', async () => {
    for (const name of ['alpha_echo', 'beta_echo']) {
      const { headers, body } = modern('tools/call', { name, arguments: {} });
      const { messages } = await post(OPERATOR, '/mcp', body, headers);
      expect(messages[0]?.result).toMatchObject({ resultType: 'complete', content: [{ type: 'text' }] });
    }
  });

  test('of 2026-07-28 has its headers renamed with its body, and Mcp-Param headers passed on', async () => {
    const { headers, body } = modern('tools/call', { name: 'alpha_b_c', arguments: {} });
    await post(ALICE, '/mcp', body, { ...headers, 'mcp-param-region': 'eu' });
    expect(alpha.hits.at(-1)?.headers).toMatchObject({ 'mcp-name': 'b_c', 'mcp-param-region': 'eu' });
  });

  test('to a tenant that is not the caller’s, is disabled or does not exist is answered by the same bytes', async () => {
    const texts = await Promise.all(
      ['beta_echo', 'beta_nothing', 'nobody_echo', 'no-prefix', 'dead2_x'].map(async (name) => {
        const { status, text } = await call(ALICE, name);
        return `${status} ${text}`;
      }),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('Access Denied');
    expect(beta.hits.filter(({ text }) => text.includes('alice'))).toEqual([]);
  });

  test("a tenant's endpoint is closed alike when it is another's and when there is none", async () => {
    const [denied, missing] = await Promise.all(
      ['/mcp/beta', '/mcp/nobody'].map((path) => post(ALICE, path, legacy('tools/list'))),
    );
    expect([denied?.status, denied?.text]).toEqual([missing?.status, missing?.text]);
    expect(denied?.status).toBe(403);
  });

  test('of an unknown tool and of a filtered one are answered alike', async () => {
    const [unknown, filtered] = await Promise.all([call(ALICE, 'alpha_nothing'), call(ALICE, 'alpha_secrets')]);
    expect(unknown.messages[0]?.error).toMatchObject({ code: -32602, message: 'Unknown tool: alpha_nothing' });
    expect(filtered.messages[0]?.error).toMatchObject({ code: -32602, message: 'Unknown tool: alpha_secrets' });
  });

  test('to a server that never answered says so, and disturbs no other', async () => {
    expect((await call(ALICE, 'dead_x')).messages[0]?.error).toMatchObject({
      code: -32004,
      data: { reason: 'unreachable' },
    });
    expect((await call(ALICE, 'alpha_echo')).messages[0]?.result).toBeDefined();
  });
});

describe('a batch', () => {
  test('of older versions is answered whole', async () => {
    const messages = [
      JSON.parse(legacy('ping', {}, 'p')),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      JSON.parse(legacy('tools/call', { name: 'alpha_echo', arguments: {} }, 2)),
      JSON.parse(legacy('tools/call', { name: 'beta_echo', arguments: {} }, 3)),
      'not a message',
    ];
    const { text } = await post(ALICE, '/mcp', JSON.stringify(messages));
    expect(JSON.parse(text)).toEqual([
      { jsonrpc: '2.0', id: 'p', result: {} },
      expect.objectContaining({ id: 2, result: expect.anything() }),
      { jsonrpc: '2.0', id: 3, error: { code: -32003, message: 'Access Denied' } },
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32600 }) }),
    ]);
  });

  test.each([
    ['is empty', '[]', {}],
    ['has too many messages', JSON.stringify(Array(51).fill(JSON.parse(legacy('ping')))), {}],
    ['is of a version without them', `[${legacy('ping')}]`, { 'mcp-protocol-version': '2025-06-18' }],
  ])('is refused when it %s', async (_, body, headers) => {
    expect((await post(ALICE, '/mcp', body, headers as { [name: string]: string })).status).toBe(400);
  });
});

describe('HTTP', () => {
  test.each(['GET', 'DELETE', 'PUT'])('%s is not allowed at /mcp', async (method) => {
    const answer = await request(`${gateway.url}/mcp`, { method, headers: headersOf(ALICE) });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });

  test.each([
    ['another content type', legacy('ping'), { 'content-type': 'text/plain' }, 415],
    ['no JSON', '{', {}, 400],
    ['JSON that is no message', '{"jsonrpc":"1.0"}', {}, 400],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', {}, 400],
    ['more than 4 MiB', `"${'x'.repeat(4 * 1024 * 1024)}"`, {}, 413],
  ])('%s is refused', async (_, body, headers, status) => {
    expect((await post(ALICE, '/mcp', body, headers as { [name: string]: string })).status).toBe(status);
  });

  test('a stranger is told where to get a token, and nothing else', async () => {
    const answer = await request(`${gateway.url}/mcp`, { headers: { 'content-type': 'application/json' }, body: '{}' });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  test.each([
    ['host', 'evil.example'],
    ['origin', 'https://evil.example'],
  ])('a strange %s is refused', async (name, value) => {
    expect((await post(ALICE, '/mcp', legacy('ping'), { [name]: value })).status).toBe(403);
  });

  test('health and readiness need neither host nor key, and name no tenant', async () => {
    for (const page of ['/health', '/ready']) {
      const { status, text } = await request(`${gateway.url}${page}`, { method: 'GET', headers: { host: '10.1.2.3' } });
      expect(status).toBe(200);
      expect(text).not.toMatch(/alpha|beta|dead/);
    }
    const { messages } = await request(`${gateway.url}/health`, { method: 'GET' });
    expect(messages[0]).toMatchObject({ status: 'healthy', tools_cached: 4, tenants: 3, configuration: 'ok' });
  });

  test('metrics are on their own port only', async () => {
    const { text } = await request(`${gateway.metricsUrl}/metrics`, { method: 'GET' });
    expect(text).toMatch(/mcp_proxy_calls_total\{tenant="alpha",outcome="ok"\} \d+/);
    expect(text).toMatch(/mcp_proxy_calls_total\{tenant="",outcome="denied"\} \d+/);
    expect(text).toMatch(/mcp_proxy_calls_total\{tenant="beta",outcome="denied"\} \d+/);
    expect(text).toMatch(/mcp_proxy_catalogue_stale\{tenant="dead"\} 1/);
    expect((await request(`${gateway.url}/metrics`, { method: 'GET', headers: headersOf(ADMIN) })).status).toBe(404);
  });

  test('the log tells of each catalogue pass', () => {
    expect(gateway.log).toMatch(/Cached 4 tools from 2 tenants/);
  });
});
