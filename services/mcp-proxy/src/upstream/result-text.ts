import type { JsonObject } from './upstream';

/** A result together with the message that it came in, so that its text can be passed on as it is. */
export class ResultAnswer {
  constructor(
    public readonly result: JsonObject,
    private readonly message?: string,
  ) {}

  /** The result's own text on one line, or nothing when it cannot be told apart for certain. */
  public get raw(): string | undefined {
    return this.message === undefined ? undefined : memberText(this.message, 'result');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Text of a member of a JSON object. `json` must be valid JSON already. Nothing when the member is there twice, when a
 * name is written with escapes (then this and JSON.parse could see different members), or when the text has line breaks.
 */
export function memberText(json: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(json, json.indexOf('{') + 1);
  while (json.charCodeAt(at) === QUOTE) {
    const nameEnd = stringEnd(json, at);
    const key = json.slice(at + 1, nameEnd - 1);
    if (key.includes('\\')) return undefined;
    const start = skipSpace(json, json.indexOf(':', nameEnd) + 1);
    const end = valueEnd(json, start);
    if (key === name) {
      if (found !== undefined) return undefined;
      found = json.slice(start, end);
    }
    at = skipSpace(json, end);
    if (json[at] !== ',') break;
    at = skipSpace(json, at + 1);
  }
  return found === undefined || /[\n\r]/.test(found) ? undefined : found;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (json.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function stringEnd(json: string, from: number): number {
  let end = json.indexOf('"', from + 1);
  while (end > 0) {
    let before = end - 1;
    while (json.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
    end = json.indexOf('"', end + 1);
  }
  return json.length;
}

function valueEnd(json: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (code === 0x2c || code <= 0x20)) return at;
    at += 1;
  }
  return at;
}
