import { exposedToolName, type TenantPolicy } from '../../../../constructs/tenants';
import { isObject } from '../protocol/json-rpc';
import type { JsonObject, UpstreamOffer } from '../upstream';
import { checkDefinitions, type Definition, promptFault, resourceFault, textLength, toolFault } from './definitions';
import { PinVerdict, type ToolPins } from './tool-pins';

/** A tool or prompt of a tenant. */
export interface CatalogueEntry {
  /** Name at the server. */
  readonly name: string;
  /** `<tenant>_<name>`, as callers of all tenants see it. */
  readonly exposedName: string;
  /** With the server's own name. */
  readonly definition: JsonObject;
  /** The definition as JSON, under the exposed name and under the own one. */
  readonly json: string;
  readonly ownJson: string;
}

export type CatalogueTool = CatalogueEntry;
export type CataloguePrompt = CatalogueEntry;

/**
 * What one tenant offers, filtered by the policy and the pins, checked, in the order of the names. It never changes: a
 * refresh makes a new one. The texts are members of a JSON list, joined by commas, and empty when there is none; a list
 * for a caller is put together from them without touching a definition.
 */
export interface TenantCatalogue {
  readonly tenantId: string;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  readonly toolsJson: string;
  readonly ownToolsJson: string;
  /** For 2025-11-25 and older, which know only `outputSchema`s that are objects: their clients refuse a whole list for one. */
  readonly legacyToolsJson: string;
  readonly legacyOwnToolsJson: string;
  readonly promptsJson: string;
  readonly ownPromptsJson: string;
  readonly resourcesJson: string;
  readonly resourceTemplatesJson: string;
  /** By the name at the server. */
  readonly tools: ReadonlyMap<string, CatalogueTool>;
  readonly prompts: ReadonlyMap<string, CataloguePrompt>;
  readonly resourceUris: ReadonlySet<string>;
  readonly resourceTemplates: readonly string[];
  /** What the server lists and nobody sees: name to reason. For the log. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** Tools that are held back because their definition is not the pinned one. */
  readonly quarantined: readonly string[];
  /** When the server last answered. Unit: milliseconds since 1970. */
  readonly loadedAt: number;
  /** The last refresh failed: these are the entries from before. */
  readonly stale: boolean;
}

/** Server texts of a length that no person writes are not passed on. */
const MAX_INSTRUCTIONS_CHARACTERS = 16 * 1024;
const MAX_INFO_CHARACTERS = 16 * 1024;

export interface CatalogueSource {
  readonly tenantId: string;
  readonly offer: UpstreamOffer;
  readonly loadedAt: number;
}

/** Puts a tenant's catalogue together from what its server said. */
export function buildCatalogue(
  { tenantId, offer, loadedAt }: CatalogueSource,
  policy: Pick<TenantPolicy, 'exposes'>,
  pins: ToolPins | undefined,
): TenantCatalogue {
  const tools = checkDefinitions(offer.tools, 'name', toolFault);
  const prompts = checkDefinitions(offer.prompts, 'name', promptFault);
  const resources = checkDefinitions(offer.resources, 'uri', resourceFault('uri'));
  const templates = checkDefinitions(offer.resourceTemplates, 'uriTemplate', resourceFault('uriTemplate'));
  const leftOut = new Map([...tools.leftOut, ...prompts.leftOut, ...resources.leftOut, ...templates.leftOut]);
  const quarantined: string[] = [];
  const shown = tools.fit.filter(({ name, definition }) => {
    if (exposedToolName(tenantId, name) === undefined) leftOut.set(name, 'its name is too long behind the prefix');
    if (!policy.exposes(tenantId, name)) return false;
    if (!pins || pins.verdict(tenantId, definition) === PinVerdict.PINNED) return true;
    quarantined.push(name);
    return false;
  });
  const toolEntries = entriesOf(tenantId, shown, withoutExecution);
  const legacyEntries = shown.some(({ definition }) => isForModernOnly(definition))
    ? entriesOf(tenantId, shown, forLegacy)
    : toolEntries;
  const promptEntries = entriesOf(tenantId, prompts.fit, (definition) => definition);
  return {
    tenantId,
    capabilities: short(offer.capabilities),
    instructions: (offer.instructions?.length ?? 0) > MAX_INSTRUCTIONS_CHARACTERS ? undefined : offer.instructions,
    toolsJson: joined(toolEntries),
    ownToolsJson: ownJoined(toolEntries),
    legacyToolsJson: joined(legacyEntries),
    legacyOwnToolsJson: ownJoined(legacyEntries),
    promptsJson: joined(promptEntries),
    ownPromptsJson: ownJoined(promptEntries),
    resourcesJson: resources.fit.map(({ definition }) => JSON.stringify(definition)).join(),
    resourceTemplatesJson: templates.fit.map(({ definition }) => JSON.stringify(definition)).join(),
    tools: new Map(toolEntries.map((entry) => [entry.name, entry])),
    prompts: new Map(promptEntries.map((entry) => [entry.name, entry])),
    resourceUris: new Set(resources.fit.map(({ name }) => name)),
    resourceTemplates: templates.fit.map(({ name }) => name),
    leftOut,
    quarantined,
    loadedAt,
    stale: false,
  };
}

/** Whether a caller could tell the two apart. */
export function sameContent(a: TenantCatalogue, b: TenantCatalogue): boolean {
  return (
    a.toolsJson === b.toolsJson &&
    a.promptsJson === b.promptsJson &&
    a.resourcesJson === b.resourcesJson &&
    a.resourceTemplatesJson === b.resourceTemplatesJson &&
    a.instructions === b.instructions &&
    JSON.stringify(a.capabilities) === JSON.stringify(b.capabilities)
  );
}

function entriesOf(
  tenantId: string,
  fit: readonly Definition[],
  shape: (definition: JsonObject) => JsonObject,
): CatalogueEntry[] {
  return fit.flatMap(({ name, definition }) => {
    const exposedName = exposedToolName(tenantId, name);
    if (exposedName === undefined) return [];
    const own = shape(definition);
    const entry = { name, exposedName, definition: own };
    return [{ ...entry, json: JSON.stringify({ ...own, name: exposedName }), ownJson: JSON.stringify(own) }];
  });
}

/** `execution` is about tasks, which the gateway does not offer. */
function withoutExecution(definition: JsonObject): JsonObject {
  if (definition.execution === undefined) return definition;
  const { execution: _, ...rest } = definition;
  return rest;
}

function isForModernOnly({ outputSchema }: JsonObject): boolean {
  return outputSchema !== undefined && !(isObject(outputSchema) && outputSchema.type === 'object');
}

function forLegacy(definition: JsonObject): JsonObject {
  const kept = withoutExecution(definition);
  if (!isForModernOnly(kept)) return kept;
  const { outputSchema: _, ...rest } = kept;
  return rest;
}

function joined(entries: readonly CatalogueEntry[]): string {
  return entries.map(({ json }) => json).join();
}

function ownJoined(entries: readonly CatalogueEntry[]): string {
  return entries.map(({ ownJson }) => ownJson).join();
}

function short(object: JsonObject): JsonObject {
  return textLength(object) > MAX_INFO_CHARACTERS ? {} : object;
}
