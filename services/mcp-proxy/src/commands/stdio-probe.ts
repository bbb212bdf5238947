import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isObject } from '../protocol/json-rpc';
import { LEGACY_VERSIONS } from '../protocol/versions';
import type { JsonObject, UpstreamOffer } from '../upstream/upstream';

/** Pages of a tool list at most: a server that never stops is not believed. */
const MAX_PAGES = 100;

/**
 * Starts a program that speaks MCP on its standard input and output (one JSON-RPC message a line), asks for its tools
 * and ends it. It gets this process's environment, as a person who tries it in a shell would give it.
 */
export async function discoverProgram(
  [program, ...programArguments]: readonly [string, ...string[]],
  timeoutMs: number,
): Promise<UpstreamOffer> {
  const child = spawn(program, programArguments, { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map<number, (message: JsonObject) => void>();
  let nextId = 0;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  child.on('error', (error) => fail(new Error(`the program does not start: ${error.message}`)));
  child.on('exit', (code, signal) => fail(new Error(`the program ended by itself: ${signal ?? `exit code ${code}`}`)));
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = parseLine(line);
    if (typeof message?.id === 'number' && message.method === undefined) waiting.get(message.id)?.(message);
  });
  const send = (message: JsonObject) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
    const id = nextId++;
    const answered = new Promise<JsonObject>((resolve) => waiting.set(id, resolve));
    send({ id, method, params });
    const { result, error } = await Promise.race([answered, failed]);
    if (isObject(result)) return result;
    throw new Error(`${method} failed: ${(isObject(error) && error.message) || 'no result'}`);
  };

  try {
    const server = await ask('initialize', {
      protocolVersion: LEGACY_VERSIONS[0],
      capabilities: {},
      clientInfo: { name: 'mcp-proxy', version: '0' },
    });
    send({ method: 'notifications/initialized' });
    return {
      serverInfo: isObject(server.serverInfo) ? server.serverInfo : {},
      capabilities: isObject(server.capabilities) ? server.capabilities : {},
      protocolVersion: String(server.protocolVersion),
      tools: isObject(server.capabilities) && server.capabilities.tools ? await listTools(ask) : [],
      prompts: [],
      resources: [],
      resourceTemplates: [],
    };
  } finally {
    clearTimeout(timer);
    failed.catch(() => {});
    child.kill();
  }
}

async function listTools(ask: (method: string, params: JsonObject) => Promise<JsonObject>): Promise<JsonObject[]> {
  const tools: JsonObject[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await ask('tools/list', cursor === undefined ? {} : { cursor });
    if (Array.isArray(answer.tools)) tools.push(...answer.tools);
    cursor = answer.nextCursor;
    if (typeof cursor !== 'string' || cursor === '') return tools;
  }
  throw new Error(`tools/list has more than ${MAX_PAGES} pages`);
}

/** Programs also print what is no message. */
function parseLine(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
