import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayProcess, headersOf } from '../fixtures/gateway-process';
import { legacy, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream, tool } from '../fixtures/scripted-upstream';

// What an upstream says of where to go next, and what a caller writes into an address: neither leads the gateway, with
// the tenant's credential in its hand, to another place.

jest.setTimeout(30_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
const headers = headersOf(ALICE);

interface Place {
  readonly url: string;
  readonly hits: string[];
  close(): void;
}

async function listen(answer: http.RequestListener): Promise<Place> {
  const hits: string[] = [];
  const server = http.createServer((incoming, response) => {
    hits.push(`${incoming.method} ${incoming.url} ${incoming.rawHeaders.join(' ')}`);
    answer(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits, close };
}

let elsewhere: Place;
let api: Place;
let events: Place;
let endless: ScriptedUpstream;
let gateway: GatewayProcess;

const text = { type: 'string' };
const document = () => ({
  openapi: '3.1.0',
  info: { title: 'API', version: '1' },
  servers: [{ url: elsewhere.url }, { url: '//evil.example.com' }],
  paths: {
    '/items/{id}': {
      servers: [{ url: elsewhere.url }],
      get: {
        operationId: 'get_item',
        summary: 'One item',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: text },
          { name: 'q', in: 'query', schema: text },
          { name: 'X-Api-Key', in: 'header', schema: text },
          { name: 'Authorization', in: 'header', schema: text },
          { name: 'Host', in: 'header', schema: text },
          { name: 'X-Note', in: 'header', schema: text },
          { name: 'session', in: 'cookie', schema: text },
        ],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/other': { $ref: `${'http://127.0.0.1:9'}/paths.json` },
  },
});

beforeAll(async () => {
  elsewhere = await listen((_, response) => response.end('{}'));
  api = await listen((incoming, response) => {
    response.setHeader('content-type', 'application/json');
    if (incoming.url?.endsWith('openapi.json')) return void response.end(JSON.stringify(document()));
    response.end(JSON.stringify({ path: incoming.url }));
  });
  events = await listen((incoming, response) => {
    if (incoming.method !== 'GET') return void response.writeHead(405).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: endpoint\ndata: ${elsewhere.url}/messages?session=1\n\n`);
  });
  endless = await ScriptedUpstream.start();
  endless.misbehave = ({ message }, response) => {
    if (message.method !== 'tools/list') return false;
    const result = { tools: [tool('echo')], nextCursor: `again-${Math.random()}` };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
    return true;
  };
  const tenant = (tenant_id: string, mcp_endpoint: string, more: object) => ({
    tenant_id,
    mcp_endpoint,
    allowed_groups: ['developers'],
    ...more,
  });
  gateway = await GatewayProcess.start({
    tenants: [
      tenant('api', `${api.url}/openapi.json`, {
        protocol: 'openapi',
        credential: { key: 'KEY', header: 'X-Api-Key' },
      }),
      tenant('events', `${events.url}/sse`, { protocol: 'sse', credential: { key: 'KEY' } }),
      tenant('endless', endless.url, {}),
    ],
    secrets: { KEY: 'the-credential' },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await endless?.stop();
  for (const place of [elsewhere, api, events]) place?.close();
});

const getItem = async (args: object) => {
  api.hits.length = 0;
  await request(`${gateway.url}/mcp`, {
    headers,
    body: legacy('tools/call', { name: 'api_get_item', arguments: args }),
  });
  return api.hits;
};

test('the servers of an OpenAPI document do not decide where the credential goes', async () => {
  const hits = await getItem({ id: '7' });
  expect(hits).toHaveLength(1);
  expect(hits[0]).toMatch(/^GET \/items\/7 /);
  expect(hits[0]).toContain('the-credential');
  expect(elsewhere.hits).toEqual([]);
});

test.each([
  '../secrets',
  '..',
  '.',
  '%2e%2e/secrets',
  'a/b',
  'a?x=1',
  'a#b',
  '\\..\\x',
  '//evil.example.com',
  'a\r\nX-Evil: 1',
  '',
  '@evil.example.com',
  ';x=1',
])('the path argument %j stays one segment of the path', async (id) => {
  for (const hit of await getItem({ id })) {
    const path = hit.split(' ')[1] ?? '';
    expect(path).toMatch(/^\/items\/[^/?#\\]+$/);
    expect(path.slice('/items/'.length)).not.toMatch(/^(\.|%2e){1,2}$/i);
    expect(hit).not.toMatch(/ X-Evil/);
  }
  expect(elsewhere.hits).toEqual([]);
});

test('a query argument adds no parameter of its own', async () => {
  const [hit] = await getItem({ id: '7', q: 'a&admin=true#x' });
  expect(new URL(hit?.split(' ')[1] ?? '', api.url).searchParams.get('admin')).toBeNull();
});

test('an argument writes no header and no cookie: neither the credential nor the host is replaced', async () => {
  const [hit] = await getItem({
    id: '7',
    'X-Api-Key': 'forged',
    Authorization: 'forged',
    Host: 'evil.example.com',
    'X-Note': 'a\r\nX-Evil: 1',
    session: 'a; admin=true',
  });
  expect(hit).not.toMatch(/forged|evil\.example\.com|X-Note|X-Evil|admin=true/);
  expect(hit).toContain('the-credential');
});

test('an event stream that names another origin for its messages is not followed', async () => {
  await request(`${gateway.url}/mcp`, { headers, body: legacy('tools/call', { name: 'events_echo', arguments: {} }) });
  await request(`${gateway.url}/refresh`, { headers, body: '{}' });
  expect(events.hits.length).toBeGreaterThan(0);
  expect(elsewhere.hits).toEqual([]);
});

test('a list whose pages never end ends, and the gateway goes on', async () => {
  expect(endless.count('tools/list')).toBeLessThan(1_000);
  const { text: listed } = await request(`${gateway.url}/mcp`, { headers, body: legacy('tools/list') });
  expect(listed).toContain('api_get_item');
});
