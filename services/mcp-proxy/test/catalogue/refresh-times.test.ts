import { RefreshTimes } from '../../src/catalogue/refresh-times';

const MINUTE = 60_000;

let asked: string[];
let times: RefreshTimes;

beforeEach(() => {
  jest.useFakeTimers();
  asked = [];
  times = new RefreshTimes((tenantId) => asked.push(tenantId));
});

afterEach(() => {
  times.close();
  jest.useRealTimers();
});

describe('a notice', () => {
  it.each(['succeeded', 'failed'] as const)('counts though an asking that began before it %s after it', (ended) => {
    times.succeeded('a');
    times.soon('a');
    times[ended]('a');
    jest.advanceTimersByTime(1_000);
    expect(asked).toEqual(['a']);
  });

  it('comes before the regular time, which comes again after it; several are one', () => {
    times.succeeded('a');
    for (let said = 0; said < 5; said++) times.soon('a');
    jest.advanceTimersByTime(1_000);
    expect(asked).toEqual(['a']);
    times.succeeded('a');
    jest.advanceTimersByTime(6 * MINUTE);
    expect(asked).toEqual(['a', 'a']);
  });

  it('of a tenant that is forgotten counts no more', () => {
    times.soon('a');
    times.forget('a');
    times.succeeded('a');
    jest.advanceTimersByTime(1_000);
    expect(asked).toEqual([]);
  });

  it('at every asking does not have the server asked without end, until it is quiet again', () => {
    let quiet = false;
    times = new RefreshTimes((tenantId) => {
      asked.push(tenantId);
      if (!quiet) times.soon(tenantId);
      times.succeeded(tenantId);
    });
    times.soon('a');
    jest.advanceTimersByTime(10 * MINUTE);
    expect(asked.length).toBeLessThan(40);
    quiet = true;
    jest.advanceTimersByTime(10 * MINUTE);
    const before = asked.length;
    times.soon('a');
    jest.advanceTimersByTime(1_000);
    expect(asked.length).toBe(before + 1);
  });
});
