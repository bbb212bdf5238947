import type { TenantCatalogue } from '../catalogue';
import { isObject } from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import { negotiated, SUPPORTED_VERSIONS } from '../protocol/versions';
import { type JsonObject, ProtocolEra } from '../upstream/upstream';

/** How the gateway names itself. */
export interface ServerIdentity {
  readonly name: string;
  readonly title: string;
  readonly version: string;
}

/** The answer to `initialize`. */
export function initializeResult(
  params: JsonObject | undefined,
  catalogues: readonly TenantCatalogue[],
  serverInfo: ServerIdentity,
  own: boolean,
): string {
  return JSON.stringify({
    protocolVersion: negotiated(params?.protocolVersion),
    capabilities: capabilitiesOf(catalogues, ProtocolEra.LEGACY),
    serverInfo,
    instructions: instructionsOf(catalogues, own),
  });
}

/** The answer to `server/discover`. Its lifetime is short: what a caller may see changes with their groups. */
export function discoverResult(
  catalogues: readonly TenantCatalogue[],
  serverInfo: ServerIdentity,
  own: boolean,
): string {
  return JSON.stringify({
    resultType: 'complete',
    ttlMs: 60_000,
    cacheScope: 'private',
    supportedVersions: SUPPORTED_VERSIONS,
    capabilities: capabilitiesOf(catalogues, ProtocolEra.MODERN),
    instructions: instructionsOf(catalogues, own),
    _meta: { [META.serverInfo]: serverInfo },
  });
}

/**
 * What the servers of these tenants can do together. Tools are always there, so that a client of no tenant sees an
 * empty list instead of an error. Changes of lists are told to clients that listen, which only the newer era can.
 */
function capabilitiesOf(catalogues: readonly TenantCatalogue[], era: ProtocolEra): JsonObject {
  const has = (name: string) => catalogues.some(({ capabilities }) => isObject(capabilities[name]));
  const listChanged = era === ProtocolEra.MODERN ? { listChanged: true } : {};
  const capabilities: JsonObject = { tools: listChanged };
  if (has('prompts')) capabilities.prompts = listChanged;
  if (has('resources')) capabilities.resources = listChanged;
  if (has('completions')) capabilities.completions = {};
  if (has('logging')) capabilities.logging = {};
  return capabilities;
}

function instructionsOf(catalogues: readonly TenantCatalogue[], own: boolean): string | undefined {
  const given = catalogues.filter(({ instructions }) => instructions);
  if (own) return given[0]?.instructions;
  const parts = given.map(({ tenantId, instructions }) => `Tools that begin with ${tenantId}_:\n${instructions}`);
  return parts.length === 0 ? undefined : parts.join('\n\n');
}
