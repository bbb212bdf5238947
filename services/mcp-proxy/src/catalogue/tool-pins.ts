import { createHash } from 'node:crypto';
import { isObject } from '../protocol/json-rpc';
import type { JsonObject } from '../upstream';

/** What the pins say of a definition. */
export enum PinVerdict {
  PINNED = 'pinned',
  /** Another definition was pinned under this name: a server may have been changed to mislead models. */
  CHANGED = 'changed',
  /** Nobody has looked at this tool yet. */
  UNKNOWN = 'unknown',
}

/** Hash of each tool, by tenant and tool name. */
export type PinnedTools = { readonly [tenantId: string]: { readonly [tool: string]: string } };

const VERSION = 1;
const HASH = /^sha256-[0-9a-f]{64}$/;

/** The definitions that somebody has agreed to: the content of `tools.lock.json`. */
export class ToolPins {
  constructor(public readonly tenants: PinnedTools) {}

  public verdict(tenantId: string, definition: JsonObject): PinVerdict {
    const tools = Object.hasOwn(this.tenants, tenantId) ? this.tenants[tenantId] : undefined;
    const name = String(definition.name);
    if (!tools || !Object.hasOwn(tools, name)) return PinVerdict.UNKNOWN;
    return tools[name] === definitionHash(definition) ? PinVerdict.PINNED : PinVerdict.CHANGED;
  }

  /** The file's text: tenants and tools in the order of their names, one line for each, for a readable review. */
  public toString(): string {
    const tenants = inOrder(this.tenants).map(([id, tools]) => [id, Object.fromEntries(inOrder(tools))]);
    return `${JSON.stringify({ version: VERSION, tenants: Object.fromEntries(tenants) }, null, 2)}\n`;
  }
}

/** Reads `tools.lock.json`. Error: a sentence, when it is not one. */
export function readToolPins(text: string): ToolPins {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON (${(error as Error).message}): write it anew with the command pin`);
  }
  if (!isObject(file) || file.version !== VERSION || !isObject(file.tenants)) {
    throw new Error(`not {"version": ${VERSION}, "tenants": {...}}: write it anew with the command pin`);
  }
  for (const [tenantId, tools] of Object.entries(file.tenants)) {
    if (!isObject(tools))
      throw new Error(`tenant ${tenantId}: not an object of tools: write it anew with the command pin`);
    for (const [tool, hash] of Object.entries(tools)) {
      if (typeof hash === 'string' && HASH.test(hash)) continue;
      throw new Error(
        `tenant ${tenantId}, tool ${tool}: not sha256- and 64 hex digits: write it anew with the command pin`,
      );
    }
  }
  return new ToolPins(file.tenants as PinnedTools);
}

/** `sha256-` and the hash of everything that a definition says, whatever the order of its fields. */
export function definitionHash(definition: JsonObject): string {
  return `sha256-${createHash('sha256').update(canonicalJson(definition)).digest('hex')}`;
}

/** Object fields in the order of their names (code units), no spaces: as RFC 8785 has it. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = inOrder(value).map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join()}}`;
}

function inOrder<T>(object: { readonly [name: string]: T }): [string, T][] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
