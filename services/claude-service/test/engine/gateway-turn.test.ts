import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { createLogger, LogLevel } from '../../../runtime/log';
import { FixedSecret } from '../../../runtime/secret-source';
import type { Reply } from '../../fake-anthropic/script';
import { type FakeAnthropic, startFakeAnthropic } from '../../fake-anthropic/server';
import { ToolRule, type Turn, TurnEnd, type TurnEvent } from '../../src/engine/engine';
import { SdkEngine } from '../../src/engine/sdk-engine';
import { LocalWorkspaces } from '../../src/workspace/local-workspaces';

const log = createLogger({ service: 'test', level: LogLevel.ERROR });
let folder: string;
let gateway: Server;
let asked: number;
let fake: FakeAnthropic;
let engine: SdkEngine;

function server(): McpServer {
  const mcp = new McpServer({ name: 'gateway', version: '1' });
  mcp.registerTool('github_search', { inputSchema: z.object({ query: z.string() }) }, ({ query }) => ({
    content: [{ type: 'text', text: `found ${query}` }],
  }));
  const open = fromJsonSchema({ type: 'object', oneOf: [{ required: ['id'] }, { required: ['url'] }] });
  mcp.registerTool('google_open', { inputSchema: open }, () => ({ content: [] }));
  return mcp;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'claude-gateway-'));
  asked = 0;
  const handler = toNodeHandler(createMcpHandler(server));
  gateway = createServer((request, response) => {
    asked += 1;
    void handler(request, response);
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  fake = await startFakeAnthropic();
  const workspaces = new LocalWorkspaces(folder);
  engine = new SdkEngine({ apiKey: new FixedSecret('key'), baseUrl: fake.url, workspaces, log });
});

afterEach(async () => {
  await engine.close();
  await fake.close();
  gateway.closeAllConnections();
  gateway.close();
  rmSync(folder, { recursive: true });
});

async function run(replies: Reply[], rules: [string, ToolRule][]): Promise<TurnEvent[]> {
  const turn: Turn = {
    sessionId: 'session',
    history: [],
    prompt: [{ type: 'text', text: `fake: ${JSON.stringify(replies)}` }],
    systemPrompt: 'You are careful.',
    model: 'claude-sonnet-5-5',
    tools: new Map(rules),
    workspace: Promise.resolve(folder),
    maxModelCalls: 5,
    budgetUsd: 1,
    gateway: {
      url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/mcp`,
      apiKey: 'key',
      userToken: () => 'token',
    },
  };
  const events: TurnEvent[] = [];
  for await (const event of engine.run(turn, new AbortController().signal)) {
    events.push(event);
  }
  return events;
}

const search: Reply = { tools: [{ name: 'mcp_github_search', input: { query: 'bugs' } }] };
const bodies = () => fake.requests().map(({ body }) => JSON.stringify(body));

test('a turn uses the tools of the gateway', async () => {
  const events = await run([search, { text: 'Two bugs.' }], [['mcp', ToolRule.ALLOW]]);
  expect(events.find(({ kind }) => kind === 'tool-end')).toMatchObject({ output: 'found bugs', failed: false });
  expect(bodies()[1]).toContain('found bugs');
});

test('a persona that denies them does not even ask the gateway', async () => {
  const events = await run([search, { text: 'Then not.' }], [['mcp', ToolRule.DENY]]);
  expect(events.find(({ kind }) => kind === 'tool-end')).toMatchObject({ rule: ToolRule.DENY, failed: true });
  expect(asked).toBe(0);
});

test('a gateway that is away is told to the model, is not in the transcript, and fails no turn', async () => {
  gateway.removeAllListeners('request');
  gateway.on('request', (_request, response) => response.writeHead(502).end());
  const events = await run([search, { text: 'Pity.' }], [['mcp', ToolRule.ALLOW]]);
  expect(events.at(-1)).toEqual({ kind: 'end', reason: TurnEnd.COMPLETE });
  expect(bodies()[0]).toContain('cannot be reached now');
  expect(JSON.stringify(events.filter(({ kind }) => kind === 'message'))).not.toContain('cannot be reached now');
});
