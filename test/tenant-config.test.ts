import { Chart, Testing } from 'cdk8s';
import { SecretSource } from '../constructs/platform/secret-source';
import { Secrets } from '../constructs/platform/secrets';
import { TenantConfig, type TenantConfigProps } from '../constructs/tenant-config';
import { loadTenants, type Tenant } from '../constructs/tenants';

const GOOGLE: Tenant = {
  tenantId: 'google',
  displayName: 'Google',
  mcpEndpoint: 'http://mcp-filesystem:8001',
  allowedUsers: ['*@google.com'],
  allowedGroups: ['google-employees'],
};
const GITHUB: Tenant = {
  tenantId: 'github',
  displayName: 'GitHub',
  mcpEndpoint: 'http://mcp-github:8002',
  allowedUsers: ['*'],
  allowedGroups: ['developers'],
  credential: { key: 'GITHUB_TOKEN' },
};

interface ConfigMap {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: { readonly [file: string]: string };
}

function configure(props: TenantConfigProps) {
  const chart = new Chart(Testing.app(), 'workspace', { namespace: 'open-webui' });
  new Secrets(chart, 'secrets').attach(chart);
  const config = new TenantConfig(chart, 'tenants', props);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests: ConfigMap[] = errors.length > 0 ? [] : Testing.synth(chart);
  const configMaps = manifests.filter(({ kind }) => kind === 'ConfigMap');
  return { chart, config, configMaps, errors };
}

function manyTenants(count: number): Tenant[] {
  return Array.from({ length: count }, (_, index) => ({
    tenantId: `tenant-${index}`,
    displayName: `Tenant ${index}`,
    mcpEndpoint: `http://mcp-${index}:8000`,
    allowedGroups: [`group-${index}`],
    credential: { key: `TOKEN_${index % 100}` },
  }));
}

test('the tenants as a ConfigMap', () => {
  const { configMaps, errors } = configure({ tenants: [GOOGLE, GITHUB] });
  expect(errors).toEqual([]);
  expect(configMaps).toMatchSnapshot();
});

test('the gateway reads back what was given, without an error', () => {
  const { configMaps } = configure({ tenants: [GOOGLE, GITHUB] });
  const files = configMaps.flatMap(({ data }) => Object.entries(data).map(([name, text]) => ({ name, text })));
  const { tenants, errors } = loadTenants(files);
  expect(errors).toEqual([]);
  expect(tenants.map(({ tenantId }) => tenantId)).toEqual(['github', 'google']);
});

test('the order of the tenants does not show, so that a diff shows what changed', () => {
  expect(configure({ tenants: [GOOGLE, GITHUB] }).configMaps).toEqual(
    configure({ tenants: [GITHUB, GOOGLE] }).configMaps,
  );
});

describe('many tenants', () => {
  const { config, configMaps, errors } = configure({ tenants: manyTenants(10_000) });

  test('are split over ConfigMaps that kubectl apply takes: its annotations hold 262,144 bytes', () => {
    expect(errors).toEqual([]);
    expect(configMaps.length).toBeGreaterThan(1);
    for (const configMap of configMaps) {
      const annotation = JSON.stringify(configMap);
      expect(Buffer.byteLength(annotation)).toBeLessThan(262_144);
    }
  });

  test('are all there, once', () => {
    const files = configMaps.flatMap(({ data }) => Object.entries(data).map(([name, text]) => ({ name, text })));
    const { tenants } = loadTenants(files);
    expect(tenants).toHaveLength(10_000);
    expect(new Set(files.map(({ name }) => name)).size).toBe(configMaps.length);
    expect(config.configMapNames).toEqual(configMaps.map(({ metadata }) => metadata.name));
  });

  test('one more changes one ConfigMap and renames none', () => {
    const more = configure({ tenants: [...manyTenants(10_000), { ...GOOGLE, mcpEndpoint: 'http://one-more:8001' }] });
    const before = new Map(configMaps.map((configMap) => [configMap.metadata.name, JSON.stringify(configMap)]));
    const changed = more.configMaps.filter((now) => before.get(now.metadata.name) !== JSON.stringify(now));
    expect(more.config.configMapNames).toEqual(config.configMapNames);
    expect(changed).toHaveLength(1);
  });

  test('cost no more each than a few: counted in reads of tenants', () => {
    const reads = (count: number): number => {
      let total = 0;
      const counted = (tenant: Tenant) =>
        new Proxy(tenant, {
          get: (target, key) => {
            total += 1;
            return Reflect.get(target, key);
          },
        });
      configure({ tenants: manyTenants(count).map(counted) });
      return total;
    };
    expect(reads(4_000) / reads(1_000)).toBeLessThan(5);
  });
});

