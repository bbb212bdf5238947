/** What a rate limit says to one call. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** Whole seconds after which another call may pass, at least 1; 0 when this one may. */
  readonly retryAfterSeconds: number;
}

/** Counts calls by key. A call that is refused does not count. */
export interface RateLimiter {
  /** Whether one more call of this key is within `perMinute` calls in a minute, and counts it when it is. */
  take(key: string, perMinute: number): RateVerdict | Promise<RateVerdict>;
  close(): Promise<void>;
}

export const WINDOW_MS = 60_000;

interface Count {
  /** Number of the minute that `current` counts. */
  window: number;
  current: number;
  previous: number;
}

const PASSED: RateVerdict = { allowed: true, retryAfterSeconds: 0 };

/**
 * A sliding minute in the memory of this process: the calls of this minute, and those of the last one by the part of
 * it that is still within sixty seconds. Two numbers a key, however many calls.
 */
export class MemoryRateLimiter implements RateLimiter {
  private readonly counts = new Map<string, Count>();
  private sweptWindow = 0;

  /** @param now milliseconds since 1970 */
  constructor(private readonly now: () => number = Date.now) {}

  public take(key: string, perMinute: number): RateVerdict {
    const now = this.now();
    const window = Math.floor(now / WINDOW_MS);
    const passedMs = now - window * WINDOW_MS;
    if (window !== this.sweptWindow) this.sweep(window);
    const count = this.countOf(key, window);
    const waitMs = waitFor(count.current, count.previous, passedMs, perMinute);
    if (waitMs > 0) return { allowed: false, retryAfterSeconds: Math.ceil(waitMs / 1000) };
    count.current++;
    return PASSED;
  }

  public async close(): Promise<void> {}

  /** Keys that are remembered, for tests and metrics. */
  public get size(): number {
    return this.counts.size;
  }

  private countOf(key: string, window: number): Count {
    const count = this.counts.get(key);
    if (!count) {
      const fresh = { window, current: 0, previous: 0 };
      this.counts.set(key, fresh);
      return fresh;
    }
    if (count.window !== window) {
      count.previous = count.window === window - 1 ? count.current : 0;
      count.current = 0;
      count.window = window;
    }
    return count;
  }

  /** Once a minute: what was counted two minutes ago decides nothing any more. */
  private sweep(window: number): void {
    this.sweptWindow = window;
    for (const [key, count] of this.counts) if (count.window < window - 1) this.counts.delete(key);
  }
}

/** Milliseconds until one more call fits; 0 when it fits now. */
export function waitFor(current: number, previous: number, passedMs: number, perMinute: number): number {
  const used = current + (previous * (WINDOW_MS - passedMs)) / WINDOW_MS;
  if (used + 1 <= perMinute) return 0;
  // In this minute only the last minute's share shrinks. What remains too much then, this minute's own calls, begins
  // to shrink with the next one.
  const untilNext = WINDOW_MS - passedMs;
  if (current + 1 <= perMinute) return Math.max(1, untilNext - ((perMinute - 1 - current) * WINDOW_MS) / previous);
  return untilNext + Math.max(1, WINDOW_MS - ((perMinute - 1) * WINDOW_MS) / current);
}
