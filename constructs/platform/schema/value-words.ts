const LONGEST = 60;

/** What a value is, in words: `the string "3"`, `a list`, `nothing`. */
export function inWords(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the string ${quoted(value)}`;
    case 'number':
      return Number.isFinite(value) ? `the number ${value}` : String(value);
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'nothing';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : objectInWords(value);
    default:
      return `a ${typeof value}`;
  }
}

/** A string as one reads it in a sentence, cut when it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** True for `{...}` and for what JSON.parse gives, false for the instance of a class. */
export function isPlainObject(value: unknown): value is { [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    return true;
  }
  // An object out of another realm (a vm context, as in jest) has a prototype of its own that is no less plain.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function objectInWords(value: object): string {
  return isPlainObject(value) ? 'an object' : `an instance of ${value.constructor?.name || 'a class'}`;
}

/** Whether a text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
