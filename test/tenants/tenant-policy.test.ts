import fc from 'fast-check';
import {
  AccessKind,
  AccessRule,
  compileTenants,
  describeDecision,
  type Tenant,
  type TenantCaller,
} from '../../constructs/tenants';
import { TenantPolicy } from '../../constructs/tenants/tenant-policy';
import { anyEmail, anyGroups, anyTenants } from './any-tenants';

const ACME: Tenant = {
  tenantId: 'acme',
  displayName: 'Acme',
  mcpEndpoint: 'http://mcp-acme:8000',
  allowedUsers: ['*@acme.example'],
  allowedGroups: ['ops', 'dev'],
};

const alice: TenantCaller = { email: 'Alice@Acme.example', groups: ['dev', 'ops'], role: 'user' };
const admin: TenantCaller = { email: 'root@elsewhere.org', groups: [], role: 'admin' };

const policyOf = (...changes: object[]) =>
  compileTenants(changes.map((change, i) => ({ ...ACME, mcpEndpoint: `http://mcp-${i}:8000`, ...change }) as Tenant));

/** images.md, "Who may use a tenant", in its shortest form; domains and stars by hand, without the matcher. */
function mayUse(tenant: Tenant, caller: TenantCaller): boolean {
  const [local = '', domain = ''] = caller.email.split('@');
  const users = tenant.allowedUsers?.some((entry) => {
    if (entry === '*') return true;
    const [entryLocal = '', entryDomain = ''] = entry.split('@');
    const locals = new RegExp(`^${entryLocal.replace(/[.]/g, '\\.').replace(/[*]/g, '.*')}$`);
    const domains = entryDomain.startsWith('*.') ? domain.endsWith(entryDomain.slice(1)) : domain === entryDomain;
    return locals.test(local) && domains;
  });
  const groups = tenant.allowedGroups?.some((group) => caller.groups.includes(group));
  return tenant.enabled !== false && (caller.role === 'admin' || (users !== false && groups !== false));
}

