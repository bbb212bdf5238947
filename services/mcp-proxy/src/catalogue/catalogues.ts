import type { Tenant, TenantPolicy } from '../../../../constructs/tenants';
import { type BreakerState, type Upstream, UpstreamFailure, type UpstreamLog, type UpstreamSet } from '../upstream';
import { DiscoveryQueue } from './discovery-queue';
import { RefreshTimes } from './refresh-times';
import { buildCatalogue, type CatalogueSource, sameContent, type TenantCatalogue } from './tenant-catalogue';
import type { ToolPins } from './tool-pins';

export interface CataloguesOptions {
  readonly upstreams: UpstreamSet;
  /** @default - tools are not pinned */
  readonly pins?: ToolPins;
  readonly log?: UpstreamLog;
}

/** The part of a configuration generation that a catalogue depends on. */
export interface CatalogueConfiguration {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly policy: Pick<TenantPolicy, 'exposes'>;
}

/** How a tenant's catalogue stands, for metrics. */
export interface CatalogueStatus {
  readonly tenantId: string;
  readonly tools: number;
  /** Since the server last answered; absent when it never did. */
  readonly ageSeconds?: number;
  readonly stale: boolean;
  readonly breaker: BreakerState;
  readonly quarantined: number;
}

/** The first pass counts as done after this, so that a replica becomes ready though some servers hang. */
const FIRST_PASS_MS = 10_000;

/**
 * What every tenant offers, always at hand: a list for a caller never wakes an upstream. A server that is down keeps the
 * entries it had, marked as stale, with their age.
 */
export class Catalogues {
  /** Resolves when every tenant was asked once, or after ten seconds. */
  public readonly firstPass: Promise<void>;
  public firstPassDone = false;
  private endFirstPass!: () => void;
  private configuration?: CatalogueConfiguration;
  private pins: ToolPins | undefined;
  private readonly sources = new Map<string, CatalogueSource>();
  private readonly catalogues = new Map<string, TenantCatalogue>();
  private readonly passListeners: ((tools: number, tenants: number) => void)[] = [];
  private readonly changeListeners: ((tenantId: string) => void)[] = [];
  private readonly queue: DiscoveryQueue;
  private readonly times: RefreshTimes;
  private readonly log?: UpstreamLog;
  private readonly upstreams: UpstreamSet;

  constructor({ upstreams, pins, log }: CataloguesOptions) {
    this.upstreams = upstreams;
    this.pins = pins;
    this.log = log;
    this.queue = new DiscoveryQueue((tenantId, signal) => this.load(tenantId, signal));
    this.times = new RefreshTimes((tenantId) => void this.queue.add(tenantId));
    upstreams.onListChanged((tenantId) => this.times.soon(tenantId));
    this.firstPass = new Promise((resolve) => {
      this.endFirstPass = () => {
        this.firstPassDone = true;
        resolve();
      };
    });
  }

  /** Follows a new configuration: upstreams, filters, and a first look at tenants that are new or have no good entries. */
  public update(configuration: CatalogueConfiguration): void {
    const first = this.configuration === undefined;
    this.configuration = configuration;
    const fresh = new Set(this.upstreams.update([...configuration.tenants.values()]));
    for (const tenantId of [...this.sources.keys(), ...fresh]) {
      if (!configuration.tenants.has(tenantId) || fresh.has(tenantId)) this.drop(tenantId);
    }
    this.rebuild();
    const wanted = this.upstreams.ids().filter((id) => fresh.has(id) || (this.catalogues.get(id)?.stale ?? true));
    const pass = this.refresh(wanted);
    if (!first) return;
    const timer = setTimeout(this.endFirstPass, FIRST_PASS_MS);
    void pass.finally(() => {
      clearTimeout(timer);
      this.endFirstPass();
    });
  }

  /** Nothing when the tenant's server has never answered, or there is no such tenant. */
  public of(tenantId: string): TenantCatalogue | undefined {
    return this.catalogues.get(tenantId);
  }

  public upstream(tenantId: string): Upstream | undefined {
    return this.upstreams.get(tenantId);
  }

  /** Asks the servers now; resolves when all have answered or failed. @param tenantIds all of them unless given */
  public async refresh(tenantIds: readonly string[] = this.upstreams.ids()): Promise<void> {
    await Promise.all(tenantIds.map((id) => this.queue.add(id)));
    this.tellPass();
  }

