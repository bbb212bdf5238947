import { McpProtocol, TENANT_DEFAULTS, type Tenant } from '../../../../constructs/tenants';
import { BreakerState } from './circuit-breaker';
import { Connections } from './connections';
import { GuardedUpstream } from './guarded-upstream';
import type { UpstreamHooks, UpstreamLog } from './hooks';
import { McpTransport } from './mcp-transport';
import { OpenApiTransport } from './openapi/openapi-transport';
import type { Upstream } from './upstream';

export interface UpstreamOptions {
  /** Secret of a credential key, without a line end; nothing when its file is missing. Asked at each request. */
  readonly credential: (key: string) => string | undefined;
  readonly hooks?: UpstreamHooks;
  readonly log?: UpstreamLog;
}

/** The server behind a tenant. Nothing is connected yet. */
export function createUpstream(tenant: Tenant, options: UpstreamOptions): GuardedUpstream {
  const key = tenant.credential?.key;
  const connections = new Connections(tenant, () => (key === undefined ? undefined : options.credential(key)));
  const protocol = tenant.protocol ?? TENANT_DEFAULTS.protocol;
  return new GuardedUpstream(
    tenant,
    (withCall, onListChanged) =>
      protocol === McpProtocol.OPENAPI
        ? new OpenApiTransport(connections, withCall)
        : new McpTransport(connections, protocol, withCall, onListChanged),
    options.hooks,
    options.log,
  );
}

interface Entry {
  readonly definition: string;
  readonly upstream: GuardedUpstream;
}

/** The upstreams of the tenants there are now. */
export class UpstreamSet {
  private entries = new Map<string, Entry>();
  private readonly listChanged: ((tenantId: string) => void)[] = [];

  constructor(private readonly options: UpstreamOptions) {}

  /**
   * Follows a new configuration. A tenant whose connection is described as before keeps its upstream, with its sessions
   * and breaker; the others' are closed when their running calls have ended. Who may use a tenant is no part of that.
   * A changed secret needs no new upstream: the next request carries it.
   *
   * @returns ids of the tenants whose upstream is new
   */
  public update(tenants: readonly Tenant[]): string[] {
    const before = this.entries;
    const fresh: string[] = [];
    this.entries = new Map();
    for (const tenant of tenants) {
      if (tenant.enabled === false) continue;
      const definition = connectionOf(tenant);
      let entry = before.get(tenant.tenantId);
      if (entry?.definition === definition) before.delete(tenant.tenantId);
      else {
        entry = { definition, upstream: this.create(tenant) };
        fresh.push(tenant.tenantId);
      }
      this.entries.set(tenant.tenantId, entry);
    }
    for (const { upstream } of before.values()) void upstream.retire().catch(() => {});
    return fresh;
  }

  private create(tenant: Tenant): GuardedUpstream {
    const upstream = createUpstream(tenant, this.options);
    upstream.onListChanged = () => {
      for (const listener of this.listChanged) listener(tenant.tenantId);
    };
    return upstream;
  }

  public get(tenantId: string): Upstream | undefined {
    return this.entries.get(tenantId)?.upstream;
  }

  public breakerState(tenantId: string): BreakerState {
    return this.entries.get(tenantId)?.upstream.breakerState ?? BreakerState.CLOSED;
  }

  /** Told when an upstream says, during a call or on a stream of its own, that one of its lists changed. */
  public onListChanged(listener: (tenantId: string) => void): void {
    this.listChanged.push(listener);
  }

  public ids(): string[] {
    return [...this.entries.keys()];
  }

  /** Ends all connections; running calls fail. */
  public async close(): Promise<void> {
    const entries = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(entries.map(({ upstream }) => upstream.close()));
  }
}

function connectionOf({ mcpEndpoint, protocol, credential, timeoutMs, maxConcurrency }: Tenant): string {
  return JSON.stringify([mcpEndpoint, protocol, credential, timeoutMs, maxConcurrency]);
}
