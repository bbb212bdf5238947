import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../upstream/upstream';
import { isObject } from './json-rpc';

/** Header that a client of a version with sessions sends back with every request. */
export const SESSION_HEADER = 'mcp-session-id';

/** A letter for each thing that a client may be able to do, with the place where it says so. */
const CAPABILITY_LETTERS: { readonly [letter: string]: readonly string[] } = {
  e: ['elicitation'],
  f: ['elicitation', 'form'],
  u: ['elicitation', 'url'],
  s: ['sampling'],
  t: ['sampling', 'tools'],
  c: ['sampling', 'context'],
  r: ['roots'],
};

const FORM = /^v1([a-z]*)-[0-9a-f-]{36}$/;

/**
 * The session id that `initialize` answers with. It stands for nothing that is kept: it says what the client can do,
 * which clients of these versions tell only once, so that every replica can serve every request.
 */
export function sessionIdFor(capabilities: unknown): string {
  const letters = Object.entries(CAPABILITY_LETTERS).filter(([, path]) => has(capabilities, path));
  return `v1${letters.map(([letter]) => letter).join('')}-${randomUUID()}`;
}

/** What the client can do, as its session id says; nothing for an id that is not ours. */
export function capabilitiesOf(sessionId: string | undefined): JsonObject {
  const letters = sessionId === undefined ? undefined : FORM.exec(sessionId)?.[1];
  const capabilities: JsonObject = {};
  for (const letter of letters ?? '') {
    let place = capabilities;
    for (const name of CAPABILITY_LETTERS[letter] ?? []) {
      place[name] ??= {};
      place = place[name] as JsonObject;
    }
  }
  return capabilities;
}

function has(value: unknown, path: readonly string[]): boolean {
  let place = value;
  for (const name of path) {
    if (!isObject(place) || !isObject(place[name])) return false;
    place = place[name];
  }
  return true;
}
