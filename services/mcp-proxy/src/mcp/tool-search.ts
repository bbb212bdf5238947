import type { CatalogueTool, TenantCatalogue } from '../catalogue';
import type { JsonObject } from '../upstream/upstream';
import type { CatalogueLookup } from './targets';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 50;

/** A tool that was found: enough to choose by. */
export interface FoundTool {
  readonly name: string;
  readonly tenant: string;
  readonly description: string;
}

/**
 * The tools that fit the query best, best first: a word in the name counts more than one in the description, and ties
 * keep the order of the catalogue. Without a word, all of them in that order.
 */
export function searchTools(
  query: string,
  limit: number | undefined,
  tenantIds: readonly string[],
  catalogues: CatalogueLookup,
): FoundTool[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const found: { readonly tool: FoundTool; readonly score: number }[] = [];
  for (const { tenantId, tools } of catalogueOf(tenantIds, catalogues)) {
    for (const { exposedName, definition } of tools.values()) {
      const description = typeof definition.description === 'string' ? definition.description : '';
      const score = scoreOf(words, exposedName.toLowerCase(), description.toLowerCase());
      if (score > 0 || words.length === 0)
        found.push({ tool: { name: exposedName, tenant: tenantId, description }, score });
    }
  }
  found.sort((a, b) => b.score - a.score);
  const most = Math.max(1, Math.min(MAX_LIMIT, limit ?? DEFAULT_LIMIT));
  return found.slice(0, most).map(({ tool }) => tool);
}

/** The definitions of the tools that exist for the caller, under their shown names; the others are left out. */
export function describeTools(
  names: readonly string[],
  tenantIds: readonly string[],
  catalogues: CatalogueLookup,
): JsonObject[] {
  const wanted = new Set(names);
  return catalogueOf(tenantIds, catalogues).flatMap(({ tools }) =>
    [...tools.values()].filter(({ exposedName }) => wanted.has(exposedName)).map(shown),
  );
}

function shown({ exposedName, definition }: CatalogueTool): JsonObject {
  return { ...definition, name: exposedName };
}

function scoreOf(words: readonly string[], name: string, description: string): number {
  let score = 0;
  for (const word of words) score += (name.includes(word) ? 3 : 0) + (description.includes(word) ? 1 : 0);
  return score;
}

function catalogueOf(tenantIds: readonly string[], catalogues: CatalogueLookup): TenantCatalogue[] {
  return tenantIds.flatMap((id) => catalogues.of(id) ?? []);
}
