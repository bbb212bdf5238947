import { isIP } from 'node:net';

/** True for `10.0.0.0/8` and `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const family = isIP(text.slice(0, slash));
  const length = text.slice(slash + 1);
  return slash > 0 && family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}