describe('who may use a tenant', () => {
  test.each<[string, object, object, boolean]>([
    ['both lists match', {}, {}, true],
    ['the user list does not match', {}, { email: 'alice@other.example' }, false],
    ['the group list does not match', {}, { groups: ['sales'] }, false],
    ['there are no groups', {}, { groups: [] }, false],
    ['the user is not one address', {}, { email: 'a@b@acme.example' }, false],
    ['a group differs in case only', {}, { groups: ['Ops'] }, false],
    ['only users are listed', { allowedGroups: undefined }, { groups: [] }, true],
    ['only groups are listed', { allowedUsers: undefined }, { email: 'x@y.z' }, true],
    ['everyone in a group', { allowedUsers: ['*'] }, { email: 'x@y.z' }, true],
    ['everyone, but not in a group', { allowedUsers: ['*'] }, { email: 'x@y.z', groups: [] }, false],
    ['everyone in a group, but nobody signed in', { allowedUsers: ['*'] }, { email: '' }, false],
    ['the tenant is disabled', { enabled: false }, {}, false],
    ['the tenant is disabled and the caller an administrator', { enabled: false }, { role: 'admin' }, false],
    ['an administrator who is in no list', {}, { ...admin }, true],
    ['an administrator by another spelling', {}, { ...admin, role: 'Admin' }, false],
    ['an administrator by a group of that name', {}, { ...admin, role: 'user', groups: ['admin'] }, false],
  ])('%s', (_, tenant, caller, allowed) => {
    const policy = policyOf(tenant);
    const who = { ...alice, ...caller };
    expect(policy.decideTenant(who, 'acme').kind).toBe(allowed ? AccessKind.ALLOWED : AccessKind.DENIED);
    expect(policy.tenantsOf(who)).toEqual(allowed ? ['acme'] : []);
  });

  test('is what the sentence in the design says, for any tenants and any caller', () => {
    const roles = fc.constantFrom(undefined, 'user', 'admin');
    fc.assert(
      fc.property(anyTenants, anyEmail, anyGroups, roles, (tenants, email, groups, role) => {
        const caller = { email, groups, role };
        const policy = compileTenants(tenants);
        const expected = tenants.filter((tenant) => mayUse(tenant, caller)).map(({ tenantId }) => tenantId);
        expect(policy.tenantsOf(caller)).toEqual(expected.sort());
        for (const { tenantId } of tenants) {
          const allowed = policy.decideTenant(caller, tenantId).kind === AccessKind.ALLOWED;
          expect(allowed).toBe(expected.includes(tenantId));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is never widened by a list: a caller without a group gets no tenant that lists groups', () => {
    fc.assert(
      fc.property(anyTenants, anyEmail, (tenants, email) => {
        const permitted = new Set(compileTenants(tenants).tenantsOf({ email, groups: [] }));
        for (const { tenantId, allowedGroups } of tenants) {
          if (allowedGroups) expect(permitted.has(tenantId)).toBe(false);
        }
      }),
    );
  });

  test('is found without asking every tenant, whatever lists they have', () => {
    const tenants = [
      { tenantId: 'by-group', allowedUsers: ['*'], allowedGroups: ['dev'] },
      { tenantId: 'by-address', allowedUsers: ['alice@acme.example'], allowedGroups: undefined },
      { tenantId: 'by-domain', allowedGroups: undefined },
      { tenantId: 'by-local-part', allowedUsers: ['al*@acme.example'], allowedGroups: undefined },
      { tenantId: 'by-sub-domain', allowedUsers: ['*@*.acme.example'], allowedGroups: undefined },
    ];
    const policy = policyOf(...tenants);
    expect(policy.tenantsOf(alice)).toEqual(['by-address', 'by-domain', 'by-group', 'by-local-part']);
    expect(policy.tenantsOf({ email: 'al@eu.acme.example', groups: [] })).toEqual(['by-sub-domain']);
    expect(policy.tenantsOf({ ...alice, groups: ['dev', 'dev', 'ops'] })).toEqual(policy.tenantsOf(alice));
  });

  test('may be administered by other roles, or by none', () => {
    const { adminRoles } = { adminRoles: ['platform'] };
    expect(compileTenants([ACME], { adminRoles }).tenantsOf({ ...admin, role: 'platform' })).toEqual(['acme']);
    expect(compileTenants([ACME], { adminRoles }).tenantsOf(admin)).toEqual([]);
    expect(compileTenants([ACME], { adminRoles: [] }).tenantsOf(admin)).toEqual([]);
    expect(compileTenants([ACME], { adminRoles: [] }).tenantsOf({ ...admin, role: undefined })).toEqual([]);
  });

  test('cannot be changed by changing what the policy answered', () => {
    const policy = policyOf({});
    policy.tenantsOf(admin).push('other');
    expect(policy.tenantsOf(admin)).toEqual(['acme']);
  });

  test('is not decided over tenants that break a rule', () => {
    const open = { ...ACME, allowedUsers: ['*@*'], allowedGroups: undefined };
    expect(() => compileTenants([open, { ...ACME, tenantId: 'b', timeoutMs: 0 }])).toThrow(
      /^tenant "acme": allowed_users entry "\*@\*" admits every domain.*\ntenant "b": timeout_ms is 0/,
    );
    expect(() => compileTenants([{ ...ACME, allowedUsers: undefined, allowedGroups: undefined }])).toThrow(/nobody/);
  });
});

test('a tenant without lists is closed, even if one came past the rules', () => {
  const unlisted = { ...ACME, allowedUsers: undefined, allowedGroups: undefined };
  const policy = new TenantPolicy([unlisted], []);
  expect(policy.decideTenant(alice, 'acme').kind).toBe(AccessKind.DENIED);
  expect(policy.tenantsOf(alice)).toEqual([]);
});

describe('a tool call', () => {
  const policy = policyOf(
    { tools: { allow: ['search_*', 'read_file'], deny: ['*_secret*'] } },
    { tenantId: 'off', enabled: false },
    { tenantId: 'other', allowedGroups: ['sales'] },
  );

  test.each<[string, AccessKind, object]>([
    [
      'acme_search_code',
      AccessKind.ALLOWED,
      { rule: AccessRule.LISTS_MATCH, tool: 'search_code', userEntry: '*@acme.example', groupEntry: 'dev' },
    ],
    ['acme_read_file', AccessKind.ALLOWED, { rule: AccessRule.LISTS_MATCH, tool: 'read_file' }],
    ['acme_read_files', AccessKind.UNKNOWN_TOOL, { rule: AccessRule.TOOL_NOT_ALLOWED, tool: 'read_files' }],
    ['acme_search_secrets', AccessKind.UNKNOWN_TOOL, { rule: AccessRule.TOOL_DENIED, toolEntry: '*_secret*' }],
    ['acme_', AccessKind.UNKNOWN_TOOL, { rule: AccessRule.TOOL_NAME_LENGTH, tool: '' }],
    [`acme_search_${'x'.repeat(53)}`, AccessKind.UNKNOWN_TOOL, { rule: AccessRule.TOOL_NAME_LENGTH }],
    [`acme_search_${'x'.repeat(52)}`, AccessKind.ALLOWED, { rule: AccessRule.LISTS_MATCH }],
    ['off_search_x', AccessKind.DENIED, { rule: AccessRule.TENANT_DISABLED, tenantId: 'off' }],
    ['other_search_x', AccessKind.DENIED, { rule: AccessRule.GROUP_NOT_LISTED, tenantId: 'other' }],
    ['nobody_search_x', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT, tenantId: 'nobody' }],
    ['ACME_search_x', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT, tenantId: 'ACME' }],
    ['search', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT, tenantId: '' }],
    ['_search', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT, tenantId: '' }],
    ['', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT, tenantId: '' }],
    ['__proto___x', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT }],
    ['constructor_x', AccessKind.DENIED, { rule: AccessRule.UNKNOWN_TENANT }],
  ])('of %s is %s', (name, kind, why) => {
    expect(policy.decide(alice, name)).toMatchObject({ kind, ...why });
  });

  test('is denied without the entries that would tell who else is let in', () => {
    expect(policy.decide(alice, 'other_x')).toEqual({
      kind: AccessKind.DENIED,
      rule: AccessRule.GROUP_NOT_LISTED,
      tenantId: 'other',
      tool: 'x',
    });
  });

  test('of an administrator meets the tool filter too: it says what exists, not who may', () => {
    expect(policy.decide(admin, 'acme_search_x')).toMatchObject({
      kind: AccessKind.ALLOWED,
      rule: AccessRule.ADMIN_ROLE,
    });
    expect(policy.decide(admin, 'acme_drop')).toMatchObject({ kind: AccessKind.UNKNOWN_TOOL });
  });

  test('belongs to the tenant before its first underscore and to no other', () => {
    const twins = policyOf({ tenantId: 'a' }, { tenantId: 'a-b' });
    expect(twins.decide(alice, 'a_b_c')).toMatchObject({ tenantId: 'a', tool: 'b_c' });
    expect(twins.decide(alice, 'a-b_c')).toMatchObject({ tenantId: 'a-b', tool: 'c' });
  });

  test('and a listed tool follow the same filter', () => {
    for (const tool of ['search_x', 'read_file', 'read', 'search_secret', '', 'search_'.padEnd(60, 'x')]) {
      const called = policy.decide(admin, `acme_${tool}`).kind === AccessKind.ALLOWED;
      expect(policy.exposes('acme', tool)).toBe(called);
    }
    expect(policy.exposes('off', 'search_x')).toBe(false);
    expect(policy.exposes('nobody', 'search_x')).toBe(false);
  });
});

