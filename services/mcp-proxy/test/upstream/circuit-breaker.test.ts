import { BreakerState, CircuitBreaker } from '../../src/upstream/circuit-breaker';

let now: number;
let states: BreakerState[];
let breaker: CircuitBreaker;

beforeEach(() => {
  now = 0;
  states = [];
  breaker = new CircuitBreaker(
    (state) => states.push(state),
    () => now,
  );
});

function lose(calls: number): void {
  for (let call = 0; call < calls; call++) breaker.failed(breaker.admit());
}

describe('circuit breaker', () => {
  it('opens after five failures in a row, and not before', () => {
    lose(4);
    expect(breaker.state).toBe(BreakerState.CLOSED);
    lose(1);
    expect(breaker.state).toBe(BreakerState.OPEN);
    expect(() => breaker.admit()).toThrow(expect.objectContaining({ kind: 'circuit-open' }));
  });

  it('an answer in between begins the count anew', () => {
    lose(4);
    breaker.succeeded();
    lose(4);
    expect(breaker.state).toBe(BreakerState.CLOSED);
  });

  it('after five seconds one call tries, alone, and closes it with its answer', () => {
    lose(5);
    now = 5_000;
    breaker.admit();
    expect(() => breaker.admit()).toThrow();
    breaker.succeeded();
    expect(() => breaker.admit()).not.toThrow();
    expect(states).toEqual([BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]);
  });

  it('a failed try doubles the pause, up to a minute', () => {
    lose(5);
    for (const pause of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      now += pause - 1;
      expect(() => breaker.admit()).toThrow();
      now += 1;
      lose(1);
    }
  });

  it('a try that says nothing leaves the next caller to try', () => {
    lose(5);
    now = 5_000;
    breaker.undecided(breaker.admit());
    expect(() => breaker.admit()).not.toThrow();
  });

  it('a try that takes long lets another one try after a pause', () => {
    lose(5);
    now = 5_000;
    breaker.admit();
    now = 9_999;
    expect(() => breaker.admit()).toThrow();
    now = 10_000;
    expect(() => breaker.admit()).not.toThrow();
  });

  it('calls that were under way when it opened and fail later make no pause longer', () => {
    const underWay = Array.from({ length: 8 }, () => breaker.admit());
    for (const admission of underWay) breaker.failed(admission);
    now = 4_000;
    for (const admission of underWay) breaker.failed(admission);
    now = 5_000;
    lose(1);
    now = 14_999;
    expect(() => breaker.admit()).toThrow();
    now = 15_000;
    expect(() => breaker.admit()).not.toThrow();
  });

  it('calls that were under way when it opened admit no second try', () => {
    const underWay = [breaker.admit(), breaker.admit()] as const;
    lose(5);
    now = 5_000;
    breaker.admit();
    breaker.failed(underWay[0]);
    breaker.undecided(underWay[1]);
    expect(() => breaker.admit()).toThrow();
    expect(breaker.state).toBe(BreakerState.HALF_OPEN);
  });

  it('an answer to a call that was under way closes it: the server is alive', () => {
    breaker.admit();
    lose(5);
    breaker.succeeded();
    expect(breaker.state).toBe(BreakerState.CLOSED);
    lose(4);
    expect(breaker.state).toBe(BreakerState.CLOSED);
  });
});
