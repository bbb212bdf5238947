import type { Email } from './email';
import type { UserList } from './user-list';

/** What the index needs to know of a tenant. */
export interface IndexedTenant {
  readonly users?: UserList;
  readonly groups?: ReadonlySet<string>;
}

/**
 * Which tenants a caller could possibly use, without asking every one. A tenant with groups is found by its groups,
 * any other by its users' addresses and domains; only globs over sub-domains are asked each time.
 */
export class TenantIndex<T extends IndexedTenant> {
  private readonly byGroup = new Map<string, T[]>();
  private readonly byAddress = new Map<string, T[]>();
  private readonly byDomain = new Map<string, T[]>();
  private readonly always: T[] = [];

  constructor(tenants: T[]) {
    for (const tenant of tenants) {
      if (tenant.groups) for (const group of tenant.groups) enter(this.byGroup, group, tenant);
      else if (tenant.users) this.enterByUsers(tenant, tenant.users);
    }
  }

  /** A superset of the tenants whose lists match, each once. */
  public candidates(email: Email | undefined, groups: string[]): Set<T> {
    const found = new Set<T>(this.always);
    for (const group of groups) addAll(found, this.byGroup.get(group));
    if (email) {
      addAll(found, this.byAddress.get(email.address));
      addAll(found, this.byDomain.get(email.domain));
    }
    return found;
  }

  private enterByUsers(tenant: T, users: UserList): void {
    const domains = new Set(users.domains.keys());
    let everyDomain = users.everyone;
    for (const { pattern } of users.globs) {
      const domain = pattern.slice(pattern.indexOf('@') + 1);
      if (domain.includes('*')) everyDomain = true;
      else domains.add(domain);
    }
    if (everyDomain) this.always.push(tenant);
    for (const address of users.addresses) enter(this.byAddress, address, tenant);
    for (const domain of domains) enter(this.byDomain, domain, tenant);
  }
}

function enter<T>(index: Map<string, T[]>, key: string, tenant: T): void {
  const entries = index.get(key);
  if (entries) entries.push(tenant);
  else index.set(key, [tenant]);
}

function addAll<T>(found: Set<T>, tenants: T[] | undefined): void {
  for (const tenant of tenants ?? []) found.add(tenant);
}
