import { MAX_REPLY_WAIT_MS } from './limits';

/** The time that one call has. It stands still while the upstream waits for a person, who is slower than any server. */
export class CallClock {
  private timer: NodeJS.Timeout;
  private startedAt = performance.now();

  constructor(
    private leftMs: number,
    private readonly onTimeUp: () => void,
  ) {
    this.timer = setTimeout(onTimeUp, leftMs);
  }

  public pause(paused: boolean): void {
    clearTimeout(this.timer);
    const now = performance.now();
    if (paused) this.leftMs = Math.max(0, this.leftMs - (now - this.startedAt));
    this.startedAt = now;
    this.timer = setTimeout(this.onTimeUp, paused ? MAX_REPLY_WAIT_MS : this.leftMs);
  }

  public stop(): void {
    clearTimeout(this.timer);
  }
}
