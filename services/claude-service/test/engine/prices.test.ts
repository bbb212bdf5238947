import { costUsd, isPriced, priceOf } from '../../src/engine/prices';

const NONE = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };

test('each kind of token has its price', () => {
  const all = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite: 1e6, cacheWriteHour: 1e6 };
  expect(costUsd('claude-sonnet-5-5', all)).toBeCloseTo(2 + 10 + 0.1 + 2.5 + 4, 9);
  expect(costUsd('claude-opus-5-5', { ...NONE, output: 1000 })).toBe(0.02);
});

test('a long prompt has another price, and what is cached counts as prompt', () => {
  expect(costUsd('claude-haiku-5-5', { ...NONE, input: 100_000, output: 1000 })).toBeCloseTo(0.0105, 9);
  expect(costUsd('claude-haiku-5-5', { ...NONE, input: 1, cacheRead: 100_000, output: 1000 })).toBeCloseTo(
    0.0075005,
    9,
  );
});

test.each([
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['anthropic/claude-opus-5-5', 'claude-opus-5-5'],
])('%s costs what %s does', (id, base) => {
  expect(isPriced(id)).toBe(true);
  expect(priceOf(id)).toEqual(priceOf(base));
});

test.each(['claude-sonnet-5-6', 'claude-sonnet-9', 'claude-sonnet-5-5-turbo', 'amber'])(
  'the unknown %s counts as the dearest, so that no budget is without an end',
  (id) => {
    expect(isPriced(id)).toBe(false);
    expect(priceOf(id)).toMatchObject({ input: 10, output: 50 });
  },
);
