import { GatewayProcess, headersOf, modern, request, ScriptedUpstream, textResult, tool, type User } from '../fixtures';

const ALICE: User = { email: 'alice@example.com' };
const NOBODY: User = { email: 'mallory@elsewhere.example' };

let alpha: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  alpha = await ScriptedUpstream.start({
    stateless: true,
    tools: [tool('create_issue', 'Opens an issue in a project'), tool('list_issues', 'Lists issues'), tool('fail')],
    call: ({ params }) => ({ ...textResult(JSON.stringify(params.arguments)), isError: params.name === 'fail' }),
  });
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'alpha', display_name: 'The tracker', mcp_endpoint: alpha.url },
      { tenant_id: 'beta', mcp_endpoint: 'http://127.0.0.1:9/mcp', allowed_groups: ['ops'] },
      { tenant_id: 'limited', mcp_endpoint: `${alpha.url}?limited`, rate_limit: { per_user_per_minute: 2 } },
    ],
    variables: { ALLOWED_ORIGINS: 'https://chat.company.com' },
  });
}, 30_000);

afterAll(async () => {
  await gateway.stop();
  await alpha.stop();
});

const get = (user: User, path: string) => request(`${gateway.url}${path}`, { method: 'GET', headers: headersOf(user) });
const post = (user: User, path: string, body: object | string = {}) =>
  request(`${gateway.url}${path}`, {
    headers: headersOf(user),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('GET /tools shows the tools of the caller', async () => {
  const { messages } = await get(ALICE, '/tools');
  const tools = messages[0]?.tools as { name: string; tenant: string; inputSchema: object }[];
  expect(tools.map(({ name }) => name)).toContain('alpha_create_issue');
  expect(tools[0]).toMatchObject({ tenant: 'alpha', inputSchema: { type: 'object' } });
  expect((await get(NOBODY, '/tools')).messages).toEqual([{ tools: [] }]);
});

test('GET /tenants shows the tenants of the caller', async () => {
  const { messages } = await get(ALICE, '/tenants');
  expect(messages[0]).toEqual({
    tenants: [
      { tenant_id: 'alpha', display_name: 'The tracker', tools: 3 },
      { tenant_id: 'limited', display_name: 'limited', tools: 3 },
    ],
  });
});

describe('POST /{tool}', () => {
  test('answers with the result of the tool', async () => {
    const { status, messages } = await post(ALICE, '/alpha_create_issue', { text: 'It is broken' });
    expect([status, messages[0]]).toEqual([
      200,
      expect.objectContaining({ content: [{ type: 'text', text: '{"text":"It is broken"}' }], isError: false }),
    ]);
  });

  test('without a body has no arguments', async () => {
    expect((await post(ALICE, '/alpha_create_issue', '')).messages[0]).toMatchObject({ content: [{ text: '{}' }] });
  });

  test('tells an error of the tool as its result', async () => {
    expect((await post(ALICE, '/alpha_fail')).messages[0]).toMatchObject({ isError: true });
  });

  test.each([
    ['/beta_echo', 403, 'Access Denied'],
    ['/nobody_echo', 403, 'Access Denied'],
    ['/anything', 403, 'Access Denied'],
    ['/alpha_nothing', 404, 'Tool Not Found'],
  ])('%s answers %i', async (path, status, detail) => {
    const answer = await post(ALICE, path);
    expect([answer.status, answer.messages]).toEqual([status, [{ detail }]]);
  });

  test.each([
    ['[]', 400],
    ['{', 400],
    ['"text"', 400],
  ])('refuses the body %s', async (body, status) => {
    expect((await post(ALICE, '/alpha_fail', body)).status).toBe(status);
  });

  test('tells when too many calls may go on', async () => {
    await post(ALICE, '/limited_list_issues');
    await post(ALICE, '/limited_list_issues');
    const answer = await post(ALICE, '/limited_list_issues');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the three tools for all', () => {
  test('find tools by words, best first', async () => {
    const { messages } = await post(ALICE, '/meta/search_tools', { query: 'issue create', limit: 2 });
    expect(messages[0]).toEqual({
      tools: [
        { name: 'alpha_create_issue', tenant: 'alpha', description: 'Opens an issue in a project' },
        { name: 'limited_create_issue', tenant: 'limited', description: 'Opens an issue in a project' },
      ],
    });
    expect((await post(NOBODY, '/meta/search_tools', { query: 'issue' })).messages).toEqual([{ tools: [] }]);
  });

  test('describe only what the caller may use', async () => {
    const names = ['alpha_fail', 'beta_echo', 'alpha_nothing'];
    const { messages } = await post(ALICE, '/meta/describe_tools', { names });
    expect(messages[0]).toEqual({
      tools: [expect.objectContaining({ name: 'alpha_fail', inputSchema: expect.anything() })],
    });
  });

  test('call like any call', async () => {
    const called = await post(ALICE, '/meta/call_tool', { name: 'alpha_list_issues', arguments: { text: 'a' } });
    expect(called.messages[0]).toMatchObject({ content: [{ text: '{"text":"a"}' }] });
    expect((await post(ALICE, '/meta/call_tool', { name: 'beta_echo' })).status).toBe(403);
    expect((await post(ALICE, '/meta/call_tool', {})).status).toBe(422);
  });

  test('are all that the OpenAPI description names', async () => {
    const { messages } = await request(`${gateway.url}/openapi.json`, {
      method: 'GET',
      headers: { authorization: headersOf(ALICE).authorization },
    });
    expect(Object.keys(messages[0]?.paths as object)).toEqual([
      '/meta/search_tools',
      '/meta/describe_tools',
      '/meta/call_tool',
    ]);
  });

  test('are the whole list of an MCP client that asks for it', async () => {
    const mcp = (method: string, params: object = {}) =>
      post(ALICE, '/mcp?toolset=dynamic', { jsonrpc: '2.0', id: 1, method, params });
    const listed = (await mcp('tools/list')).messages[0]?.result as { tools: { name: string }[] };
    expect(listed.tools.map(({ name }) => name)).toEqual(['search_tools', 'describe_tools', 'call_tool']);
    const found = await mcp('tools/call', { name: 'search_tools', arguments: { query: 'fail', limit: 1 } });
    expect(found.messages[0]?.result).toMatchObject({ structuredContent: { tools: [{ name: 'alpha_fail' }] } });
    const called = await mcp('tools/call', {
      name: 'call_tool',
      arguments: { name: 'alpha_list_issues', arguments: { text: 'b' } },
    });
    expect(called.messages[0]?.result).toMatchObject({ content: [{ text: '{"text":"b"}' }] });
    const denied = await mcp('tools/call', { name: 'call_tool', arguments: { name: 'beta_echo' } });
    expect(denied.messages[0]?.error).toMatchObject({ message: 'Access Denied' });
  });
});

test.each([
  ['toolset=dynamic&x=1', true],
  ['x=1&toolset=dynamic', true],
  ['toolset=dynamic%20', false],
  ['x=toolset=dynamic', false],
])('the query %s asks for the three tools: %s', async (query, dynamic) => {
  const { text } = await post(ALICE, `/mcp?${query}`, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  expect([text.includes('"search_tools"'), text.includes('"alpha_fail"')]).toEqual([dynamic, !dynamic]);
});

test('call_tool reaches a tool whose arguments stand in headers too', async () => {
  const properties = { region: { type: 'string', 'x-mcp-header': 'Region' } };
  const maps = await ScriptedUpstream.start({
    stateless: true,
    tools: [{ ...tool('route'), inputSchema: { type: 'object', properties } }],
    call: ({ headers }) => textResult(`region ${headers['mcp-param-region']}`),
  });
  const own = await GatewayProcess.start({ tenants: [{ tenant_id: 'maps', mcp_endpoint: maps.url }] });
  try {
    const params = { name: 'call_tool', arguments: { name: 'maps_route', arguments: { region: 'west' } } };
    const { headers, body } = modern('tools/call', params);
    const url = `${own.url}/mcp?toolset=dynamic`;
    expect((await request(url, { headers: { ...headersOf(ALICE), ...headers }, body })).text).toContain('region west');
  } finally {
    await own.stop();
    await maps.stop();
  }
});

test("POST /refresh reads the caller's catalogues anew, a few times a minute", async () => {
  alpha.tools = [...alpha.tools, tool('brand_new')];
  const { status, messages } = await post(ALICE, '/refresh');
  expect([status, messages[0]]).toEqual([200, { refreshed: ['alpha', 'limited'], tools_cached: 8 }]);
  expect((await get(ALICE, '/tools')).text).toContain('alpha_brand_new');
  expect((await post(NOBODY, '/refresh')).status).toBe(403);
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await post(ALICE, '/refresh')).status);
  expect(statuses.at(-1)).toBe(429);
});

test.each([
  ['GET', '/alpha_fail', 404],
  ['DELETE', '/tools', 405],
  ['POST', '/meta/anything', 404],
  ['GET', '/metrics', 404],
])('%s %s answers %i', async (method, path, status) => {
  expect((await request(`${gateway.url}${path}`, { method, headers: headersOf(ALICE) })).status).toBe(status);
});

describe('a page in a browser', () => {
  const ask = (origin: string) =>
    request(`${gateway.url}/mcp`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, mcp-method',
      },
    });

  test('of an allowed origin may call and read the answer', async () => {
    const origin = 'https://chat.company.com';
    expect(await ask(origin)).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'authorization, mcp-method',
        'access-control-allow-methods': 'GET, POST',
      },
    });
    const answer = await request(`${gateway.url}/tools`, { method: 'GET', headers: { ...headersOf(ALICE), origin } });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
  });

  test('of another origin may not', async () => {
    const answer = await ask('https://evil.example');
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });
});
