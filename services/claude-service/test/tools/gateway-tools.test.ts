import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { GatewayAccess } from '../../src/engine/engine';
import { connectGateway, toolName } from '../../src/tools/gateway-tools';
import type { AgentTool } from '../../src/tools/tool';

const never = new AbortController().signal;
const PIXEL = 'iVBORw0KGgo=';
let server: Server;
let access: GatewayAccess;
let requests: IncomingMessage['headers'][];
let tokens: number;
let cancelled: boolean;

function gateway(): McpServer {
  const mcp = new McpServer({ name: 'gateway', version: '1' });
  const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
  mcp.registerTool(
    'github_search',
    { description: 'Searches', inputSchema: z.object({ query: z.string() }) },
    ({ query }) => text(`found ${query}`),
  );
  const either = { anyOf: [{ required: ['id'] }, { required: ['url'] }] };
  const schema = {
    type: 'object' as const,
    properties: { id: { type: 'string' }, url: { type: 'string' } },
    ...either,
  };
  mcp.registerTool('google_either', { description: 'Opens', inputSchema: fromJsonSchema(schema) }, () => text('open'));
  mcp.registerTool('google_fail', { inputSchema: z.object({}) }, () => ({ ...text('no rights'), isError: true }));
  mcp.registerTool('google_throw', { inputSchema: z.object({}) }, () => {
    throw new Error('broken');
  });
  mcp.registerTool('google_flood', { inputSchema: z.object({}) }, () => text('x'.repeat(300_000)));
  mcp.registerTool('google_picture', { inputSchema: z.object({}) }, () => ({
    content: [
      { type: 'text', text: 'A picture:' },
      { type: 'image', data: PIXEL, mimeType: 'image/png' },
      { type: 'image', data: PIXEL, mimeType: 'image/tiff' },
      { type: 'resource_link', uri: 'https://example.com/a', name: 'a' },
    ],
  }));
  mcp.registerTool('google_slow', { inputSchema: z.object({}) }, async (_input, context) => {
    await new Promise((resolve) => {
      context.mcpReq.signal.addEventListener('abort', resolve);
      setTimeout(resolve, 5000).unref();
    });
    cancelled = context.mcpReq.signal.aborted;
    return text('late');
  });
  return mcp;
}

beforeEach(async () => {
  requests = [];
  tokens = 0;
  cancelled = false;
  const handler = toNodeHandler(createMcpHandler(gateway));
  server = createServer((request, response) => {
    requests.push(request.headers);
    void handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  access = {
    url: `http://127.0.0.1:${port}/mcp`,
    apiKey: 'gateway-key',
    userToken: () => `token-${++tokens}`,
    groups: 'ops,dev',
  };
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function withTools<T>(use: (tools: readonly AgentTool[]) => Promise<T>): Promise<T> {
  const { tools, problem, close } = await connectGateway(access, never);
  expect(problem).toBe('');
  return use(tools).finally(close);
}

function call(name: string, input: unknown = {}, signal = never) {
  return withTools(async (tools) => tools.find(({ definition }) => definition.name === name)?.run(input, signal));
}

test('are listed in an order that does not change, with the rights of the user', async () => {
  const names = await withTools(async (tools) => tools.map(({ definition }) => definition.name));
  expect(names).toEqual([
    'mcp_github_search',
    'mcp_google_either',
    'mcp_google_fail',
    'mcp_google_flood',
    'mcp_google_picture',
    'mcp_google_slow',
    'mcp_google_throw',
  ]);
  for (const headers of requests) {
    expect(headers.authorization).toBe('Bearer gateway-key');
    expect(headers['x-openwebui-user-groups']).toBe('ops,dev');
  }
  // Each request has its own token: the first may have expired.
  const sent = requests.map((headers) => headers['x-openwebui-user-jwt']);
  expect(new Set(sent).size).toBe(sent.length);
});

test('have a schema that the API takes, and say the rest of it', async () => {
  const found = await withTools(async (tools) => tools.map(({ definition }) => definition));
  const either = found.find(({ name }) => name === 'mcp_google_either');
  expect(either?.input_schema).toEqual({
    type: 'object',
    properties: { id: { type: 'string' }, url: { type: 'string' } },
  });
  expect(either?.description).toBe(
    'Opens\n\nThe input also has to match this schema: {"anyOf":[{"required":["id"]},{"required":["url"]}]}',
  );
  expect(found.find(({ name }) => name === 'mcp_github_search')?.description).toBe('Searches');
  expect(await call('mcp_google_either', { id: 'x' })).toEqual({ output: 'open', failed: false });
});

test('answer, and tell when they fail', async () => {
  expect(await call('mcp_github_search', { query: 'bugs' })).toEqual({ output: 'found bugs', failed: false });
  expect(await call('mcp_google_fail')).toEqual({ output: 'no rights', failed: true });
  expect(await call('mcp_google_throw')).toMatchObject({ failed: true });
  expect(await call('mcp_github_search', { query: 7 })).toMatchObject({ failed: true });
});

test('may show a picture', async () => {
  const outcome = await call('mcp_google_picture');
  expect(outcome?.output).toBe('A picture:\n(a picture of image/tiff, not shown)\na: https://example.com/a');
  expect(outcome?.content).toEqual([
    { type: 'text', text: outcome?.output },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
  ]);
});

test('show no more than the limit', async () => {
  const outcome = await call('mcp_google_flood');
  expect(outcome?.output.length).toBeLessThan(100_100);
  expect(outcome?.output).toMatch(/200000 characters left out/);
});

test('are cancelled with the turn', async () => {
  const leaving = new AbortController();
  setTimeout(() => leaving.abort(), 150);
  const begin = performance.now();
  await expect(call('mcp_google_slow', {}, leaving.signal)).rejects.toThrow();
  expect(performance.now() - begin).toBeLessThan(1000);
  for (let round = 0; round < 100 && !cancelled; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(cancelled).toBe(true);
});

test.each([
  ['is not there', () => 'http://127.0.0.1:1/mcp'],
  ['says something else', () => access.url],
])('a gateway that %s is told to the model', async (_name, url) => {
  server.removeAllListeners('request');
  server.on('request', (_request, response) => response.writeHead(503).end('<html>'));
  const { tools, problem } = await connectGateway({ ...access, url: url() }, never);
  expect(tools).toEqual([]);
  expect(problem).toMatch(/cannot be reached now/);
  expect(problem).not.toMatch(/gateway-key|token-/);
});

test('names fit, and stay different', () => {
  expect(toolName('github_search')).toBe('mcp_github_search');
  const long = ['a', 'b'].map((end) => toolName(`tenant_${'x'.repeat(60)}${end}`));
  expect(long.map(({ length }) => length)).toEqual([64, 64]);
  expect(long[0]).not.toBe(long[1]);
  expect(toolName('odd.name')).toMatch(/^mcp_odd_name_[0-9a-f]{8}$/);
  expect(toolName('odd_name')).toBe('mcp_odd_name');
});
