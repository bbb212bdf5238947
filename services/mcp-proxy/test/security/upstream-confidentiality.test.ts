import { GATEWAY_KEY, GatewayProcess, headersOf, userToken } from '../fixtures/gateway-process';
import { legacy, modern, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream, tool } from '../fixtures/scripted-upstream';

// What an upstream learns: the call, and its own credential. Nothing of who calls, nothing of other tenants.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', id: 'id-of-alice-4711', groups: ['developers', 'group-of-alice'] };

let upstreams: { [tenant: string]: ScriptedUpstream };
let gateway: GatewayProcess;

beforeAll(async () => {
  upstreams = {
    legacy: await ScriptedUpstream.start({ tools: [tool('echo')] }),
    modern: await ScriptedUpstream.start({ tools: [tool('echo')], stateless: true }),
  };
  gateway = await GatewayProcess.start({
    tenants: Object.entries(upstreams).map(([id, { url }]) => ({
      tenant_id: id,
      mcp_endpoint: url,
      allowed_groups: ['developers'],
      credential: { key: `KEY_OF_${id.toUpperCase()}` },
    })),
    secrets: { KEY_OF_LEGACY: 'credential-of-legacy', KEY_OF_MODERN: 'credential-of-modern' },
  });
});

afterAll(async () => {
  await gateway?.stop();
  for (const upstream of Object.values(upstreams)) await upstream.stop();
});

const OF_THE_CALLER = {
  cookie: 'token=cookie-of-alice',
  'x-api-key': 'api-key-of-alice',
  'x-forwarded-for': '203.0.113.77',
  'x-forwarded-user': 'alice@example.com',
  forwarded: 'for=203.0.113.77',
  'proxy-authorization': 'Basic of-alice',
  'x-openwebui-chat-id': 'chat-of-alice',
  'x-openwebui-message-id': 'message-of-alice',
  'x-anything-else': 'header-of-alice',
  referer: 'https://chat.company.com/c/chat-of-alice',
  'user-agent': 'agent-of-alice',
};

const SECRETS = [GATEWAY_KEY, 'alice', '4711', 'developers', '203.0.113.77', 'eyJ', 'x-openwebui', 'cookie'];

async function callEverything(headers: { [name: string]: string }) {
  for (const id of Object.keys(upstreams)) {
    const params = { name: `${id}_echo`, arguments: { text: 'a question' } };
    await request(`${gateway.url}/mcp`, { headers, body: legacy('tools/call', params) });
    const newer = modern('tools/call', params);
    await request(`${gateway.url}/mcp`, { headers: { ...headers, ...newer.headers }, body: newer.body });
    await request(`${gateway.url}/mcp/${id}`, { headers, body: legacy('tools/call', { ...params, name: 'echo' }) });
    await request(`${gateway.url}/${id}_echo`, { headers, body: '{"text":"a question"}' });
    const meta = JSON.stringify({ name: `${id}_echo`, arguments: { text: 'a question' } });
    await request(`${gateway.url}/meta/call_tool`, { headers, body: meta });
  }
}

test('no header of the caller, nothing of its identity and no foreign credential reaches an upstream', async () => {
  const { authorization, ...rest } = headersOf(ALICE);
  await callEverything({ ...OF_THE_CALLER, ...rest, authorization: authorization ?? '' });
  for (const [id, { hits }] of Object.entries(upstreams)) {
    expect(upstreams[id]?.count('tools/call')).toBeGreaterThanOrEqual(4);
    const other = id === 'legacy' ? 'credential-of-modern' : 'credential-of-legacy';
    for (const { rawHeaders, text } of hits) {
      const all = `${rawHeaders.join('\n')}\n${text}`.toLowerCase();
      for (const secret of [...SECRETS, other]) expect(all).not.toContain(secret.toLowerCase());
      expect(rawHeaders.join('\n').match(/credential-of-\w+/g)).toEqual([`credential-of-${id}`]);
    }
  }
});

const TRACE = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=state' };
const META_OF_ALICE = {
  ...TRACE,
  progressToken: 'progress-of-alice',
  baggage: 'user=alice',
  'io.modelcontextprotocol/clientInfo': { name: 'client-of-alice', version: '1' },
  'com.company/user': 'alice@example.com',
};

test.each([
  ['legacy', 'legacy'],
  ['legacy', 'modern'],
  ['modern', 'legacy'],
  ['modern', 'modern'],
])('of the _meta of a %s caller, a %s server gets the trace, and a progress token of the gateway', async (era, id) => {
  const upstream = upstreams[id] as ScriptedUpstream;
  upstream.hits.length = 0;
  const params = { name: `${id}_echo`, arguments: {}, _meta: META_OF_ALICE };
  const message = era === 'modern' ? modern('tools/call', params) : { headers: {}, body: legacy('tools/call', params) };
  await request(`${gateway.url}/mcp`, { headers: { ...headersOf(ALICE), ...message.headers }, body: message.body });
  const calls = upstream.hits.filter(({ message: { method } }) => method === 'tools/call');
  expect(calls).toHaveLength(1);
  expect(calls[0]?.params._meta).toMatchObject({ ...TRACE, progressToken: expect.any(Number) });
  expect(calls[0]?.text).not.toMatch(/alice/);
});

test('a response header of an upstream does not reach the caller', async () => {
  const upstream = upstreams.legacy as ScriptedUpstream;
  upstream.misbehave = (_, response) => {
    response.setHeader('set-cookie', 'from=upstream');
    response.setHeader('x-from-upstream', 'yes');
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('www-authenticate', 'Bearer resource_metadata="http://evil.example"');
    return false;
  };
  const params = { name: 'legacy_echo', arguments: {} };
  const { rawHeaders, status } = await request(`${gateway.url}/mcp`, {
    headers: headersOf(ALICE),
    body: legacy('tools/call', params),
  });
  upstream.misbehave = () => false;
  expect(status).toBe(200);
  expect(rawHeaders.join('\n')).not.toMatch(/set-cookie|x-from-upstream|access-control|www-authenticate/i);
});

test('a token in the arguments is an argument: the gateway adds none of its own', async () => {
  const upstream = upstreams.legacy as ScriptedUpstream;
  upstream.hits.length = 0;
  const text = userToken(ALICE);
  const params = { name: 'legacy_echo', arguments: { text } };
  await request(`${gateway.url}/mcp`, { headers: headersOf(ALICE), body: legacy('tools/call', params) });
  const call = upstream.hits.find(({ message }) => message.method === 'tools/call');
  expect(call?.params.arguments).toEqual({ text });
  expect(call?.rawHeaders.join('\n')).not.toContain('eyJ');
});