  /** Shows only what is pinned from now on, or everything. */
  public setPins(pins: ToolPins | undefined): void {
    this.pins = pins;
    this.rebuild();
  }

  public get toolCount(): number {
    let count = 0;
    for (const { tools } of this.catalogues.values()) count += tools.size;
    return count;
  }

  public onPass(listener: (tools: number, tenants: number) => void): void {
    this.passListeners.push(listener);
  }

  /** Told when what a tenant shows is no longer the same. */
  public onChange(listener: (tenantId: string) => void): void {
    this.changeListeners.push(listener);
  }

  public status(): CatalogueStatus[] {
    return this.upstreams.ids().map((tenantId) => {
      const catalogue = this.catalogues.get(tenantId);
      return {
        tenantId,
        tools: catalogue?.tools.size ?? 0,
        ageSeconds: catalogue && (Date.now() - catalogue.loadedAt) / 1_000,
        stale: catalogue?.stale ?? true,
        breaker: this.upstreams.breakerState(tenantId),
        quarantined: catalogue?.quarantined.length ?? 0,
      };
    });
  }

  public async close(): Promise<void> {
    this.times.close();
    this.queue.close();
    await this.upstreams.close();
  }

  private async load(tenantId: string, signal: AbortSignal): Promise<void> {
    const upstream = this.upstreams.get(tenantId);
    if (!upstream) return;
    try {
      const offer = await upstream.discover(signal);
      // The tenant may have got another upstream meanwhile, whose own answer counts.
      if (this.upstreams.get(tenantId) !== upstream) return;
      this.build({ tenantId, offer, loadedAt: Date.now() }, false);
      this.times.succeeded(tenantId);
    } catch (error) {
      // The upstream has logged its own failures. What is known stays, marked as old.
      if (!(error instanceof UpstreamFailure)) this.reportFault(tenantId, error);
      const known = this.catalogues.get(tenantId);
      if (known && !known.stale) this.catalogues.set(tenantId, { ...known, stale: true });
      if (this.upstreams.get(tenantId) === upstream) this.times.failed(tenantId);
    }
  }

  /** A tenant whose entries the new filters or pins cannot be applied to shows nothing, and holds up no other. */
  private rebuild(): void {
    for (const source of this.sources.values()) {
      const { tenantId } = source;
      try {
        this.build(source, this.catalogues.get(tenantId)?.stale === true);
      } catch (error) {
        this.reportFault(tenantId, error);
        this.hide(tenantId);
      }
    }
  }

  private build(source: CatalogueSource, stale: boolean): void {
    const { tenantId } = source;
    if (!this.configuration) return;
    const catalogue = { ...buildCatalogue(source, this.configuration.policy, this.pins), stale };
    const before = this.catalogues.get(tenantId);
    this.sources.set(tenantId, source);
    this.catalogues.set(tenantId, catalogue);
    if (before && sameContent(before, catalogue)) return;
    this.report(catalogue);
    for (const listener of this.changeListeners) listener(tenantId);
  }

  private report({ tenantId, leftOut, quarantined }: TenantCatalogue): void {
    if (leftOut.size > 0)
      this.log?.warn({ tenant: tenantId, leftOut: Object.fromEntries(leftOut) }, 'entries left out');
    if (quarantined.length > 0) {
      this.log?.warn(
        { tenant: tenantId, tools: quarantined },
        'tools held back: their definitions are not the pinned ones',
      );
    }
  }

  private reportFault(tenantId: string, err: unknown): void {
    this.log?.warn({ tenant: tenantId, err }, 'no catalogue could be made of what the server offers');
  }

  private drop(tenantId: string): void {
    this.sources.delete(tenantId);
    this.queue.giveUp(tenantId);
    this.times.forget(tenantId);
    this.hide(tenantId);
  }

  private hide(tenantId: string): void {
    if (this.catalogues.delete(tenantId)) for (const listener of this.changeListeners) listener(tenantId);
  }

  private tellPass(): void {
    const tenants = this.catalogues.size;
    for (const listener of this.passListeners) listener(this.toolCount, tenants);
  }
}
