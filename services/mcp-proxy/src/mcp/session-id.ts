import { randomUUID } from 'node:crypto';
import { capabilitiesOf, capabilityLetters } from '../upstream/client-capabilities';
import type { JsonObject } from '../upstream/upstream';

/** Header that a client of a version with sessions sends back with every request. */
export const SESSION_HEADER = 'mcp-session-id';

const FORM = /^v1([a-z]*)-[0-9a-f-]{36}$/;

/**
 * The session id that `initialize` answers with. It stands for nothing that is kept: it says what the client can do,
 * which clients of these versions tell only once, so that every replica can serve every request.
 */
export function sessionIdFor(capabilities: unknown): string {
  return `v1${capabilityLetters(capabilities)}-${randomUUID()}`;
}

/** What the client can do, as its session id says; nothing for an id that is not ours. */
export function capabilitiesIn(sessionId: string | undefined): JsonObject {
  return capabilitiesOf((sessionId === undefined ? undefined : FORM.exec(sessionId)?.[1]) ?? '');
}
