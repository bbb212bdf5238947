import { splitToolName, type Tenant, type TenantPolicy } from '../../../../constructs/tenants';
import type { BreakerState, Upstream, UpstreamLog, UpstreamSet } from '../upstream';
import { DiscoveryQueue } from './discovery-queue';
import { RefreshTimes } from './refresh-times';
import {
  buildCatalogue,
  type CataloguePrompt,
  type CatalogueSource,
  type CatalogueTool,
  sameContent,
  type TenantCatalogue,
} from './tenant-catalogue';
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

/** How a tenant's catalogue stands, for metrics and the catalogue command. */
export interface CatalogueStatus {
  readonly tenantId: string;
  readonly tools: number;
  /** Since the server last answered; absent when it never did. */
  readonly ageSeconds?: number;
  readonly stale: boolean;
  readonly breaker: BreakerState;
  readonly quarantined: number;
  readonly leftOut: number;
}

/** The first pass counts as done after this, so that a replica becomes ready though some servers hang. */
const FIRST_PASS_MS = 10_000;
/** Servers often send several notices about one change. */
const LIST_CHANGED_PAUSE_MS = 500;

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
    upstreams.onListChanged((tenantId) => this.times.soon(tenantId, LIST_CHANGED_PAUSE_MS));
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
    for (const tenantId of [...this.sources.keys()]) {
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

  /** The tool of this shown name, `<tenant>_<tool>`. */
  public tool(exposedName: string): (CatalogueTool & { readonly tenantId: string }) | undefined {
    return this.find(exposedName, 'tools');
  }

  public prompt(exposedName: string): (CataloguePrompt & { readonly tenantId: string }) | undefined {
    return this.find(exposedName, 'prompts');
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
        leftOut: catalogue?.leftOut.size ?? 0,
      };
    });
  }

  public async close(): Promise<void> {
    this.times.close();
    this.queue.close();
    await this.upstreams.close();
  }

  private find(exposedName: string, kind: 'tools' | 'prompts') {
    const name = splitToolName(exposedName);
    const entry = name && this.catalogues.get(name.tenantId)?.[kind].get(name.tool);
    return entry && { ...entry, tenantId: name.tenantId };
  }

  private async load(tenantId: string, signal: AbortSignal): Promise<void> {
    const upstream = this.upstreams.get(tenantId);
    if (!upstream) return;
    try {
      const offer = await upstream.discover(signal);
      // The tenant may have got another upstream meanwhile, whose own answer counts.
      if (this.upstreams.get(tenantId) !== upstream) return;
      this.sources.set(tenantId, { tenantId, offer, loadedAt: Date.now() });
      this.build(tenantId, false);
      this.times.succeeded(tenantId);
    } catch {
      // The upstream has logged why. What is known stays, marked as old.
      const known = this.catalogues.get(tenantId);
      if (known && !known.stale) this.catalogues.set(tenantId, { ...known, stale: true });
      if (this.upstreams.get(tenantId) === upstream) this.times.failed(tenantId);
    }
  }

  private rebuild(): void {
    for (const tenantId of this.sources.keys()) this.build(tenantId, this.catalogues.get(tenantId)?.stale === true);
  }

  private build(tenantId: string, stale: boolean): void {
    const source = this.sources.get(tenantId);
    if (!source || !this.configuration) return;
    const before = this.catalogues.get(tenantId);
    const built = buildCatalogue(source, this.configuration.policy, this.pins);
    const same = before !== undefined && sameContent(before, built);
    const catalogue = { ...built, stale, version: same ? before.version : (before?.version ?? 0) + 1 };
    this.catalogues.set(tenantId, catalogue);
    if (same) return;
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

  private drop(tenantId: string): void {
    this.sources.delete(tenantId);
    this.times.forget(tenantId);
    if (this.catalogues.delete(tenantId)) for (const listener of this.changeListeners) listener(tenantId);
  }

  private tellPass(): void {
    const tenants = this.catalogues.size;
    for (const listener of this.passListeners) listener(this.toolCount, tenants);
  }
}
