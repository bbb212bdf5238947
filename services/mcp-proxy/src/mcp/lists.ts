import type { TenantCatalogue } from '../catalogue';
import { ProtocolEra } from '../upstream/upstream';
import type { CatalogueLookup, Scope } from './targets';

/** How long a client may keep a list: as long as the gateway itself asks anew at the latest. Unit: milliseconds. */
const LIST_TTL_MS = 60_000;

/** The lists that are answered from the catalogues, by method. */
const LISTS: { readonly [method: string]: ListForm } = {
  'tools/list': {
    member: 'tools',
    text: (catalogue, own, era) => {
      if (era === ProtocolEra.LEGACY) return own ? catalogue.legacyOwnToolsJson : catalogue.legacyToolsJson;
      return own ? catalogue.ownToolsJson : catalogue.toolsJson;
    },
  },
  'prompts/list': {
    member: 'prompts',
    text: (catalogue, own) => (own ? catalogue.ownPromptsJson : catalogue.promptsJson),
  },
  'resources/list': { member: 'resources', text: ({ resourcesJson }) => resourcesJson },
  'resources/templates/list': {
    member: 'resourceTemplates',
    text: ({ resourceTemplatesJson }) => resourceTemplatesJson,
  },
};

interface ListForm {
  readonly member: string;
  /** The entries, joined by commas. */
  text(catalogue: TenantCatalogue, own: boolean, era: ProtocolEra): string;
}

export function isList(method: string): boolean {
  return Object.hasOwn(LISTS, method);
}

/** The entries of all tenants, joined by commas, in the order of the ids. */
export function listEntries(
  method: string,
  scope: Scope,
  tenantIds: readonly string[],
  catalogues: CatalogueLookup,
  era: ProtocolEra,
): string {
  const own = scope.tenantId !== undefined;
  let entries = '';
  for (const id of tenantIds) {
    const catalogue = catalogues.of(id);
    const text = catalogue && LISTS[method]?.text(catalogue, own, era);
    if (text) entries = entries === '' ? text : `${entries},${text}`;
  }
  return entries;
}

/** The result of a list method as JSON, put together from texts that were written when the catalogues were loaded. */
export function listResult(method: string, entries: string, era: ProtocolEra, serverMeta: string): string {
  const member = LISTS[method]?.member;
  if (era === ProtocolEra.LEGACY) return `{"${member}":[${entries}]}`;
  return (
    `{"resultType":"complete","ttlMs":${LIST_TTL_MS},"cacheScope":"private",` +
    `"${member}":[${entries}],"_meta":${serverMeta}}`
  );
}
