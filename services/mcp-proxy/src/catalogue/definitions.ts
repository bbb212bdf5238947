import { isObject } from '../protocol/json-rpc';
import type { JsonObject } from '../upstream';

/** One definition of a tool: as long as thirty pages, far above what a model could use. */
const MAX_DEFINITION_CHARACTERS = 64 * 1024;
/** Definitions of one kind of one tenant, together: 70 such tenants still fit into the pod's memory. */
const MAX_DEFINITIONS_CHARACTERS = 1024 * 1024;
/** Tools of one tenant. All tenants together have about 700 where many are used; a model is lost with far fewer. */
const MAX_DEFINITIONS = 500;
const MAX_DEPTH = 100;
/** What tool globs can name (see the rules of `tools` in tenants.json), so that no tool is beyond the policy. */
const NAME = /^[A-Za-z0-9_./-]+$/;

/** A definition with its own JSON text, in the server's own words. */
export interface Definition {
  readonly name: string;
  readonly definition: JsonObject;
}

/** Definitions that are fit to be shown, in the order of their names, and what is wrong with the others. */
export interface CheckedDefinitions {
  readonly fit: readonly Definition[];
  /** Name (as far as it is one) to the reason why it is left out. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** Says what is wrong with a definition, or nothing. */
export type DefinitionFault = (definition: JsonObject) => string | undefined;

/**
 * Looks at what a server lists, as at any input of a stranger.
 * @param key the field that names a definition: `name`, `uri` or `uriTemplate`
 */
export function checkDefinitions(
  given: readonly JsonObject[],
  key: string,
  faultOf: DefinitionFault,
): CheckedDefinitions {
  const fit = new Map<string, Definition>();
  const leftOut = new Map<string, string>();
  let characters = 0;
  for (const definition of given) {
    const named = definition[key];
    const name = typeof named === 'string' ? named : '';
    const length = textLength(definition);
    const fault =
      (fit.has(name) && 'its name is there twice') ||
      (length > MAX_DEFINITION_CHARACTERS && 'its definition is too long or too deep') ||
      ((fit.size >= MAX_DEFINITIONS || characters + length > MAX_DEFINITIONS_CHARACTERS) && 'there are too many') ||
      faultOf(definition);
    if (fault) {
      if (leftOut.size < MAX_DEFINITIONS) leftOut.set(name.slice(0, 200), fault);
      continue;
    }
    characters += length;
    fit.set(name, { name, definition });
  }
  return { fit: [...fit.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), leftOut };
}

export function toolFault({ name, inputSchema, description, execution }: JsonObject): string | undefined {
  if (!isName(name)) return 'its name is missing or has other characters than letters, digits, _, -, . and /';
  // Clients refuse the whole list for one such tool, and so do models.
  if (!isObject(inputSchema) || inputSchema.type !== 'object') return "its inputSchema is not of the type 'object'";
  if (!isOptionalText(description)) return 'its description is not a text';
  if (isObject(execution) && execution.taskSupport === 'required')
    return 'it runs only as a task, which is not offered';
  return hasMisplacedHeader(inputSchema, true)
    ? 'an x-mcp-header in its inputSchema breaks the specification'
    : undefined;
}

export function promptFault({ name, description, arguments: args }: JsonObject): string | undefined {
  if (!isName(name)) return 'its name is missing or has other characters than letters, digits, _, -, . and /';
  if (!isOptionalText(description)) return 'its description is not a text';
  return args === undefined || Array.isArray(args) ? undefined : 'its arguments are not a list';
}

/** For resources and templates, which both need a name beside the URI. */
export function resourceFault(key: 'uri' | 'uriTemplate'): DefinitionFault {
  return ({ [key]: uri, name }) => {
    if (typeof uri !== 'string' || !/^[!-~]{1,2048}$/.test(uri)) return `its ${key} is missing or not visible ASCII`;
    return typeof name === 'string' ? undefined : 'its name is missing';
  };
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && NAME.test(name);
}

function isOptionalText(text: unknown): boolean {
  return text === undefined || typeof text === 'string';
}

/** Infinite for what is nested too deeply: whatever walks through it later, here or at a client, would overflow. */
export function textLength(definition: JsonObject): number {
  try {
    const text = JSON.stringify(definition);
    return isDeep(text) ? Number.POSITIVE_INFINITY : text.length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Counts brackets in strings too: what has so many of them unclosed is no definition either. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/**
 * Whether a header is asked for where it must not be: anywhere but on a string, integer or boolean that is reached
 * through `properties` alone (specification 2026-07-28, Streamable HTTP, schema extension). A client has to leave such a
 * tool out.
 */
function hasMisplacedHeader(node: unknown, reached: boolean, headers = new Set<string>()): boolean {
  if (Array.isArray(node)) return node.some((item) => hasMisplacedHeader(item, false, headers));
  if (!isObject(node)) return false;
  if (node['x-mcp-header'] !== undefined && !(reached && isFitHeader(node, headers))) return true;
  return Object.entries(node).some(([key, value]) =>
    key === 'properties' && isObject(value)
      ? Object.values(value).some((child) => hasMisplacedHeader(child, reached, headers))
      : hasMisplacedHeader(value, false, headers),
  );
}

function isFitHeader({ 'x-mcp-header': header, type }: JsonObject, headers: Set<string>): boolean {
  if (typeof header !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header)) return false;
  const name = header.toLowerCase();
  if (headers.has(name) || !['string', 'integer', 'boolean'].includes(String(type))) return false;
  headers.add(name);
  return true;
}
