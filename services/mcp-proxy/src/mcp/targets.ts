import { Glob } from '../../../../constructs/tenants/glob';
import type { TenantCatalogue } from '../catalogue';

/** What one endpoint serves: one tenant under the server's own names, or all of the caller's under prefixed ones. */
export interface Scope {
  /** The tenant of `/mcp/{tenant}`; absent at `/mcp`. */
  readonly tenantId?: string;
  /** Whether tools are found by searching instead of being listed: `?toolset=dynamic`. */
  readonly dynamic?: boolean;
}

/** Something at a tenant's server, by the server's own name for it. What nobody has, has an empty tenant. */
export interface Target {
  readonly tenantId: string;
  readonly name: string;
}

/** Where the catalogues are looked up. */
export interface CatalogueLookup {
  of(tenantId: string): TenantCatalogue | undefined;
}

/**
 * Whose tool or prompt a name means. At `/mcp/{tenant}` the server's own name goes first, then the prefixed one. A
 * name without a tenant's prefix at `/mcp` belongs to nobody: its tenant is empty.
 */
export function targetOf(scope: Scope, name: string, known: (tenantId: string, name: string) => boolean): Target {
  const { tenantId } = scope;
  const underscore = name.indexOf('_');
  if (tenantId === undefined) {
    return underscore < 1
      ? { tenantId: '', name }
      : { tenantId: name.slice(0, underscore), name: name.slice(underscore + 1) };
  }
  if (name.slice(0, underscore) === tenantId && !known(tenantId, name)) {
    const own = name.slice(underscore + 1);
    if (known(tenantId, own)) return { tenantId, name: own };
  }
  return { tenantId, name };
}

/**
 * The tenant that serves a resource: of those that the caller may use, in the order of their ids, the first that lists
 * the URI, else the first with a template that it fits, else the only one that has resources at all. Nothing when
 * there is none.
 */
export function resourceOwner(
  tenantIds: readonly string[],
  uri: string,
  catalogues: CatalogueLookup,
): string | undefined {
  const offered = tenantIds.flatMap((id) => catalogues.of(id) ?? []);
  const owner =
    offered.find(({ resourceUris }) => resourceUris.has(uri)) ??
    offered.find(({ resourceTemplates }) => resourceTemplates.some((template) => fits(template, uri)));
  if (owner) return owner.tenantId;
  const withResources = offered.filter(({ capabilities }) => capabilities.resources !== undefined);
  return withResources.length === 1 ? withResources[0]?.tenantId : undefined;
}

/** An expression of RFC 6570 may stand for any text: more is not needed to tell servers apart. */
function fits(template: string, uri: string): boolean {
  return template === uri || new Glob(template.replace(/\{[^{}]*\}/g, '*').replace(/\*{2,}/g, '*')).matches(uri);
}
