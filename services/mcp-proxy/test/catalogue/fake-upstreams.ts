import { compileTenants, type Tenant } from '../../../../constructs/tenants';
import { type CatalogueConfiguration, Catalogues } from '../../src/catalogue/catalogues';
import type { ToolPins } from '../../src/catalogue/tool-pins';
import {
  BreakerState,
  FailureKind,
  type JsonObject,
  type Upstream,
  UpstreamFailure,
  type UpstreamOffer,
  type UpstreamSet,
} from '../../src/upstream';

/** What a server offers, or nothing when it is down. */
export type Offers = { [tenantId: string]: Partial<UpstreamOffer> | undefined };

/** Stands for the upstreams: it hands out what the test says, and counts how often it is asked. */
export class FakeUpstreams {
  public asked: string[] = [];
  private upstreams = new Map<string, Upstream>();
  private readonly listeners: ((tenantId: string) => void)[] = [];

  constructor(public readonly offers: Offers) {}

  public update(tenants: readonly Tenant[]): string[] {
    const before = this.upstreams;
    this.upstreams = new Map(
      tenants.map(({ tenantId }) => [tenantId, before.get(tenantId) ?? this.upstreamOf(tenantId)]),
    );
    return [...this.upstreams.keys()].filter((id) => !before.has(id));
  }

  public get(tenantId: string): Upstream | undefined {
    return this.upstreams.get(tenantId);
  }

  public ids(): string[] {
    return [...this.upstreams.keys()];
  }

  public breakerState(): BreakerState {
    return BreakerState.CLOSED;
  }

  public onListChanged(listener: (tenantId: string) => void): void {
    this.listeners.push(listener);
  }

  public sayChanged(tenantId: string): void {
    for (const listener of this.listeners) listener(tenantId);
  }

  public async close(): Promise<void> {}

  private upstreamOf(tenantId: string): Upstream {
    return {
      tenantId,
      discover: async () => {
        this.asked.push(tenantId);
        const offer = this.offers[tenantId];
        if (!offer) throw new UpstreamFailure(FailureKind.UNREACHABLE, 'down');
        return { ...EMPTY, ...offer };
      },
      send: () => Promise.reject(new Error('a catalogue sends nothing')),
      reply: async () => {},
      close: async () => {},
    };
  }
}

const EMPTY: UpstreamOffer = {
  serverInfo: { name: 'fake' },
  capabilities: { tools: {} },
  protocolVersion: '2026-07-28',
  tools: [],
  prompts: [],
  resources: [],
  resourceTemplates: [],
};

export function tool(name: string, more: JsonObject = {}): JsonObject {
  return { name, inputSchema: { type: 'object' }, ...more };
}

export function tenant(tenantId: string, more: Partial<Tenant> = {}): Tenant {
  const mcpEndpoint = `http://${tenantId}:8000/mcp`;
  return { tenantId, displayName: tenantId, mcpEndpoint, allowedUsers: ['*@google.com'], ...more };
}

export function configurationOf(...tenants: Tenant[]): CatalogueConfiguration {
  return { tenants: new Map(tenants.map((one) => [one.tenantId, one])), policy: compileTenants(tenants) };
}

export interface Loaded {
  readonly catalogues: Catalogues;
  readonly upstreams: FakeUpstreams;
}

export async function load(offers: Offers, tenants = Object.keys(offers).map((id) => tenant(id)), pins?: ToolPins) {
  const upstreams = new FakeUpstreams(offers);
  const catalogues = new Catalogues({ upstreams: upstreams as unknown as UpstreamSet, pins });
  catalogues.update(configurationOf(...tenants));
  await catalogues.firstPass;
  return { catalogues, upstreams };
}
