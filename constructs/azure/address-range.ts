import { isIPv4 } from 'node:net';

/** A block of IPv4 addresses, as numbers. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
  /** Length of the prefix, 0 to 32. */
  readonly prefix: number;
}

/** Reads `10.0.0.0/16`; undefined when it is no such range. Addresses behind the prefix are cut off. */
export function addressRange(cidr: string): AddressRange | undefined {
  const [address, length, ...rest] = cidr.split('/');
  const prefix = Number(length);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length ?? '') || prefix > 32 || rest.length > 0) {
    return undefined;
  }
  const size = 2 ** (32 - prefix);
  const first = Math.floor(asNumber(address) / size) * size;
  return { first, last: first + size - 1, prefix };
}

/** The range as one writes it, from its first address on. */
export function inCidr({ first, prefix }: AddressRange): string {
  return `${asAddress(first)}/${prefix}`;
}

/** The address so many places behind the first of a range. Error: no range. */
export function addressIn(cidr: string, place: number): string {
  const range = addressRange(cidr);
  return range === undefined ? cidr : asAddress(range.first + place);
}

export function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

function asNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function asAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
