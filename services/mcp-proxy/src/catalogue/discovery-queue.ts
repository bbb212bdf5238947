/** Discoveries at once. Most of a discovery is waiting, and a few servers that hang must not hold up the others. */
const MAX_AT_ONCE = 16;
/** All requests of one discovery together. */
const DISCOVERY_LIMIT_MS = 60_000;

/** Runs discoveries, a few at once, each tenant only once at a time. */
export class DiscoveryQueue {
  /** By tenant: the discovery that is yet to begin, and the one that goes on. */
  private readonly next = new Map<string, Promise<void>>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  /** Ends the discovery that goes on, by tenant. */
  private readonly limits = new Map<string, AbortController>();
  private closed = false;
  private active = 0;

  /** @param discover must not fail */
  constructor(private readonly discover: (tenantId: string, signal: AbortSignal) => Promise<void>) {}

  /** Resolves when a discovery has ended that began after this: one that goes on may have read what is no longer so. */
  public add(tenantId: string): Promise<void> {
    let run = this.next.get(tenantId);
    if (!run) {
      run = this.run(tenantId);
      this.next.set(tenantId, run);
    }
    return run;
  }

  /** Gives up the discovery that goes on, if there is one: nobody wants its answer any more. */
  public giveUp(tenantId: string): void {
    this.limits.get(tenantId)?.abort();
  }

  public close(): void {
    this.closed = true;
    for (const limit of this.limits.values()) limit.abort();
  }

  private async run(tenantId: string): Promise<void> {
    await this.running.get(tenantId);
    if (this.active >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.active += 1;
    this.running.set(tenantId, this.next.get(tenantId) as Promise<void>);
    this.next.delete(tenantId);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), DISCOVERY_LIMIT_MS);
    this.limits.set(tenantId, limit);
    try {
      if (!this.closed) await this.discover(tenantId, limit.signal);
    } finally {
      clearTimeout(timer);
      this.limits.delete(tenantId);
      this.running.delete(tenantId);
      this.active -= 1;
      this.waiting.shift()?.();
    }
  }
}
