import { createHash } from 'node:crypto';

/**
 * Fingerprint of what was said, by which a turn is found again. White space does not count: interfaces trim lines and
 * join parts of an answer as they like.
 */
export function fingerprint(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part.replace(/\s+/g, '')).update('\0');
  return hash.digest('base64url').slice(0, 32);
}
