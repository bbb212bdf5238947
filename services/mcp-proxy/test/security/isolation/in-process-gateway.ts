import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { Registry } from 'prom-client';
import { compileTenants } from '../../../../../constructs/tenants';
import { createLogger, LogLevel } from '../../../../runtime/log';
import { MemoryRateLimiter } from '../../../../runtime/rate-limit';
import { FixedSecret } from '../../../../runtime/secret-source';
import { buildCatalogue, type TenantCatalogue } from '../../../src/catalogue';
import type { Generation } from '../../../src/configuration/generation';
import { Gateway, type GatewayParts } from '../../../src/gateway';
import { createAuthenticator } from '../../../src/identity/authenticator';
import { CallLimits } from '../../../src/limits/call-limits';
import { NoRelay } from '../../../src/mcp/relay';
import { GatewayMetrics } from '../../../src/metrics';
import { type Upstream, UpstreamFailure } from '../../../src/upstream';
import { GATEWAY_KEY, headersOf, TOKEN_SECRET } from '../../fixtures/gateway-process';
import type { Ask, Person, Place } from './worlds';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** The real gateway from the HTTP request to the call of a server, with a world in place of files and servers. */
export class InProcessGateway {
  private generation!: Generation;
  private catalogues!: ReadonlyMap<string, TenantCatalogue>;
  private upstreams!: ReadonlyMap<string, Upstream>;
  private limits!: CallLimits;
  private readonly log: string[] = [];
  private readonly tokens = new Map<string, { [name: string]: string }>();
  private world = 0;
  private handle!: Handle;
  private gateway!: Gateway;

  public static async create(): Promise<InProcessGateway> {
    const made = new InProcessGateway();
    const log = createLogger({
      service: 'test',
      level: LogLevel.INFO,
      stream: { write: (line) => void made.log.push(line) },
    });
    const registry = new Registry();
    const authenticator = await createAuthenticator(
      {
        apiKey: new FixedSecret(GATEWAY_KEY),
        previousApiKey: undefined,
        userTokenSecret: new FixedSecret(TOKEN_SECRET),
        previousUserTokenSecret: undefined,
        userTokenSeconds: 300,
        trustPlainUserHeaders: false,
        oidcIssuer: undefined,
        oidcAudience: undefined,
        adminRoles: ['admin'],
      },
      log,
    );
    made.enter([]);
    const parts = {
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'http://127.0.0.1',
      allowedHosts: ['127.0.0.1'],
      allowedOrigins: [],
      version: '0.0.0',
      log,
      registry,
      metrics: new GatewayMetrics(registry),
      tracing: { enabled: false, startSpan: () => undefined, close: async () => {} },
      tenants: made.liveTenants(),
      authenticator,
      limits: { take: (...call: Parameters<CallLimits['take']>) => made.limits.take(...call), close: async () => {} },
      catalogues: made.liveCatalogues(),
      relay: new NoRelay(),
    } as unknown as GatewayParts;
    made.gateway = new Gateway(parts);
    // The way of every request, without its socket.
    const { server } = made.gateway as unknown as { server: { options: { handle: Handle } } };
    made.handle = (request, response) => server.options.handle(request, response);
    return made;
  }

  /** Puts another world in the place of the last one, without a trace of it. */
  public enter(places: readonly Place[]): void {
    const enabled = places.filter(({ tenant }) => tenant.enabled !== false);
    this.generation = {
      number: 1,
      policy: compileTenants(places.map(({ tenant }) => tenant)),
      tenants: new Map(enabled.map(({ tenant }) => [tenant.tenantId, tenant])),
      credential: (key) => `credential ${key}`,
      loadedAt: new Date(0),
    };
    const known = enabled.filter(({ state }) => state !== 'never reached');
    this.catalogues = new Map(known.map((place) => [place.tenant.tenantId, this.catalogueOf(place)]));
    this.upstreams = new Map(enabled.map((place) => [place.tenant.tenantId, upstreamOf(place)]));
    this.limits = new CallLimits(new MemoryRateLimiter());
    this.log.length = 0;
    this.tokens.clear();
    this.world++;
  }

