import { AccessKind, compileTenants, describeDecision, loadTenants } from '../../constructs/tenants';
import { SEED_JSON } from './seed-tenants';

/** The first seed, task 8, step 2: "Test multi-tenant isolation". */
describe("the seed's three tenants", () => {
  const { tenants, errors, warnings } = loadTenants([{ name: 'tenants.json', text: SEED_JSON }]);
  const policy = compileTenants(tenants);
  const google = { email: 'google-employee@google.com', groups: ['google-employees'], role: 'user' };
  const microsoft = { email: 'ms-employee@microsoft.com', groups: ['microsoft-employees'], role: 'user' };
  const admin = { email: 'admin@company.com', groups: [], role: 'admin' };

  test('are taken, with a warning for the server that two of them share', () => {
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^tenant "google": it shares mcp_endpoint "http:\/\/mcp-filesystem:8001" with "microsoft"/),
      expect.stringMatching(/^tenant "microsoft": it shares .* with "google"/),
    ]);
  });

  test('a Google employee sees Google only', () => {
    expect(policy.tenantsOf(google)).toEqual(['google']);
  });

  test('a Google employee without the group google-employees sees nothing', () => {
    expect(policy.tenantsOf({ ...google, groups: [] })).toEqual([]);
  });

  test('a Microsoft employee sees Microsoft only', () => {
    expect(policy.tenantsOf(microsoft)).toEqual(['microsoft']);
  });

  test('the other one’s tools are denied, exactly as those of a tenant that does not exist', () => {
    expect(policy.decide(google, 'microsoft_read_file').kind).toBe(AccessKind.DENIED);
    expect(policy.decide(microsoft, 'google_read_file').kind).toBe(AccessKind.DENIED);
    expect(policy.decide(google, 'amazon_read_file').kind).toBe(AccessKind.DENIED);
    expect(policy.decide(google, 'google_read_file').kind).toBe(AccessKind.ALLOWED);
  });

  test('a wildcard user list does not open GitHub: the group is needed as well', () => {
    expect(policy.decide(google, 'github_search_code').kind).toBe(AccessKind.DENIED);
    const developer = { ...google, groups: ['google-employees', 'developers'] };
    expect(policy.tenantsOf(developer)).toEqual(['github', 'google']);
    expect(describeDecision(policy.decide(developer, 'github_search_code'))).toBe(
      'tenant "github", tool "search_code": allowed: allowed_users has "*" and allowed_groups has "developers"',
    );
  });

  test('an administrator sees all', () => {
    expect(policy.tenantsOf(admin)).toEqual(['github', 'google', 'microsoft']);
    expect(policy.decide(admin, 'microsoft_read_file').kind).toBe(AccessKind.ALLOWED);
  });

  test("the seed's own text, without shares_endpoint, is refused for that and nothing else", () => {
    const text = SEED_JSON.replaceAll(/,\s*"shares_endpoint": true/g, '');
    const loaded = loadTenants([{ name: 'tenants.json', text }]);
    expect(loaded.tenants).toEqual([]);
    expect(loaded.errors.map((error) => error.slice(0, 60))).toEqual([
      expect.stringContaining('tenant "google": it shares mcp_endpoint'),
      expect.stringContaining('tenant "microsoft": it shares mcp_endpoint'),
    ]);
  });
});
