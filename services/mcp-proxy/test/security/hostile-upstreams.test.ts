import fs from 'node:fs';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { GATEWAY_KEY, GatewayProcess, headersOf } from '../fixtures/gateway-process';
import { legacy, modern, type RawAnswer, request } from '../fixtures/mcp-caller';
import { ScriptedUpstream, success, textResult, type UpstreamHit } from '../fixtures/scripted-upstream';

// Upstreams that lie, point elsewhere or flood. The caller gets an error that tells nothing of the inside; the other
// tenant does not notice.

jest.setTimeout(60_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
const CREDENTIAL = 'credential-of-the-hostile-tenant';

let hostile: ScriptedUpstream;
let honest: ScriptedUpstream;
let elsewhere: http.Server;
/** Of the whole run: the lists are read while the gateway starts, and that is when a forbidden name is reached first. */
const elsewhereHits: string[] = [];
let gateway: GatewayProcess;
let folder: string;

/** Names that resolve to where no tool server is, as an attacker's name server would have it. */
const RESOLVER = `
const dns = require('node:dns');
const real = dns.lookup;
const addresses = { 'metadata.example.test': '169.254.169.254', 'loopback.example.test': '127.0.0.1', 'zero.example.test': '0.0.0.0', 'mapped.example.test': '::ffff:127.0.0.1' };
dns.lookup = (name, options, callback) => {
  const address = addresses[name];
  if (address === undefined) return real(name, options, callback);
  const done = typeof options === 'function' ? options : callback;
  const family = address.includes(':') ? 6 : 4;
  if (options && options.all) done(null, [{ address, family }]);
  else done(null, address, family);
};
`;

beforeAll(async () => {
  elsewhere = http.createServer((incoming, response) => {
    elsewhereHits.push(`${incoming.url} ${incoming.rawHeaders.join(' ')}`);
    response.end('{}');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resolver-'));
  fs.writeFileSync(path.join(folder, 'resolver.js'), RESOLVER);
  hostile = await ScriptedUpstream.start();
  honest = await ScriptedUpstream.start();
  const { port } = elsewhere.address() as AddressInfo;
  const tenant = (tenant_id: string, mcp_endpoint: string) => ({
    tenant_id,
    mcp_endpoint,
    allowed_groups: ['developers'],
  });
  gateway = await GatewayProcess.start({
    tenants: [
      { ...tenant('hostile', hostile.url), credential: { key: 'HOSTILE' }, timeout_ms: 2000 },
      tenant('honest', honest.url),
      tenant('metadata', `http://metadata.example.test:${port}/mcp`),
      tenant('loopback', `http://loopback.example.test:${port}/mcp`),
      tenant('zero', `http://zero.example.test:${port}/mcp`),
      tenant('mapped', `http://mapped.example.test:${port}/mcp`),
    ],
    secrets: { HOSTILE: CREDENTIAL },
    variables: { NODE_OPTIONS: `--require ${path.join(folder, 'resolver.js')}` },
  });
});

afterEach(async () => {
  hostile.misbehave = () => false;
  const { text, status } = await call('honest_echo', { text: 'unharmed' });
  expect(status).toBe(200);
  expect(text).toContain('unharmed');
  // Five failures in a row open the breaker: a good answer closes the count again.
  await call('hostile_echo');
});

afterAll(async () => {
  await gateway?.stop();
  await hostile?.stop();
  await honest?.stop();
  elsewhere?.closeAllConnections();
  elsewhere?.close();
  fs.rmSync(folder, { recursive: true });
});

const call = (name: string, args: object = {}): Promise<RawAnswer> =>
  request(`${gateway.url}/mcp`, { headers: headersOf(ALICE), body: legacy('tools/call', { name, arguments: args }) });

/** Misbehaves on calls only, so that the catalogue stays. */
function onCall(answer: (hit: UpstreamHit, response: ServerResponse) => void): void {
  hostile.misbehave = (hit, response) => {
    if (hit.message.method !== 'tools/call') return false;
    answer(hit, response);
    return true;
  };
}

function expectRefusal({ messages, text }: RawAnswer): void {
  expect(messages).toHaveLength(1);
  const [message] = messages as [{ error?: { message: string }; result?: { isError?: boolean } }];
  expect(message.error !== undefined || message.result?.isError === true).toBe(true);
  for (const secret of [CREDENTIAL, GATEWAY_KEY, '127.0.0.1', String(hostile.port), 'ECONN', '.js', 'handler']) {
    expect(text).not.toContain(secret);
  }
}

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed, and the credential stays', async (status) => {
  const { port } = elsewhere.address() as AddressInfo;
  onCall((_, response) => response.writeHead(status, { location: `http://127.0.0.1:${port}/stolen` }).end());
  expectRefusal(await call('hostile_echo'));
  expect(elsewhereHits.filter((hit) => hit.startsWith('/stolen'))).toEqual([]);
});

test.each(['metadata', 'loopback', 'zero', 'mapped'])(
  'a name that resolves to %s is not connected to',
  async (tenant) => {
    const { messages, text } = await call(`${tenant}_echo`);
    expect(messages[0]).toHaveProperty('error');
    expect(text).not.toMatch(/169\.254|127\.0|0\.0\.0\.0|ffff/);
    expect(elsewhereHits).toEqual([]);
  },
);

test.each([
  [
    'an HTML page',
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  ],
  [
    'no JSON',
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc"'),
  ],
  ['nothing', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end()],
  ['204', (response: ServerResponse) => response.writeHead(204).end()],
  ['202', (response: ServerResponse) => response.writeHead(202).end()],
  [
    'an array',
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end('[1]'),
  ],
  ['null', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end('null')],
  [
    '500 with its stack and our credential',
    (response: ServerResponse) => response.writeHead(500).end(`at handler.js ${CREDENTIAL}`),
  ],
  ['401', (response: ServerResponse) => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
  [
    'a length that is too long',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"jsonrpc":"2.0"');
      setTimeout(() => response.destroy(), 50);
    },
  ],
  ['a broken connection', (response: ServerResponse) => response.destroy()],
  ['no HTTP', (response: ServerResponse) => response.socket?.end('SSH-2.0-OpenSSH\r\n')],
  [
    'an event stream without an answer',
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n'),
  ],
  [
    'an event stream of garbage',
    (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {{{\n\ndata: 7\n\n'),
  ],
])('an upstream that answers with %s gives an error without its inside', async (_, answer) => {
  onCall((_hit, response) => void answer(response));
  expectRefusal(await call('hostile_echo'));
});

test('an answer to another request is not taken for this one', async () => {
  onCall(({ message }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(success(`${message.id}-of-someone-else`, textResult('foreign data'))));
  });
  const answer = await call('hostile_echo');
  expectRefusal(answer);
  expect(answer.text).not.toContain('foreign data');
});

test('a question nested so deeply that nothing can write it ends no more than itself', async () => {
  const initialize = legacy('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'test', version: '1' },
  });
  const opened = await request(`${gateway.url}/mcp`, { headers: headersOf(ALICE), body: initialize });
  const headers = { ...headersOf(ALICE), 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  let told: unknown;
  hostile.misbehave = ({ message }, response) => {
    if (message.method === 'tools/call') {
      const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: {"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":${deep}}\n\n`);
      hostile.misbehave = (reply, answering) => {
        if (reply.message.id !== 'q') return false;
        told = reply.message.error;
        answering.writeHead(202).end();
        response.end(`data: ${JSON.stringify(success(message.id, textResult('went on')))}\n\n`);
        return true;
      };
      return true;
    }
    return false;
  };
  const body = legacy('tools/call', { name: 'hostile_echo', arguments: {} });
  const { text } = await request(`${gateway.url}/mcp`, { headers, body });
  expect(text).toContain('went on');
  expect(told).toMatchObject({ message: expect.stringContaining('nested too deeply') });
});

test('an answer without end is cut off, and memory with it', async () => {
  onCall((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = 'x'.repeat(1024 * 1024);
    const pour = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', pour);
    pour();
  });
  expectRefusal(await call('hostile_echo'));
  const status = fs.readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
  expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(300);
});

test('an upstream that never answers is given up after the tenant’s time', async () => {
  onCall(() => {});
  const from = Date.now();
  expectRefusal(await call('hostile_echo'));
  expect(Date.now() - from).toBeLessThan(6_000);
});

test('requests of the upstream’s own are not run for a caller of 2026-07-28, and stay with the call', async () => {
  onCall(({ message }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const asks = {
      jsonrpc: '2.0',
      id: 'steal',
      method: 'sampling/createMessage',
      params: { messages: [], maxTokens: 1 },
    };
    const unasked = { jsonrpc: '2.0', id: 'nonsense', method: 'admin/readSecrets', params: {} };
    const list = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
    for (const sent of [asks, unasked, list, success(message.id, textResult('done'))]) {
      response.write(`data: ${JSON.stringify(sent)}\n\n`);
    }
    response.end();
  });
  const { headers, body } = modern('tools/call', { name: 'hostile_echo', arguments: {} });
  const { messages } = await request(`${gateway.url}/mcp`, { headers: { ...headersOf(ALICE), ...headers }, body });
  for (const message of messages) expect('method' in message && 'id' in message).toBe(false);
});

test('definitions that would break a list are left out of it: the caller’s list stays whole', async () => {
  const good = hostile.tools;
  hostile.tools = [
    ...good,
    { name: 'x'.repeat(200), inputSchema: { type: 'object' } },
    { name: 'a b\r\nc', inputSchema: { type: 'object' } },
    { name: 7, inputSchema: {} },
    { name: '__proto__', inputSchema: { type: 'object' } },
    { inputSchema: { type: 'object' } },
    { name: 'no-schema' },
  ];
  await request(`${gateway.url}/refresh`, { headers: headersOf(ALICE), body: '{}' });
  const { messages } = await request(`${gateway.url}/mcp`, { headers: headersOf(ALICE), body: legacy('tools/list') });
  hostile.tools = good;
  const { tools } = (messages[0] as unknown as { result: { tools: { name: string; inputSchema: object }[] } }).result;
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['honest_echo', 'hostile_echo']));
  for (const { name, inputSchema } of tools) {
    expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    expect(typeof inputSchema).toBe('object');
  }
});
