import fc from 'fast-check';
import { MemoryRateLimiter, WINDOW_MS } from '../rate-limit';

/** A limiter with a clock that the test moves. */
function limiterAt(start = 0) {
  const clock = { now: start };
  return { clock, limiter: new MemoryRateLimiter(() => clock.now) };
}

describe('a rate limit', () => {
  it('lets as many calls through as a minute may have, and says when to come again', () => {
    const { limiter } = limiterAt();
    const verdicts = [1, 2, 3, 4].map(() => limiter.take('a', 3));
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    expect(verdicts[3].retryAfterSeconds).toBeGreaterThanOrEqual(60);
  });

  it('counts each key for itself', () => {
    const { limiter } = limiterAt();
    expect(limiter.take('google:alice', 1).allowed).toBe(true);
    expect(limiter.take('google:bob', 1).allowed).toBe(true);
    expect(limiter.take('github:alice', 1).allowed).toBe(true);
    expect(limiter.take('google:alice', 1).allowed).toBe(false);
  });

  it('slides: the end of one minute and the beginning of the next are no two minutes', () => {
    const { limiter, clock } = limiterAt(WINDOW_MS - 1);
    for (let call = 0; call < 10; call++) expect(limiter.take('a', 10).allowed).toBe(true);
    clock.now = WINDOW_MS + 1;
    expect(limiter.take('a', 10).allowed).toBe(false);
    clock.now = 1.5 * WINDOW_MS;
    const allowed = Array.from({ length: 10 }, () => limiter.take('a', 10).allowed).filter(Boolean);
    expect(allowed).toHaveLength(5);
    clock.now = 4 * WINDOW_MS;
    expect(limiter.take('a', 10).allowed).toBe(true);
  });

  it('does not count what it refuses: hammering does not lengthen the wait', () => {
    const { limiter, clock } = limiterAt();
    limiter.take('a', 1);
    for (let call = 0; call < 1000; call++) limiter.take('a', 1);
    clock.now = 2 * WINDOW_MS;
    expect(limiter.take('a', 1).allowed).toBe(true);
  });

  it('never lets more than the limit through in one minute of the clock, and its wait is right (property)', () => {
    const steps = fc.array(fc.nat(40_000), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (waits, perMinute) => {
        const { limiter, clock } = limiterAt();
        const perWindow = new Map<number, number>();
        for (const wait of waits) {
          clock.now += wait;
          const { allowed, retryAfterSeconds } = limiter.take('a', perMinute);
          if (allowed) {
            const window = Math.floor(clock.now / WINDOW_MS);
            perWindow.set(window, (perWindow.get(window) ?? 0) + 1);
            expect(retryAfterSeconds).toBe(0);
            continue;
          }
          expect(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 1).toBe(true);
          clock.now += retryAfterSeconds * 1000;
          expect(limiter.take('a', perMinute).allowed).toBe(true);
          const window = Math.floor(clock.now / WINDOW_MS);
          perWindow.set(window, (perWindow.get(window) ?? 0) + 1);
        }
        for (const count of perWindow.values()) expect(count).toBeLessThanOrEqual(perMinute);
      }),
      { numRuns: 500 },
    );
  });

  it('forgets who has not called for two minutes', () => {
    const { limiter, clock } = limiterAt();
    for (let user = 0; user < 1000; user++) limiter.take(`user-${user}`, 5);
    expect(limiter.size).toBe(1000);
    clock.now = 3 * WINDOW_MS;
    limiter.take('someone', 5);
    expect(limiter.size).toBe(1);
  });
});
