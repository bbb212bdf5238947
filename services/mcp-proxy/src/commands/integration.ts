import { readFileSync } from 'node:fs';
import { loadTenants, McpProtocol, type Tenant, type TenantCredential } from '../../../../constructs/tenants';
import { parseStrictJson } from '../../../../constructs/tenants/strict-json';
import { readTenantFiles } from '../configuration/tenant-files';
import { isObject, type JsonObject } from '../protocol/json-rpc';

/** How an integration is reached. */
export enum IntegrationProtocol {
  AUTO = 'auto',
  STREAMABLE_HTTP = 'streamable-http',
  SSE = 'sse',
  OPENAPI = 'openapi',
  /** A program that speaks MCP on its standard input and output. A tenant needs a bridge in front of it. */
  STDIO = 'stdio',
}

/** A server that is reached by a URL. */
export interface RemoteIntegration {
  readonly name: string;
  readonly protocol: Exclude<IntegrationProtocol, IntegrationProtocol.STDIO>;
  readonly url: string;
  readonly credential?: TenantCredential;
}

/** A program. */
export interface LocalIntegration {
  readonly name: string;
  readonly protocol: IntegrationProtocol.STDIO;
  /** The program and its arguments. It gets no shell. */
  readonly command: readonly [string, ...string[]];
}

/** A server that could become a tenant, or is one. */
export type Integration = RemoteIntegration | LocalIntegration;

/** The integrations of a file, and what is wrong with it, one sentence each. */
export interface ReadIntegrations {
  readonly integrations: readonly Integration[];
  readonly errors: readonly string[];
}

/**
 * Reads a catalogue, `{"integrations": {"<name>": {"protocol": …, "url": …} or {"protocol": "stdio", "command": […]}}}`,
 * or a tenants file or folder, of which the enabled tenants are taken.
 */
export function readIntegrations(path: string): ReadIntegrations {
  try {
    const catalogue = path.endsWith('.json') ? catalogueIn(readFileSync(path, 'utf8')) : undefined;
    const read = catalogue ?? integrationsOfTenants(path);
    return { ...read, errors: read.errors.map((error) => `${path}: ${error}`) };
  } catch (error) {
    return { integrations: [], errors: [(error as Error).message] };
  }
}

/** Nothing when the text is no catalogue: it may be a tenants file. */
function catalogueIn(text: string): ReadIntegrations | undefined {
  const { value, errors } = parseStrictJson(text);
  if (!isObject(value) || !isObject(value.integrations)) return undefined;
  const faults = [...errors, ...unknownKeys(value, ['integrations'], 'the catalogue')];
  const integrations: Integration[] = [];
  for (const [name, entry] of Object.entries(value.integrations)) {
    const read = readIntegration(name, entry);
    if (typeof read === 'string') faults.push(`integration ${JSON.stringify(name)}: ${read}`);
    else integrations.push(read);
  }
  return { integrations, errors: faults };
}

function readIntegration(name: string, entry: unknown): Integration | string {
  if (!isObject(entry)) return 'write an object with protocol and url or command';
  const { protocol = IntegrationProtocol.AUTO, url, command, credential } = entry;
  const known = Object.values(IntegrationProtocol).find((word) => word === protocol);
  if (!known) return `protocol is ${JSON.stringify(protocol)}: write ${Object.values(IntegrationProtocol).join(', ')}`;
  if (known === IntegrationProtocol.STDIO) {
    const [unknown] = unknownKeys(entry, ['protocol', 'command'], 'a stdio integration');
    if (unknown) return unknown;
    return isCommand(command)
      ? { name, protocol: known, command }
      : 'command is not a list of texts: write ["program", "argument", …]';
  }
  const [unknown] = unknownKeys(entry, ['protocol', 'url', 'credential'], 'an integration with a url');
  if (unknown) return unknown;
  if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    return 'url is not an http or https URL: write where the server answers';
  }
  if (credential !== undefined && !isCredential(credential)) {
    return 'credential is not {"key": …, "header": …, "scheme": …}, of which header and scheme may be left out';
  }
  return { name, protocol: known, url, credential };
}

function integrationsOfTenants(path: string): ReadIntegrations {
  const { tenants, errors } = loadTenants(readTenantFiles(path));
  return { integrations: tenants.filter(({ enabled }) => enabled !== false).flatMap(integrationOfTenant), errors };
}

function integrationOfTenant({ tenantId, mcpEndpoint, protocol, credential }: Tenant): RemoteIntegration[] {
  if (mcpEndpoint === undefined) return [];
  return [{ name: tenantId, protocol: WORDS[protocol ?? McpProtocol.AUTO], url: mcpEndpoint, credential }];
}

const WORDS: { readonly [protocol in McpProtocol]: RemoteIntegration['protocol'] } = {
  [McpProtocol.AUTO]: IntegrationProtocol.AUTO,
  [McpProtocol.STREAMABLE_HTTP]: IntegrationProtocol.STREAMABLE_HTTP,
  [McpProtocol.SSE]: IntegrationProtocol.SSE,
  [McpProtocol.OPENAPI]: IntegrationProtocol.OPENAPI,
};

function unknownKeys(object: JsonObject, known: readonly string[], what: string): string[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => `${what} has no ${JSON.stringify(key)}: write ${known.join(', ')}`);
}

function isCommand(value: unknown): value is [string, ...string[]] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string' && word !== '');
}

function isCredential(value: unknown): value is TenantCredential {
  if (!isObject(value) || typeof value.key !== 'string' || !/^[\w.-]+$/.test(value.key)) return false;
  const { key, header, scheme, ...rest } = value;
  return (
    [header, scheme].every((text) => text === undefined || typeof text === 'string') && Object.keys(rest).length === 0
  );
}
