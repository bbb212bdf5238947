import { loadTenants, renderTenants } from '../../constructs/tenants';
import { GITHUB, GOOGLE, MICROSOFT } from './seed-tenants';

const file = (name: string, ...tenants: Parameters<typeof renderTenants>[0]) => ({
  name,
  text: renderTenants(tenants),
});

describe('tenants loaded from files', () => {
  test('are those of all files together: two that share a server are seen across files', () => {
    const loaded = loadTenants([file('tenants-0.json', GOOGLE), file('tenants-1.json', GITHUB, MICROSOFT)]);
    expect(loaded.errors).toEqual([]);
    expect(loaded.tenants.map(({ tenantId }) => tenantId)).toEqual(['google', 'github', 'microsoft']);
    expect(loaded.warnings).toHaveLength(2);
  });

  test('are none when one is wrong, with every fault of every file', () => {
    const broken = { name: 'tenants-1.json', text: '{"a": {"tenant_id": "a", "display_name": "A", "enable": true}, }' };
    const loaded = loadTenants([file('tenants-0.json', { ...GITHUB, allowedUsers: ['*@*'] }), broken]);
    expect(loaded.tenants).toEqual([]);
    expect(loaded.errors).toEqual([
      'tenants-1.json: line 1, column 64: } stands where a key in double quotes must stand',
      expect.stringMatching(/^tenant "github": allowed_users entry "\*@\*" admits every domain/),
    ]);
  });

  test('are in one file each', () => {
    const loaded = loadTenants([file('tenants-0.json', GITHUB), file('tenants-1.json', GITHUB)]);
    expect(loaded.errors).toEqual(['tenants-1.json: tenant "github" is also in tenants-0.json: keep it in one file']);
    expect(loaded.tenants).toEqual([]);
  });

  test('must say where their server is, in the words of the file', () => {
    const { mcpEndpoint, ...homeless } = GITHUB;
    expect(loadTenants([file('tenants.json', homeless)]).errors).toEqual([
      'tenant "github": mcp_endpoint is missing: write the URL of its MCP server, as in http://mcp-github:8002',
    ]);
    expect(mcpEndpoint).toBeDefined();
  });
});
