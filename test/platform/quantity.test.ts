import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import fc from 'fast-check';
import {
  cpuQuantity,
  memoryQuantity,
  quantityValue,
  resourceRequirements,
  sizeQuantity,
} from '../../constructs/platform/quantity';

test.each([
  ['1', 1],
  ['250m', 0.25],
  ['0.5', 0.5],
  ['2k', 2000],
  ['1M', 1e6],
  ['512Mi', 2 ** 29],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2Ti', 2 ** 41],
])('%s is %d', (quantity, value) => {
  expect(quantityValue(quantity)).toBe(value);
});

test.each(['', '1GB', '1,5', '-1', '1 Gi', 'lots', '0x10'])('"%s" is refused with what may be written', (quantity) => {
  expect(() => quantityValue(quantity)).toThrow(/is not a quantity: write a number with one of m, k, M/);
});

test('a sum of thousandths stays whole although it is counted in binary fractions', () => {
  expect(cpuQuantity(0.1 + 0.2)).toBe('300m');
  expect(cpuQuantity(1.25 * 0.3)).toBe('375m');
  expect(cpuQuantity(3 * 1.1)).toBe('3300m');
});

test('thousandths of a core are written as they were given', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (thousandths) => {
      const { requests } = resourceRequirements({ cpu: { request: Cpu.millis(thousandths) } });
      expect(Math.round(quantityValue(String(requests?.cpu.value)) * 1000)).toBe(thousandths);
    }),
  );
});

test('what is written is never less than what was meant, and at most a step more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (thousandths) => {
      expect(quantityValue(cpuQuantity(thousandths / 1000))).toBeCloseTo(thousandths / 1000, 9);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (bytes) => {
      const written = quantityValue(memoryQuantity(bytes));
      expect(written).toBeGreaterThanOrEqual(bytes);
      expect(written - bytes).toBeLessThan(2 ** 20);
    }),
  );
});

test('sizes are written in the largest binary unit that is exact', () => {
  expect(sizeQuantity(Size.gibibytes(10))).toBe('10Gi');
  expect(sizeQuantity(Size.mebibytes(1536))).toBe('1536Mi');
});

test('typed resources become those of a container, and what is not said is not written', () => {
  const plain = (resources: Parameters<typeof resourceRequirements>[0]) =>
    JSON.parse(JSON.stringify(resourceRequirements(resources)));
  expect(
    plain({
      cpu: { request: Cpu.millis(50), limit: Cpu.units(2) },
      memory: { request: Size.mebibytes(64), limit: Size.gibibytes(1) },
      ephemeralStorage: { limit: Size.mebibytes(10) },
    }),
  ).toEqual({
    requests: { cpu: { value: '50m' }, memory: { value: '64Mi' } },
    limits: { cpu: { value: '2' }, memory: { value: '1Gi' }, 'ephemeral-storage': { value: '10Mi' } },
  });
  expect(plain({})).toEqual({ requests: {}, limits: {} });
});