  /** Sends a request and gives the answer's bytes, without what differs from one answer to the next by design. */
  public ask({ email, groups }: Person, { method, path, headers, body }: Ask): Promise<string> {
    const request = new IncomingMessage(new Socket());
    request.method = method;
    request.url = path;
    request.headers = {
      host: '127.0.0.1',
      ...this.identity(email),
      'x-openwebui-user-groups': groups.join(','),
      ...headers,
    };
    request.push(body);
    request.push(null);
    request.complete = true;
    const response = new ServerResponse(request);
    response.sendDate = false;
    const sent: string[] = [];
    const socket = new Writable({
      write(chunk, _encoding, done) {
        sent.push(String(chunk));
        done();
      },
    });
    response.assignSocket(socket as Socket);
    return new Promise((resolve) => {
      response.once('finish', () => resolve(sent.join('').replace(SESSION_ID, 'mcp-session-id: (random)')));
      this.handle(request, response);
    });
  }

  public async close(): Promise<void> {
    await this.gateway.drain(AbortSignal.timeout(0));
  }

  private identity(email: string): { [name: string]: string } {
    // What the gateway remembers of a user, such as when they refreshed last, must not come along from another world.
    const known = this.tokens.get(email) ?? headersOf({ email, id: `${email} in world ${this.world}` });
    this.tokens.set(email, known);
    return known;
  }

  private catalogueOf({ tenant, tools, prompts, resources, mark, state }: Place): TenantCatalogue {
    const offer = {
      serverInfo: { name: `${mark}server`, version: '1' },
      capabilities: {
        tools: {},
        ...(prompts.length > 0 ? { prompts: {} } : {}),
        ...(resources.length > 0 ? { resources: {} } : {}),
      },
      instructions: `${mark}instructions`,
      protocolVersion: '2025-11-25',
      tools: tools.map((name) => ({ name, description: `${mark}tool`, inputSchema: { type: 'object' } })),
      prompts: prompts.map((name) => ({ name, description: `${mark}prompt` })),
      resources: resources.map((uri) => ({ uri, name: `${mark}resource` })),
      resourceTemplates: [{ uriTemplate: `test://${tenant.tenantId}/{x}`, name: `${mark}template` }],
    };
    const built = buildCatalogue({ tenantId: tenant.tenantId, offer, loadedAt: 0 }, this.generation.policy, undefined);
    return { ...built, stale: state !== 'well' };
  }

  private liveTenants() {
    const current = () => this.generation;
    return {
      get current() {
        return current();
      },
      refused: undefined,
      onChange: () => {},
      close: () => {},
    };
  }

  private liveCatalogues() {
    const catalogues = () => this.catalogues;
    return {
      of: (id: string) => catalogues().get(id),
      upstream: (id: string) => this.upstreams.get(id),
      refresh: async () => {},
      onChange: () => {},
      onPass: () => {},
      status: () => [],
      close: async () => {},
      firstPassDone: true,
      get toolCount() {
        return [...catalogues().values()].reduce((sum, { tools }) => sum + tools.size, 0);
      },
    };
  }
}

const SESSION_ID = /mcp-session-id: v1[a-z]*-[0-9a-f-]{36}/gi;

function upstreamOf({ tenant, state, mark }: Place): Upstream {
  return {
    tenantId: tenant.tenantId,
    discover: () => Promise.reject(new Error('nobody discovers here')),
    reply: async () => {},
    close: async () => {},
    send: async ({ method, params }) => {
      if (state === 'error') return { error: { code: -32000, message: `${mark}error` } };
      if (state !== 'well' && state !== 'never reached') throw new UpstreamFailure(state, `${mark}${state}`);
      if (method === 'prompts/get')
        return { result: { messages: [{ role: 'user', content: { type: 'text', text: mark } }] } };
      if (method === 'resources/read') return { result: { contents: [{ uri: params.uri, text: mark }] } };
      if (method === 'completion/complete') return { result: { completion: { values: [mark] } } };
      return { result: { content: [{ type: 'text', text: `${mark}${String(params.name)}` }] } };
    },
  };
}
