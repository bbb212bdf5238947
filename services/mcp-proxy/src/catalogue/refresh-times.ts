/**
 * Servers change their tools when they are deployed, a few times a week: five minutes is what people wait for without
 * asking, and 70 tenants cost the gateway one discovery every four seconds.
 */
const REFRESH_MS = 5 * 60_000;
/** Up to a fifth earlier or later, so that neither tenants nor replicas ask all at once. */
const JITTER = 0.2;
/** A server that is down is asked again soon, then less and less often. */
const FIRST_RETRY_MS = 5_000;

/** When each tenant is to be asked again. */
export class RefreshTimes {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly failures = new Map<string, number>();
  private closed = false;

  constructor(private readonly refresh: (tenantId: string) => void) {}

  public succeeded(tenantId: string): void {
    this.failures.delete(tenantId);
    this.schedule(tenantId, REFRESH_MS);
  }

  public failed(tenantId: string): void {
    const failures = this.failures.get(tenantId) ?? 0;
    this.failures.set(tenantId, failures + 1);
    this.schedule(tenantId, Math.min(REFRESH_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10)));
  }

  /** Something changed there. */
  public soon(tenantId: string, inMs: number): void {
    this.schedule(tenantId, inMs);
  }

  public forget(tenantId: string): void {
    clearTimeout(this.timers.get(tenantId));
    this.timers.delete(tenantId);
    this.failures.delete(tenantId);
  }

  public close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private schedule(tenantId: string, ms: number): void {
    if (this.closed) return;
    clearTimeout(this.timers.get(tenantId));
    const jittered = ms * (1 + JITTER * (2 * Math.random() - 1));
    this.timers.set(tenantId, setTimeout(() => this.refresh(tenantId), jittered).unref());
  }
}
