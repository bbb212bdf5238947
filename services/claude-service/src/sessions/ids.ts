import { randomBytes } from 'node:crypto';

const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';

/** A new id of 26 lower-case letters and digits, the first a letter: good as a label, a folder and part of a URL. */
export function newId(): string {
  let bits = 0n;
  for (const byte of randomBytes(16)) bits = (bits << 8n) | BigInt(byte);
  let id = '';
  // From the lowest bits on, so that the three highest make the first one, a letter.
  for (let index = 0; index < 26; index++, bits >>= 5n) id = DIGITS[Number(bits & 31n)] + id;
  return id;
}
