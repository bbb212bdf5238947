import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../runtime/test/kubernetes-folder';
import { StartedProgram } from '../../../runtime/test/started-program';
import { builtGateway, GatewayProcess, tenantsFile, type User, userToken } from '../fixtures/gateway-process';
import { MountedFolder } from '../fixtures/mounted-folder';

const TENANT = { tenant_id: 'google', mcp_endpoint: 'http://127.0.0.1:9/mcp' };

describe('the running gateway', () => {
  const keys = new MountedFolder(mkdtempSync(join(tmpdir(), 'keys-')), { KEY: 'key-1\n', JWT: 'jwt-1\n' });
  let gateway: GatewayProcess;

  beforeAll(async () => {
    const variables = {
      MCP_PROXY_API_KEY: '',
      FORWARD_USER_INFO_HEADER_JWT_SECRET: '',
      MCP_PROXY_API_KEY_FILE: join(keys.path, 'KEY'),
      MCP_PROXY_API_KEY_PREVIOUS_FILE: join(keys.path, 'PREVIOUS'),
      FORWARD_USER_INFO_HEADER_JWT_SECRET_FILE: join(keys.path, 'JWT'),
      FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS_FILE: join(keys.path, 'JWT_PREVIOUS'),
      ADMIN_ROLES: 'owner',
    };
    gateway = await GatewayProcess.start({ tenants: [TENANT], variables });
  });
  afterAll(() => gateway.stop());

  const tenantsOf = (user: User, key: string, secret: string) => {
    const headers = { authorization: `Bearer ${key}`, 'x-openwebui-user-jwt': userToken(user, {}, secret) };
    return fetch(`${gateway.url}/tenants`, { headers });
  };
  const statusOf = async (key: string, secret: string) => {
    const response = await tenantsOf({ email: 'alice@example.com' }, key, secret);
    await response.arrayBuffer();
    return response.status;
  };
  const becomes = async (read: () => Promise<unknown>, wanted: unknown) => {
    while ((await read()) !== wanted) await new Promise((again) => setTimeout(again, 20));
  };

  it.each([
    ['owner', ['google']],
    ['admin', []],
  ])('shows the role %s, of ADMIN_ROLES or not, the tenants %j beside those of its address', async (role, ids) => {
    const response = await tenantsOf({ email: 'root@elsewhere.com', role }, 'key-1', 'jwt-1');
    const { tenants } = (await response.json()) as { tenants: { tenant_id: string }[] };
    expect(tenants.map(({ tenant_id }) => tenant_id)).toEqual(ids);
  });

  it('takes new keys from a swapped Secret, one generation after the other, without a restart', async () => {
    expect(await statusOf('key-1', 'jwt-1')).toBe(200);
    expect(await statusOf('key-2', 'jwt-1')).toBe(401);
    keys.replace({ KEY: 'key-2\n', PREVIOUS: 'key-1\n', JWT: 'jwt-1\n' });
    await becomes(() => statusOf('key-2', 'jwt-1'), 200);
    expect(await statusOf('key-1', 'jwt-1')).toBe(200);
    keys.replace({ KEY: 'key-2\n', JWT: 'jwt-2\n', JWT_PREVIOUS: 'jwt-1\n' });
    await becomes(() => statusOf('key-2', 'jwt-2'), 200);
    await becomes(() => statusOf('key-1', 'jwt-2'), 401);
    expect(await statusOf('key-2', 'jwt-1')).toBe(200);
    keys.replace({ KEY: 'key-2\n', JWT: 'jwt-2\n' });
    await becomes(() => statusOf('key-2', 'jwt-1'), 401);
    expect(await statusOf('key-2', 'jwt-2')).toBe(200);
  });

  it('keeps the last good tenants when broken ones are pushed, and says so in /health and /metrics', async () => {
    const health = async () => (await fetch(`${gateway.url}/health`)).text();
    const metrics = async () => (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    const refused = async () => /^mcp_proxy_configuration_refused (\d)/m.exec(await metrics())?.[1];
    expect(await refused()).toBe('0');
    gateway.config.replace({ 'tenants.json': '{"google": {' });
    await becomes(refused, '1');
    expect(await health()).toMatch(/"configuration":"refused"/);
    expect(await statusOf('key-2', 'jwt-2')).toBe(200);
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);
    gateway.config.replace({
      'tenants.json': tenantsFile([TENANT, { ...TENANT, tenant_id: 'm', mcp_endpoint: 'http://127.0.0.1:8/mcp' }]),
    });
    await becomes(refused, '0');
    expect(await metrics()).toMatch(/^mcp_proxy_configuration_generation 2$/m);
    expect(await metrics()).toMatch(/^mcp_proxy_configuration_tenants 2$/m);
    await until(() => gateway.log.includes('new tenants refused'));
  });
});

describe('the gateway does not start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  const broken = join(folder, 'tenants.json');
  writeFileSync(broken, '{"a": {"tenant_id": "b"}, "google": {"tenant_id": "google", "enabled": 1}}');
  const start = (env: { [name: string]: string }) =>
    new StartedProgram(builtGateway(), [], { PORT: '0', METRICS_PORT: '0', TENANT_CONFIG_PATH: broken, ...env }).ended;

  it('with tenants that have faults: each is a line of stderr, and the exit code is 78', async () => {
    const { code, stderr } = await start({ MCP_PROXY_API_KEY: 'key' });
    expect(code).toBe(78);
    const lines = stderr.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.every((line) => line.startsWith('mcp-proxy: '))).toBe(true);
    expect(stderr).toContain('"google"');
  });

  it.each([
    ['MCP_PROXY_API_KEY is not set', {}],
    [
      'TRUST_PLAIN_USER_HEADERS',
      { TRUST_PLAIN_USER_HEADERS: 'true', FORWARD_USER_INFO_HEADER_JWT_SECRET: 's', MCP_PROXY_API_KEY: 'key' },
    ],
    ['OIDC_AUDIENCE is not set', { OIDC_ISSUER: 'https://login.example', MCP_PROXY_API_KEY: 'key' }],
  ])('where %s', async (fault, env) => {
    const { code, stderr } = await start(env as { [name: string]: string });
    expect([code, stderr.trim().split('\n').length]).toEqual([78, 1]);
    expect(stderr).toContain(fault);
  });
});
