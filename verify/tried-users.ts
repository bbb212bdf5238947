import type { Tenant, TenantCaller } from '../constructs/tenants';
import type { NamedUser } from './check';

/** A user that is tried at the gateway. */
export interface TriedUser extends TenantCaller {
  readonly role: string;
}

/** Reserved for names that belong to nobody (RFC 2606). */
const NOBODY = 'verify.invalid';

/** The given users; without any, one made up for each enabled tenant, who fits its lists. */
export function usersOf(tenants: readonly Tenant[], given: readonly NamedUser[]): TriedUser[] {
  if (given.length > 0) return given.map(({ email, groups }) => ({ email, groups: [...groups], role: 'user' }));
  return tenants
    .filter(({ enabled }) => enabled !== false)
    .map(({ allowedUsers, allowedGroups }) => ({
      email: emailOf(allowedUsers?.[0]),
      groups: allowedGroups?.slice(0, 1) ?? [],
      role: 'user',
    }));
}

/** An address that a glob takes: `*@google.com` takes verify@google.com. */
function emailOf(glob = '*'): string {
  const [name, domain = name === '*' ? '*' : NOBODY] = glob.split('@');
  const filled = (text: string) => text.replace(/\*+/g, 'verify').replace(/\?/g, 'x');
  return `${filled(name)}@${domain === '*' ? NOBODY : filled(domain)}`;
}
