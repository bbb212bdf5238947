import { isDeepStrictEqual } from 'node:util';
import type { Tenant, TenantPolicy } from '../../../../constructs/tenants';

/** The tenants as one file set describes them, all of a piece. It never changes: a new file set makes a new one. */
export interface Generation {
  /** Counts from 1 while the process lives. */
  readonly number: number;
  readonly policy: TenantPolicy;
  /** Enabled tenants by id, in the order of the ids. A disabled tenant does not exist. */
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** The content of the file of this name in `SECRETS_PATH`, if a tenant's `credential` names it and it is there. */
  credential(key: string): string | undefined;
  readonly loadedAt: Date;
}

/** What a generation changed, as lists of tenant ids. */
export interface TenantChanges {
  readonly added: readonly string[];
  /** Another setting, or another credential. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What is different between two generations. */
export function changesBetween(before: Generation, after: Generation): TenantChanges {
  const isSame = (id: string) => {
    const tenant = after.tenants.get(id);
    const key = tenant?.credential?.key;
    const sameCredential = key === undefined || before.credential(key) === after.credential(key);
    return sameCredential && isDeepStrictEqual(before.tenants.get(id), tenant);
  };
  const ids = [...after.tenants.keys()];
  return {
    added: ids.filter((id) => !before.tenants.has(id)),
    changed: ids.filter((id) => before.tenants.has(id) && !isSame(id)),
    removed: [...before.tenants.keys()].filter((id) => !after.tenants.has(id)),
  };
}