describe('the sentence for the operator', () => {
  const policy = policyOf({ tools: { allow: ['read*'], deny: ['read_secret'] } }, { tenantId: 'off', enabled: false });

  test.each([
    [
      alice,
      'acme_read',
      'tenant "acme", tool "read": allowed: allowed_users has "*@acme.example" and allowed_groups has "dev"',
    ],
    [admin, 'acme_read', 'tenant "acme", tool "read": allowed: the role is one of the administrators'],
    [
      { ...alice, email: 'a@b.c' },
      'acme_read',
      'tenant "acme", tool "read": denied: no entry of allowed_users matches',
    ],
    [
      { ...alice, groups: [] },
      'acme_read',
      'tenant "acme", tool "read": denied: no entry of allowed_groups is one of the groups',
    ],
    [alice, 'acme_write', 'tenant "acme", tool "write": unknown-tool: no entry of tools.allow matches'],
    [alice, 'acme_read_secret', 'tenant "acme", tool "read_secret": unknown-tool: tools.deny has "read_secret"'],
    [alice, 'acme_', 'tenant "acme", tool "": unknown-tool: the shown name is too long, or ends at the prefix'],
    [alice, 'off_read', 'tenant "off", tool "read": denied: the tenant is disabled'],
    [alice, 'no\n_read', 'tenant "no\\n", tool "read": denied: there is no such tenant'],
  ])('%#: names the rule', (caller, name, sentence) => {
    expect(describeDecision(policy.decide(caller, name))).toBe(sentence);
  });

  test('also answers for the tenant as a whole', () => {
    expect(describeDecision(policy.decideTenant(admin, 'acme'))).toBe(
      'tenant "acme": allowed: the role is one of the administrators',
    );
  });
});
