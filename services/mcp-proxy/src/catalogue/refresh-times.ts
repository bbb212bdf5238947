/**
 * Servers change their tools when they are deployed, a few times a week: five minutes is what people wait for without
 * asking, and 70 tenants cost the gateway one discovery every four seconds.
 */
const REFRESH_MS = 5 * 60_000;
/** Up to a fifth earlier or later, so that neither tenants nor replicas ask all at once. */
const JITTER = 0.2;
/** A server that is down is asked again soon, then less and less often. */
const FIRST_RETRY_MS = 5_000;
/** Servers often send several notices about one change. */
const NOTICE_MS = 500;
/** Some servers send a notice whenever they are asked: after this many in a row they are asked less often. */
const NOTICES_IN_A_ROW = 10;
const MANY_NOTICES_MS = 30_000;

interface Planned {
  readonly timer: NodeJS.Timeout;
  readonly noticed: boolean;
}

/** When each tenant is to be asked again. */
export class RefreshTimes {
  private readonly planned = new Map<string, Planned>();
  private readonly failures = new Map<string, number>();
  /** How often in a row each tenant was asked because of a notice. */
  private readonly notices = new Map<string, number>();
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
  public soon(tenantId: string): void {
    const many = (this.notices.get(tenantId) ?? 0) >= NOTICES_IN_A_ROW;
    this.schedule(tenantId, many ? MANY_NOTICES_MS : NOTICE_MS, true);
  }

  public forget(tenantId: string): void {
    clearTimeout(this.planned.get(tenantId)?.timer);
    this.planned.delete(tenantId);
    this.failures.delete(tenantId);
    this.notices.delete(tenantId);
  }

  public close(): void {
    this.closed = true;
    for (const { timer } of this.planned.values()) clearTimeout(timer);
    this.planned.clear();
  }

  /** The date of a notice stays: the answer that ends meanwhile may be older than the change. */
  private schedule(tenantId: string, ms: number, noticed = false): void {
    const before = this.planned.get(tenantId);
    if (this.closed || before?.noticed) return;
    clearTimeout(before?.timer);
    const jittered = ms * (1 + JITTER * (2 * Math.random() - 1));
    const timer = setTimeout(() => {
      this.planned.delete(tenantId);
      this.notices.set(tenantId, noticed ? (this.notices.get(tenantId) ?? 0) + 1 : 0);
      this.refresh(tenantId);
    }, jittered).unref();
    this.planned.set(tenantId, { timer, noticed });
  }
}
