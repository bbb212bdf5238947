import { isObject } from '../protocol/json-rpc';
import type { JsonObject } from './upstream';

/** An argument that the tool's schema wants in a header too (`x-mcp-header`, specification 2026-07-28). */
export interface ParameterHeader {
  readonly header: string;
  /** Names of properties from the arguments down to the value. */
  readonly path: readonly string[];
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const PRIMITIVE = new Set(['integer', 'string', 'boolean']);
/** Deeper schemas are not searched: the header names are for routing, which looks at what stands near the top. */
const MAX_DEPTH = 8;

/** A header value: the text itself, or in Base64 between the specification's marks when a header cannot carry it. */
export function headerText(text: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text);
  return plain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

/** The arguments to mirror, by tool; tools without any are not in it. */
export function mirroredParameters(tools: readonly JsonObject[]): Map<string, ParameterHeader[]> {
  const byTool = new Map<string, ParameterHeader[]>();
  for (const { name, inputSchema } of tools) {
    const found: ParameterHeader[] = [];
    collect(inputSchema, [], found);
    if (typeof name === 'string' && found.length > 0) byTool.set(name, found);
  }
  return byTool;
}

/** Names and values in turn. */
export function parameterHeaders(wanted: readonly ParameterHeader[] | undefined, args: unknown): string[] {
  const headers: string[] = [];
  for (const { header, path } of wanted ?? []) {
    const value = valueAt(args, path);
    if (isMirrored(value)) headers.push(header, headerText(String(value)));
  }
  return headers;
}

/**
 * Whether a caller's headers say the same as its arguments, which a server of 2026-07-28 has to check ("Custom headers
 * from tool parameters") and an older one cannot. Gives what is wrong, or nothing. A header without its argument is
 * ignored; whole numbers are compared as numbers.
 * @param given names in small letters, as Node gives them
 */
export function parameterHeaderFault(
  wanted: readonly ParameterHeader[] | undefined,
  args: unknown,
  given: { readonly [name: string]: string },
): string | undefined {
  for (const { header, path } of wanted ?? []) {
    const value = valueAt(args, path);
    if (!isMirrored(value)) continue;
    const name = header.toLowerCase();
    const text = Object.hasOwn(given, name) ? given[name] : undefined;
    if (text === undefined) return `the ${header} header is missing`;
    const decoded = decodedHeader(text.trim());
    if (decoded === undefined) return `the ${header} header is not valid Base64`;
    const same = decoded === String(value) || (typeof value === 'number' && isDecimal(decoded, value));
    if (!same) return `the ${header} header and the argument ${path.join('.')} differ`;
  }
  return undefined;
}

function isDecimal(text: string, value: number): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(text) && Number(text) === value;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A header's text, out of the specification's Base64 marks if it is in them; nothing when they hold no UTF-8. */
export function decodedHeader(text: string): string | undefined {
  if (!text.startsWith('=?base64?') || !text.endsWith('?=')) return text;
  const encoded = text.slice('=?base64?'.length, -'?='.length);
  if (!BASE64.test(encoded)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

function isMirrored(value: unknown): value is string | boolean | number {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function collect(schema: unknown, path: readonly string[], found: ParameterHeader[]): void {
  if (!isObject(schema) || !isObject(schema.properties) || path.length >= MAX_DEPTH) return;
  for (const [key, property] of Object.entries(schema.properties)) {
    if (!isObject(property)) continue;
    const name = property['x-mcp-header'];
    if (typeof name === 'string' && TOKEN.test(name) && PRIMITIVE.has(String(property.type))) {
      found.push({ header: `mcp-param-${name}`, path: [...path, key] });
    }
    collect(property, [...path, key], found);
  }
}
