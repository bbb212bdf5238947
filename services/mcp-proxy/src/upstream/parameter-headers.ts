import { isObject } from './rpc-message';
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
    let value = args;
    for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) {
      headers.push(header, headerText(String(value)));
    }
  }
  return headers;
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
