import { RunningList } from '../../../runtime/running-list';
import { MAX_REPLY_WAIT_MS } from './limits';

/** The time that one call has. It stands still while the upstream waits for a person, who is slower than any server. */
export interface CallClock {
  pause(paused: boolean): void;
  stop(): void;
}

/** Clocks of all calls of one upstream on one timer: nearly every call ends in time, and a timer of its own costs more. */
export class CallClocks {
  private readonly running = new RunningList<Clock>();
  private timer?: NodeJS.Timeout;
  private ringsAt = Number.POSITIVE_INFINITY;

  public start(leftMs: number, onTimeUp: () => void): CallClock {
    const clock = new Clock(performance.now() + leftMs, onTimeUp, this.running, this);
    this.ringBy(clock.endsAt);
    return clock;
  }

  /** Has the timer ring at this time, if not earlier. */
  public ringBy(time: number): void {
    if (time >= this.ringsAt) return;
    clearTimeout(this.timer);
    this.ringsAt = time;
    this.timer = setTimeout(() => this.ring(), Math.max(1, time - performance.now())).unref();
  }

  private ring(): void {
    this.ringsAt = Number.POSITIVE_INFINITY;
    // Timers count in whole milliseconds and may ring a little early.
    const now = performance.now() + 1;
    let next = Number.POSITIVE_INFINITY;
    for (const clock of this.running.items()) {
      if (clock.endsAt <= now) clock.onTimeUp();
      else if (clock.endsAt < next) next = clock.endsAt;
    }
    this.ringBy(next);
  }
}

class Clock implements CallClock {
  private readonly entry;
  private leftMs = 0;

  constructor(
    public endsAt: number,
    public readonly onTimeUp: () => void,
    private readonly running: RunningList<Clock>,
    private readonly clocks: CallClocks,
  ) {
    this.entry = running.add(this);
  }

  public pause(paused: boolean): void {
    const now = performance.now();
    if (paused) this.leftMs = Math.max(0, this.endsAt - now);
    this.endsAt = now + (paused ? MAX_REPLY_WAIT_MS : this.leftMs);
    this.clocks.ringBy(this.endsAt);
  }

  public stop(): void {
    this.running.remove(this.entry);
  }
}
