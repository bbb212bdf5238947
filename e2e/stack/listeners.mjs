// Who listens on an address, as Linux tells it.
import { readFileSync } from 'node:fs';

const LISTEN = '0A';

/** The ports on which something listens on exactly this IPv4 address. */
export function listeners(address) {
  const wanted = address
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  const ports = readFileSync('/proc/net/tcp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local.startsWith(`${wanted}:`))
    .map(([, local]) => Number.parseInt(local.split(':')[1], 16));
  return [...new Set(ports)].sort((one, other) => one - other);
}
