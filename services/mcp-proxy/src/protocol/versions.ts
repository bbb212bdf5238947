/** Versions without a handshake, newest first. */
export const MODERN_VERSIONS = ['2026-07-28'] as const;

/** Versions that begin with `initialize`, newest first. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

/** All of them, newest first. */
export const SUPPORTED_VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];

/** The last version in which a POST may carry several messages in an array. */
export const LAST_VERSION_WITH_BATCHES = '2025-03-26';

const MODERN = new Set<string>(MODERN_VERSIONS);
const LEGACY = new Set<string>(LEGACY_VERSIONS);

export function isModern(version: string): boolean {
  return MODERN.has(version);
}

export function isLegacy(version: string): boolean {
  return LEGACY.has(version);
}

/** What `initialize` answers: the client's version when it is known, else the newest that has a handshake. */
export function negotiated(requested: unknown): string {
  return typeof requested === 'string' && isLegacy(requested) ? requested : LEGACY_VERSIONS[0];
}
