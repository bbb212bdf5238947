import type { Registry } from 'prom-client';
import { AccessKind } from '../../../constructs/tenants';
import type { Logger } from '../../runtime/log';
import type { Tracing } from '../../runtime/tracing';
import { DecisionLog } from './audit/decision-log';
import type { Catalogues } from './catalogue';
import { configurationHealth, registerConfigurationMetrics } from './configuration/configuration-metrics';
import type { LiveTenants } from './configuration/live-tenants';
import { HealthPages } from './http/health';
import { KeepAlive } from './http/keep-alive';
import { OriginCheck } from './http/origin-check';
import { Router } from './http/router';
import { HttpServer } from './http/server';
import type { Authenticator } from './identity/authenticator';
import type { Caller } from './identity/caller';
import { ProtectedResource } from './identity/protected-resource';
import type { CallLimits } from './limits/call-limits';
import { Calls } from './mcp/calls';
import { ClientRequests } from './mcp/client-requests';
import { Dispatcher } from './mcp/dispatcher';
import { DynamicToolset } from './mcp/dynamic-toolset';
import { McpEndpoint } from './mcp/endpoint';
import { Forwarder } from './mcp/forwarder';
import type { Relay } from './mcp/relay';
import { RunningCalls } from './mcp/running-calls';
import { Subscriptions } from './mcp/subscriptions';
import { SuspendedCalls } from './mcp/suspended-calls';
import type { Scope } from './mcp/targets';
import type { GatewayMetrics } from './metrics';
import { RefreshLimit } from './rest/refresh-limit';
import { RestApi } from './rest/rest-api';

/** What the gateway is made of; all of it is started. */
export interface GatewayParts {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly oidcIssuer?: string;
  readonly version: string;
  readonly log: Logger;
  readonly registry: Registry;
  readonly metrics: GatewayMetrics;
  readonly tracing: Tracing;
  readonly tenants: LiveTenants;
  readonly authenticator: Authenticator;
  readonly limits: CallLimits;
  readonly catalogues: Catalogues;
  readonly relay: Relay;
}

/** The gateway between callers and the tenants' servers. */
export class Gateway {
  private readonly server: HttpServer;
  private readonly keepAlive = new KeepAlive();
  private readonly subscriptions: Subscriptions;
  private readonly suspended: SuspendedCalls;
  private draining = false;

  constructor(private readonly parts: GatewayParts) {
    const { tenants, catalogues, limits, metrics, tracing, relay, log, version, publicUrl } = parts;
    const tenantIds = (caller: Caller, scope: Scope = {}) => this.tenantIds(caller, scope);
    const decisions = new DecisionLog(log);
    const calls = new Calls({ tenants, catalogues, limits, decisions, metrics, tracing });
    const clientRequests = new ClientRequests(relay);
    this.suspended = new SuspendedCalls(relay);
    this.subscriptions = new Subscriptions({ catalogues, tenantIds });
    const dynamicToolset = new DynamicToolset(catalogues);
    const dispatcher = new Dispatcher({
      identity: { name: 'mcp-proxy', title: 'MCP Proxy Gateway', version },
      catalogues,
      forwarder: new Forwarder(calls, clientRequests, this.suspended),
      clientRequests,
      runningCalls: new RunningCalls(relay),
      subscriptions: this.subscriptions,
      dynamicToolset,
      tenantIds,
    });
    const router = new Router({
      originCheck: new OriginCheck(parts),
      authenticator: parts.authenticator,
      protectedResource: new ProtectedResource(publicUrl, parts.oidcIssuer),
      health: new HealthPages(this.healthSource()),
      mcp: new McpEndpoint(dispatcher, this.keepAlive, calls, log),
      rest: new RestApi({
        catalogues,
        calls,
        dynamicToolset,
        publicUrl,
        version,
        tenant: (id) => tenants.current.tenants.get(id),
        tenantIds,
        refreshLimit: new RefreshLimit(),
      }),
      metrics,
      log,
    });
    const { host, port } = parts;
    this.server = new HttpServer({ host, port, handle: (request, response) => router.handle(request, response) });
    this.follow();
  }

  /** Resolves to the port when it listens. The catalogues fill up meanwhile: no server of a tenant holds it up. */
  public start(): Promise<number> {
    return this.server.listen();
  }

  /** Takes no new work and resolves when the work under way is done, or cut off at the deadline. */
  public async drain(deadline: AbortSignal): Promise<void> {
    this.draining = true;
    this.subscriptions.close();
    await this.server.drain(deadline);
    this.suspended.close();
    this.keepAlive.close();
    this.parts.tenants.close();
    await Promise.all([
      this.parts.catalogues.close(),
      this.parts.limits.close(),
      this.parts.relay.close(),
      this.parts.tracing.close(),
    ]);
  }

  /** The tenants that the caller may use, within the scope, in the order of the ids. */
  private tenantIds(caller: Caller, { tenantId }: Scope): readonly string[] {
    const { policy } = this.parts.tenants.current;
    if (tenantId === undefined) return policy.tenantsOf(caller);
    return policy.decideTenant(caller, tenantId).kind === AccessKind.ALLOWED ? [tenantId] : [];
  }

  private follow(): void {
    const { tenants, catalogues, metrics, registry, log } = this.parts;
    tenants.onChange((generation) => {
      catalogues.update(generation);
      this.subscriptions.catalogueChanged();
    });
    catalogues.onChange((tenantId) => this.subscriptions.catalogueChanged(tenantId));
    catalogues.onPass((tools, tenantCount) => {
      log.info({ tools, tenants: tenantCount }, `Cached ${tools} tools from ${tenantCount} tenants`);
    });
    registerConfigurationMetrics(registry, tenants);
    const { keepAlive, suspended, subscriptions } = this;
    metrics.observe({
      catalogues: () => catalogues.status(),
      get openAnswers() {
        return keepAlive.size;
      },
      get suspendedCalls() {
        return suspended.size;
      },
      get listeners() {
        return subscriptions.size;
      },
    });
  }

  private healthSource() {
    const { tenants, catalogues } = this.parts;
    const isDraining = () => this.draining;
    return {
      get toolCount() {
        return catalogues.toolCount;
      },
      get tenantCount() {
        return tenants.current.tenants.size;
      },
      get firstPassDone() {
        return catalogues.firstPassDone;
      },
      get draining() {
        return isDraining();
      },
      configuration: () => configurationHealth(tenants),
    };
  }
}
