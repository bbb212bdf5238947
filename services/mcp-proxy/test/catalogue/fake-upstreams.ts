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

/** What a server offers, at once or later, or nothing when it is down. */
type Offer = Partial<UpstreamOffer> | undefined;
export type Offers = { [tenantId: string]: Offer | Promise<Offer> };

/** Stands for the upstreams: it hands out what the test says, and counts how often it is asked. */
export class FakeUpstreams {
  public asked: string[] = [];
  private upstreams = new Map<string, Upstream>();
  private endpoints = new Map<string, string | undefined>();
  private readonly listeners: ((tenantId: string) => void)[] = [];

  constructor(public readonly offers: Offers) {}

  public update(tenants: readonly Tenant[]): string[] {
    const [before, endpoints] = [this.upstreams, this.endpoints];
    this.endpoints = new Map(tenants.map(({ tenantId, mcpEndpoint }) => [tenantId, mcpEndpoint]));
    const fresh = tenants.map(({ tenantId }) => tenantId).filter((id) => endpoints.get(id) !== this.endpoints.get(id));
    this.upstreams = new Map(
      tenants.map(({ tenantId: id }) => {
        const kept = fresh.includes(id) ? undefined : before.get(id);
        return [id, kept ?? this.upstreamOf(id)];
      }),
    );
    return fresh;
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
      discover: async (signal) => {
        this.asked.push(tenantId);
        const left = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
        const offer = await Promise.race([this.offers[tenantId], left]);
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
  /** Tenants that the log warns of, with the words. */
  readonly warnings: string[];
}

export async function load(
  offers: Offers,
  tenants = Object.keys(offers).map((id) => tenant(id)),
  pins?: ToolPins,
): Promise<Loaded> {
  const upstreams = new FakeUpstreams(offers);
  const warnings: string[] = [];
  const log = {
    warn: (fields: { tenant?: string }, message: string) => void warnings.push(`${fields.tenant}: ${message}`),
  };
  const catalogues = new Catalogues({ upstreams: upstreams as unknown as UpstreamSet, pins, log });
  catalogues.update(configurationOf(...tenants));
  await catalogues.firstPass;
  return { catalogues, upstreams, warnings };
}
