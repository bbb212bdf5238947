import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Tenant } from '../../../../constructs/tenants';
import { createUpstream, type UpstreamRequest } from '../../src/upstream';
import type { GuardedUpstream } from '../../src/upstream/guarded-upstream';

export type Json = { [key: string]: unknown };

/** A request that reached the server. */
export interface Hit {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Json;
}

/** What a test opened. It is closed whether the test is red or green: anything left open keeps the run from ending. */
const opened = new Set<GuardedUpstream | RawServer>();

afterEach(async () => {
  for (const one of [...opened].reverse()) await (one instanceof RawServer ? one.stop() : one.close());
  opened.clear();
});

export type Behaviour = (hit: Hit, response: http.ServerResponse, socket: Socket) => void;

/** A server that answers as each test says, byte by byte when it must. */
export class RawServer {
  public readonly hits: Hit[] = [];
  public behave: Behaviour = (hit, response) => answer(response, hit, { content: [] });
  private readonly server: http.Server;

  constructor() {
    this.server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body = text.startsWith('{') ? (JSON.parse(text) as Json) : {};
        const { method = '', url = '', headers } = request;
        const hit = { method, path: url, headers, body };
        this.hits.push(hit);
        this.behave(hit, response, request.socket);
      });
    });
  }

  public async start(): Promise<this> {
    opened.add(this);
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  public get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public count(method: string): number {
    return this.hits.filter(({ body }) => body.method === method).length;
  }

  public async stop(): Promise<void> {
    if (!opened.delete(this)) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers as a server of 2026-07-28 does, for all that discovery needs. Returns false for everything else. */
export function modernDiscovery(hit: Hit, response: http.ServerResponse, tools: readonly Json[] = []): boolean {
  if (hit.body.method === 'server/discover') {
    answer(response, hit, { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, resultType: 'complete' });
    return true;
  }
  if (hit.body.method === 'tools/list') {
    answer(response, hit, { tools, resultType: 'complete' });
    return true;
  }
  return false;
}

/** Answers as a server of 2025-11-25 does to its handshake. Returns false for everything else. */
export function legacyHandshake(hit: Hit, response: http.ServerResponse, sessionId?: string): boolean {
  const { method } = hit.body;
  if (hit.method === 'DELETE' || method === 'notifications/initialized' || method === 'notifications/cancelled') {
    response.writeHead(202).end();
    return true;
  }
  if (method === 'server/discover') {
    json(response, 400, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Bad Request' } });
    return true;
  }
  if (method === 'initialize') {
    if (sessionId !== undefined) response.setHeader('mcp-session-id', sessionId);
    answer(response, hit, { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'raw' } });
    return true;
  }
  return false;
}

export function answer(response: http.ServerResponse, { body }: Hit, result: Json): void {
  json(response, 200, { jsonrpc: '2.0', id: body.id, result });
}

export function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function event(message: unknown): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}

export function tenantOf(endpoint: string, more: Partial<Tenant> = {}): Tenant {
  return { tenantId: 'raw', displayName: 'Raw', mcpEndpoint: endpoint, allowedUsers: ['*@google.com'], ...more };
}

export function upstreamOf(endpoint: string, more: Partial<Tenant> = {}, secret?: string): GuardedUpstream {
  const upstream = createUpstream(tenantOf(endpoint, more), { credential: () => secret });
  opened.add(upstream);
  return upstream;
}

export function toolCall(name = 'echo', more: Partial<UpstreamRequest> & { args?: Json; meta?: Json } = {}) {
  const { args = {}, meta, ...rest } = more;
  const params: Json = meta ? { name, arguments: args, _meta: meta } : { name, arguments: args };
  return { method: 'tools/call', params, signal: new AbortController().signal, ...rest };
}
