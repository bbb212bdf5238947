import fc from 'fast-check';
import { addressIn, addressRange, contains, inCidr, overlap } from '../../constructs/azure/address-range';

const cidr = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(32))
  .map(([a, b, c, d, prefix]) => `${a}.${b}.${c}.${d}/${prefix}`);

describe('a range of addresses', () => {
  test('starts where its prefix says', () => {
    expect(addressRange('10.225.4.7/28')).toEqual({ first: 182518784, last: 182518799, prefix: 28 });
    expect(addressIn('10.0.0.0/16', 10)).toBe('10.0.0.10');
    expect(addressIn('10.255.255.0/24', 300)).toBe('11.0.0.44');
  });

  test.each(['10.0.0.0', '10.0.0/8', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '::/0', '', 'a/b'])(
    '%j is none',
    (text) => {
      expect(addressRange(text)).toBeUndefined();
    },
  );

  test('is what one wrote, once it starts at its first address', () => {
    fc.assert(
      fc.property(cidr, (text) => {
        const range = addressRange(text) as NonNullable<ReturnType<typeof addressRange>>;
        expect(addressRange(inCidr(range))).toEqual(range);
        expect(range.last - range.first + 1).toBe(2 ** (32 - range.prefix));
      }),
    );
  });

  test('overlaps another only when one contains the other', () => {
    fc.assert(
      fc.property(cidr, cidr, (one, other) => {
        const [a, b] = [addressRange(one), addressRange(other)] as NonNullable<ReturnType<typeof addressRange>>[];
        expect(overlap(a, b)).toBe(contains(a, b) || contains(b, a));
        expect(overlap(a, b)).toBe(overlap(b, a));
      }),
    );
  });
});