describe('credentials', () => {
  test('are keys of one Secret, sorted, with their users as the purpose', () => {
    const { chart, config } = configure({
      tenants: [GOOGLE, GITHUB],
      credentialKeys: ['MICROSOFT_JIRA_API_KEY', 'GITHUB_TOKEN'],
    });
    const [secret] = Secrets.of(chart).all;
    expect(secret.secretName).toBe('mcp-tenant-credentials');
    expect(secret.keys.map(({ key, purpose }) => [key, purpose])).toEqual([
      ['GITHUB_TOKEN', 'credential of tenant github'],
      ['MICROSOFT_JIRA_API_KEY', 'credential of tenants to come'],
    ]);
    expect(config.credentials).toEqual(secret.keys);
  });

  test('reach the secret store', () => {
    const chart = new Chart(Testing.app(), 'workspace');
    new Secrets(chart, 'secrets', { source: SecretSource.externalStore({ name: 'vault' }) }).attach(chart);
    new TenantConfig(chart, 'tenants', { tenants: [GITHUB] });
    const external = Testing.synth(chart).find(({ kind }) => kind === 'ExternalSecret');
    expect(external.spec.data).toEqual([
      { secretKey: 'GITHUB_TOKEN', remoteRef: { key: 'mcp-tenant-credentials', property: 'GITHUB_TOKEN' } },
    ]);
  });

  test('without any, no Secret is asked for', () => {
    const { chart } = configure({ tenants: [GOOGLE] });
    expect(Secrets.of(chart).all).toEqual([]);
  });

  test('that are no keys of the Secret are refused, each tenant by name', () => {
    const { errors } = configure({ tenants: [GITHUB, GOOGLE], credentialKeys: ['GOOGLE_JIRA_API_KEY'] });
    expect(errors).toEqual([
      'mcp-proxy-config: tenant "github": the Secret mcp-tenant-credentials has no key "GITHUB_TOKEN": write one of GOOGLE_JIRA_API_KEY, or add it to credentialKeys',
    ]);
  });
});

describe('refused at synth', () => {
  test('every broken rule of every tenant at once', () => {
    const { errors } = configure({
      tenants: [
        { ...GOOGLE, allowedUsers: ['*@*'] },
        { ...GITHUB, mcpEndpoint: undefined },
        { ...GITHUB, tenantId: 'Microsoft' },
      ],
    });
    expect(errors).toEqual([
      expect.stringMatching(/^mcp-proxy-config: tenant "google": .*\*@\*/),
      expect.stringMatching(/^mcp-proxy-config: tenant "github": mcpEndpoint is missing/),
      expect.stringMatching(/^mcp-proxy-config: tenant "Microsoft": tenantId/),
    ]);
  });

  test('one tenant that no ConfigMap can hold', () => {
    const { errors } = configure({ tenants: [GOOGLE], maxBytes: 100 });
    expect(errors).toEqual([expect.stringMatching(/^mcp-proxy-config: tenant "google": its entry needs \d+ bytes/)]);
  });

  test.each<[Partial<TenantConfigProps>, RegExp]>([
    [{ tenants: [] }, /there are no tenants/],
    [{ maxBytes: 2_000_000 }, /maxBytes is 2000000/],
    [{ maxBytes: 0.5 }, /maxBytes is 0.5/],
  ])('%j', (change, message) => {
    const { errors } = configure({ tenants: [GOOGLE], ...change });
    expect(errors).toEqual([expect.stringMatching(message)]);
  });
});

test('sharing a server knowingly is a warning, not an error', () => {
  const shared = [GOOGLE, { ...GOOGLE, tenantId: 'microsoft' }].map((tenant) => ({ ...tenant, sharesEndpoint: true }));
  const { config, errors } = configure({ tenants: shared });
  expect(errors).toEqual([]);
  expect(config.warnings).toHaveLength(2);
  expect(config.warnings[0]).toMatch(/^mcp-proxy-config: tenant "google": it shares/);
});

test('every prop given reaches the output', () => {
  const { config, configMaps } = configure({
    tenants: [GITHUB],
    name: 'gateway-tenants',
    credentialsSecretName: 'upstream-keys',
    credentialKeys: ['GITHUB_TOKEN', 'JIRA_TOKEN'],
    maxBytes: 1000,
  });
  expect(configMaps.map(({ metadata }) => metadata.name)).toEqual(['gateway-tenants']);
  expect(config.credentials.map(({ secretName, key }) => `${secretName}/${key}`)).toEqual([
    'upstream-keys/GITHUB_TOKEN',
    'upstream-keys/JIRA_TOKEN',
  ]);
  const split = configure({ tenants: manyTenants(20), name: 'gateway-tenants', maxBytes: 1000 });
  expect(split.configMaps.length).toBeGreaterThan(5);
  for (const { data, metadata } of split.configMaps) {
    expect(metadata.name).toMatch(/^gateway-tenants-[01]+$/);
    expect(Buffer.byteLength(Object.values(data)[0])).toBeLessThanOrEqual(1000);
  }
});
