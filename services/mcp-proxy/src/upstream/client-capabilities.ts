import { isObject } from '../protocol/json-rpc';
import type { JsonObject } from './upstream';

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

/** What a client can do, in letters: what else it says of itself is left out. */
export function capabilityLetters(capabilities: unknown): string {
  if (!isObject(capabilities)) return '';
  let letters = '';
  for (const letter in CAPABILITY_LETTERS) if (has(capabilities, CAPABILITY_LETTERS[letter] ?? [])) letters += letter;
  return letters;
}

/** What the letters stand for; letters that stand for nothing are left out. */
export function capabilitiesOf(letters: string): JsonObject {
  const capabilities: JsonObject = {};
  for (const letter of letters) {
    let place = capabilities;
    for (const name of Object.hasOwn(CAPABILITY_LETTERS, letter) ? (CAPABILITY_LETTERS[letter] ?? []) : []) {
      place[name] ??= {};
      place = place[name] as JsonObject;
    }
  }
  return capabilities;
}

function has(capabilities: JsonObject, path: readonly string[]): boolean {
  let place: unknown = capabilities;
  for (const name of path) {
    if (!isObject(place) || !isObject(place[name])) return false;
    place = place[name];
  }
  return true;
}
