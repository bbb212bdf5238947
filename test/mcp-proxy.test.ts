import { Chart, Testing } from 'cdk8s';
import { McpProxy, McpProxyLogLevel, type McpProxyProps } from '../constructs/mcp-proxy';
import { McpServer } from '../constructs/mcp-server';
import { OpenWebUiRelease } from '../constructs/open-webui-release';
import { EgressBackend, Platform } from '../constructs/platform/platform';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey, Secrets } from '../constructs/platform/secrets';
import { Redis } from '../constructs/redis';
import { TenantConfig, type TenantConfigProps } from '../constructs/tenant-config';
import type { Tenant } from '../constructs/tenants';

/** The first seed's tenants, with what it lacks: the shared server is said, and GitHub's token has a name. */
const SEED: Tenant[] = [
  {
    tenantId: 'google',
    displayName: 'Google',
    mcpEndpoint: 'http://mcp-filesystem:8001',
    allowedUsers: ['*@google.com'],
    allowedGroups: ['google-employees'],
    sharesEndpoint: true,
  },
  {
    tenantId: 'microsoft',
    displayName: 'Microsoft',
    mcpEndpoint: 'http://mcp-filesystem:8001',
    allowedUsers: ['*@microsoft.com'],
    allowedGroups: ['microsoft-employees'],
    sharesEndpoint: true,
  },
  {
    tenantId: 'github',
    displayName: 'GitHub',
    mcpEndpoint: 'http://mcp-github:8002',
    allowedUsers: ['*'],
    allowedGroups: ['developers'],
    credential: { key: 'GITHUB_TOKEN' },
  },
];
const SEED_KEYS = ['GOOGLE_JIRA_API_KEY', 'MICROSOFT_JIRA_API_KEY', 'GITHUB_TOKEN'];

function tenant(mcpEndpoint: string, more: Partial<Tenant> = {}): Tenant {
  return { tenantId: 'search', displayName: 'Search', mcpEndpoint, allowedGroups: ['everybody'], ...more };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
  readonly spec: any;
}

interface Setup {
  readonly tenants?: Tenant[];
  readonly config?: Partial<TenantConfigProps>;
  readonly props?: Partial<McpProxyProps>;
  readonly egress?: EgressBackend;
  readonly prepare?: (proxy: McpProxy, chart: Chart) => void;
}

function render({ tenants = [tenant('https://search.company.com/mcp')], config, props, egress, prepare }: Setup = {}) {
  const chart = new Chart(Testing.app(), 'workspace', { namespace: 'open-webui' });
  Platform.kubernetes({ egress }).attach(chart);
  new Secrets(chart, 'secrets').attach(chart);
  const proxy = new McpProxy(chart, 'mcp-proxy', {
    tenants: new TenantConfig(chart, 'tenants', { tenants, ...config }),
    ...props,
  });
  prepare?.(proxy, chart);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests: Manifest[] = errors.length > 0 ? [] : Testing.synth(chart);
  const find = (kind: string, name = proxy.name) =>
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  const deployment = find('Deployment')?.spec;
  const pod = deployment?.template.spec;
  const container = pod?.containers[0];
  const env: Record<string, string> = Object.fromEntries(
    (container?.env ?? []).map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  return { chart, proxy, errors, manifests, find, deployment, pod, container, env };
}

function seed(more: Setup = {}) {
  return render({
    tenants: SEED,
    config: { credentialKeys: SEED_KEYS },
    ...more,
    prepare: (proxy, chart) => {
      proxy.useServer(McpServer.filesystem(chart, 'mcp-filesystem'));
      proxy.useServer(McpServer.github(chart, 'mcp-github'));
      more.prepare?.(proxy, chart);
    },
  });
}

const volumeNamed = (pod: Manifest['spec'], name: string) =>
  pod.volumes.find((volume: { name: string }) => volume.name === name);

describe('the gateway of the first seed', () => {
  const { manifests, errors, find, pod, container, deployment, env } = seed();

  test('as manifests', () => {
    expect(errors).toEqual([]);
    expect(manifests.filter(({ metadata }) => /^mcp-proxy/.test(metadata.name))).toMatchSnapshot();
  });

  test("has the seed's figures", () => {
    expect(deployment.replicas).toBe(2);
    expect(container.resources).toMatchObject({
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { cpu: '500m', memory: '512Mi' },
    });
    expect(find('Service')?.spec.ports).toEqual([{ name: 'http', port: 8000, protocol: 'TCP', targetPort: 8000 }]);
    expect(find('PodDisruptionBudget')).toBeDefined();
  });

  test('finds tenants and credentials where the image looks for them', () => {
    expect(env).toMatchObject({ TENANT_CONFIG_PATH: '/config/tenants.json', SECRETS_PATH: '/secrets' });
    expect(container.volumeMounts).toEqual(
      expect.arrayContaining([
        { name: 'tenants', mountPath: '/config', readOnly: true },
        { name: 'credentials', mountPath: '/secrets', readOnly: true },
      ]),
    );
    expect(volumeNamed(pod, 'tenants').configMap).toEqual({ name: 'mcp-proxy-config' });
  });

  test('gets the listed keys of the credentials and no other', () => {
    const { secret } = volumeNamed(pod, 'credentials');
    expect(secret.secretName).toBe('mcp-tenant-credentials');
    expect(secret.items.map(({ key, path }: { key: string; path: string }) => [key, path])).toEqual([
      ['GITHUB_TOKEN', 'GITHUB_TOKEN'],
      ['GOOGLE_JIRA_API_KEY', 'GOOGLE_JIRA_API_KEY'],
      ['MICROSOFT_JIRA_API_KEY', 'MICROSOFT_JIRA_API_KEY'],
    ]);
  });

  test("starts although one tenant's credential is missing: the others must not suffer", () => {
    expect(volumeNamed(pod, 'credentials').secret.optional).toBe(true);
  });

  test('takes its keys from files and holds no secret in its environment', () => {
    for (const { name, value, valueFrom } of container.env) {
      expect({ name, value, valueFrom }).toEqual({ name, value: expect.any(String), valueFrom: undefined });
    }
    const { sources } = volumeNamed(pod, 'keys').projected;
    for (const [variable, optional] of [
      ['MCP_PROXY_API_KEY', undefined],
      ['MCP_PROXY_API_KEY_PREVIOUS', true],
      ['FORWARD_USER_INFO_HEADER_JWT_SECRET', undefined],
    ]) {
      expect(env[`${variable}_FILE`]).toBe(`/run/secrets/mcp-proxy/${variable}`);
      const items = [{ key: variable, path: variable }];
      expect(sources).toContainEqual({ secret: { name: 'mcp-proxy-secrets', items, optional } });
    }
  });

  test("never gets Open WebUI's own key, with which it could forge sessions", () => {
    expect(JSON.stringify(manifests)).not.toContain('WEBUI_SECRET_KEY');
  });

  test('mounts whole folders, in which the kubelet swaps changed files', () => {
    expect(container.volumeMounts.filter(({ subPath }: { subPath?: string }) => subPath)).toEqual([]);
  });

  test('is not restarted when tenants change: it reads them again', () => {
    const changed = seed({ tenants: SEED.map((each) => ({ ...each, displayName: `${each.displayName} Inc.` })) });
    expect(changed.deployment.template).toEqual(deployment.template);
    expect(changed.find('ConfigMap', 'mcp-proxy-config')).not.toEqual(find('ConfigMap', 'mcp-proxy-config'));
  });

  test('is checked alive without its upstreams, and ready by itself', () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: '/health', port: 8000 });
    expect(container.startupProbe.httpGet).toEqual({ path: '/health', port: 8000 });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 8000 });
  });

  test('has more time to end than it takes to drain', () => {
    const pause = container.lifecycle.preStop.sleep.seconds;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(pause + Number(env.SHUTDOWN_GRACE_SECONDS));
  });

  test('answers to every name that a pod of the cluster may call it by', () => {
    expect(env.ALLOWED_HOSTS.split(',')).toEqual([
      'mcp-proxy',
      'mcp-proxy.open-webui',
      'mcp-proxy.open-webui.svc',
      'mcp-proxy.open-webui.svc.cluster.local',
    ]);
  });

  test('shows metrics to the monitoring, on a port that the Service does not have', () => {
    const ingress = find('NetworkPolicy')?.spec.ingress;
    expect(ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        ports: [{ port: 9090, protocol: 'TCP' }],
      },
    ]);
  });
});

describe('what it may reach', () => {
  const podOf = (name: string) => ({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'mcp-server', 'app.kubernetes.io/instance': name } },
  });
  const egressOf = ({ find }: ReturnType<typeof render>) =>
    (find('NetworkPolicy')?.spec.egress ?? []).filter(
      ({ ports }: { ports: { port: number }[] }) => !ports.some(({ port }) => port === 53),
    );

  test('the servers of its tenants, and they let in nobody else', () => {
    const setup = seed();
    expect(egressOf(setup)).toEqual([
      { to: [podOf('mcp-filesystem')], ports: [{ port: 8001, protocol: 'TCP' }] },
      { to: [podOf('mcp-github')], ports: [{ port: 8002, protocol: 'TCP' }] },
    ]);
    const gateway = { podSelector: { matchLabels: setup.deployment.selector.matchLabels } };
    expect(setup.find('NetworkPolicy', 'mcp-github')?.spec.ingress).toEqual([
      { from: [gateway], ports: [{ port: 8002, protocol: 'TCP' }] },
    ]);
  });

  test('a host outside on its own port', () => {
    const { proxy } = render({ tenants: [tenant('https://search.company.com:8443/mcp')] });
    expect(proxy._outbound.map(({ to }) => to)).toEqual([{ host: 'search.company.com', port: 8443, cidrs: undefined }]);
  });

  test('a private host by its addresses', () => {
    const setup = render({
      tenants: [tenant('http://search.corp.company.com/mcp', { credential: { key: 'SEARCH' } })],
      props: { endpointCidrs: { 'search.corp.company.com': ['10.20.0.0/24'] } },
    });
    expect(setup.errors).toEqual([]);
    expect(egressOf(setup)).toEqual([
      { to: [{ ipBlock: { cidr: '10.20.0.0/24' } }], ports: [{ port: 80, protocol: 'TCP' }] },
    ]);
  });

  test('a private address itself', () => {
    expect(egressOf(render({ tenants: [tenant('http://10.20.0.7:9000/mcp')] }))).toEqual([
      { to: [{ ipBlock: { cidr: '10.20.0.7/32' } }], ports: [{ port: 9000, protocol: 'TCP' }] },
    ]);
  });

  test('pods of another namespace, once for all tenants', () => {
    const tenants = ['a', 'b'].map((tenantId) =>
      tenant(`http://${tenantId}.tools.svc.cluster.local:9000`, { tenantId }),
    );
    expect(egressOf(render({ tenants }))).toEqual([
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'tools' } } }],
        ports: [{ port: 9000, protocol: 'TCP' }],
      },
    ]);
  });

  test('a server of its own namespace by its full name too', () => {
    const tenants = [tenant('http://mcp-filesystem.open-webui.svc.cluster.local:8001')];
    const setup = render({
      tenants,
      prepare: (proxy, chart) => proxy.useServer(McpServer.filesystem(chart, 'files')),
    });
    expect(egressOf(setup)).toEqual([{ to: [podOf('mcp-filesystem')], ports: [{ port: 8001, protocol: 'TCP' }] }]);
  });

  test('nothing of a disabled tenant', () => {
    const setup = render({
      tenants: [tenant('https://search.company.com/mcp', { enabled: false })],
    });
    expect(setup.errors).toEqual([]);
    expect(setup.find('NetworkPolicy')?.spec).not.toHaveProperty('egress');
  });

  test('by name where the platform can', () => {
    const { find } = render({ egress: EgressBackend.CILIUM });
    const { egress } = find('CiliumNetworkPolicy', 'mcp-proxy-hosts')?.spec ?? {};
    expect(egress[1].toFQDNs).toEqual([{ matchName: 'search.company.com' }]);
  });

  test('the issuer of access tokens, for its keys', () => {
    const { proxy } = render({ props: { oidcIssuer: 'https://login.company.com/realms/a', oidcAudience: 'mcp' } });
    expect(proxy._outbound.map(({ to }) => to.host)).toEqual(['search.company.com', 'login.company.com']);
  });
});

describe('many tenants', () => {
  const tenants = Array.from({ length: 40 }, (_, index) =>
    tenant(`https://host-${index}.company.com/mcp`, { tenantId: `tenant-${index}` }),
  );

  test('in several ConfigMaps are one folder', () => {
    const { pod, env, manifests } = render({ tenants, config: { maxBytes: 2000 } });
    const names = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(names.length).toBeGreaterThan(2);
    expect(env.TENANT_CONFIG_PATH).toBe('/config');
    const { sources } = volumeNamed(pod, 'tenants').projected;
    expect(sources.map(({ configMap }: { configMap: { name: string } }) => configMap.name)).toEqual(names);
  });
});

describe('as a tool server of Open WebUI', () => {
  test('says what the connection needs', () => {
    const { proxy } = render();
    expect(proxy.mcpUrl).toBe('http://mcp-proxy:8000/mcp');
    expect(proxy.toolServerId).toBe('mcp');
    expect(proxy.title).toBe('MCP Proxy Gateway');
    expect(proxy.groupsHeader).toBe('X-OpenWebUI-User-Groups');
    expect(proxy.apiKey.form).toEqual(SecretForm.token());
    expect(proxy.apiKey.key).toBe('MCP_PROXY_API_KEY');
    expect(proxy.jwtSecret.key).toBe('FORWARD_USER_INFO_HEADER_JWT_SECRET');
  });

  test('tells an Open WebUI that exists already what a release is told', () => {
    const { proxy, find } = render({
      prepare: (gateway, chart) => new OpenWebUiRelease(chart, 'release').useTools(gateway),
    });
    expect(find('Deployment', 'release')?.spec.template.spec.containers[0].env).toContainEqual({
      name: 'TOOL_SERVER_CONNECTIONS',
      value: proxy.toolServerConnection,
    });
    expect(JSON.parse(proxy.toolServerConnection)).toMatchObject([
      { url: proxy.mcpUrl, key: '$(MCP_PROXY_API_KEY)', headers: { [proxy.groupsHeader]: '{{USER_GROUPS}}' } },
    ]);
  });

  test('lets it in when it is said which pods they are', () => {
    const namespaceLabels = { 'kubernetes.io/metadata.name': 'open-webui' };
    const podLabels = { app: 'open-webui' };
    const { find } = render({
      prepare: (gateway) => gateway.allowFrom({ namespaceLabels, podLabels }, 'Open WebUI', 'http', 'tools'),
    });
    expect(find('NetworkPolicy')?.spec.ingress).toContainEqual({
      from: [{ namespaceSelector: { matchLabels: namespaceLabels }, podSelector: { matchLabels: podLabels } }],
      ports: [{ port: 8000, protocol: 'TCP' }],
    });
  });

  test('lets in the programs that declare it', () => {
    const { find } = render({
      prepare: (proxy, scope) => proxy.allowClient(new McpServer(scope, 'client', { port: 1, image: 'client:1' })),
    });
    expect(find('NetworkPolicy')?.spec.ingress).toContainEqual({
      from: [
        {
          podSelector: {
            matchLabels: { 'app.kubernetes.io/name': 'mcp-server', 'app.kubernetes.io/instance': 'client' },
          },
        },
      ],
      ports: [{ port: 8000, protocol: 'TCP' }],
    });
  });
});

describe('rate limits', () => {
  const tenants = [tenant('https://search.company.com/mcp', { rateLimit: { perUserPerMinute: 60 } })];

  test('are counted for all replicas together', () => {
    const { errors, container, proxy } = render({
      tenants,
      prepare: (gateway, chart) => gateway.useRedis(new Redis(chart, 'redis'), 3),
    });
    expect(errors).toEqual([]);
    const names = container.env.map(({ name }: { name: string }) => name);
    expect(names.indexOf('REDIS_PASSWORD')).toBeLessThan(names.indexOf('REDIS_URL'));
    expect(container.env).toContainEqual({ name: 'REDIS_URL', value: 'redis://:$(REDIS_PASSWORD)@redis:6379/3' });
    expect(proxy._links.map(({ to }) => to.name)).toEqual(['redis']);
  });

  test('are counted in one Redis', () => {
    const twice: Setup['prepare'] = (gateway, chart) => {
      gateway.useRedis(new Redis(chart, 'redis'));
      gateway.useRedis(new Redis(chart, 'second'));
    };
    expect(() => render({ tenants, prepare: twice })).toThrow(
      'mcp-proxy: useRedis was called before, and calls are counted in one place: call it once',
    );
  });

  test('need a Redis from two replicas on, and of enabled tenants only', () => {
    expect(render({ tenants }).errors).toEqual([
      expect.stringMatching(/^mcp-proxy: 2 replicas would each count calls for themselves.*call useRedis/),
    ]);
    expect(render({ tenants, props: { replicas: 1 } }).errors).toEqual([]);
    expect(render({ tenants: tenants.map((each) => ({ ...each, enabled: false })) }).errors).toEqual([]);
  });
});

describe('refused at synth', () => {
  const calls = (url: string, more: Partial<Tenant> = {}) => ({ tenants: [tenant(url, more)] });
  const withFiles: Setup['prepare'] = (proxy, chart) => proxy.useServer(McpServer.filesystem(chart, 'files'));
  const withGitHub: Setup['prepare'] = (proxy, chart) => proxy.useServer(McpServer.github(chart, 'github'));

  test.each<[string, Setup, RegExp]>([
    [
      'a server that nobody declared',
      calls('http://mcp-search:8000/mcp'),
      /tenant "search" calls mcp-search, and no server/,
    ],
    [
      'the wrong port of a server',
      { ...calls('http://mcp-filesystem:8002'), prepare: withFiles },
      /calls http:\/\/mcp-filesystem:8002, but mcp-filesystem listens at http:\/\/mcp-filesystem:8001/,
    ],
    [
      'the wrong path of a server',
      { ...calls('http://mcp-filesystem:8001/mcp'), prepare: withFiles },
      /listens at http:\/\/mcp-filesystem:8001: write that/,
    ],
    [
      'no credential for a server that takes it from each call',
      { ...calls('http://mcp-github:8002'), prepare: withGitHub },
      /tenant "search" has no credential, and mcp-github refuses/,
    ],
    [
      'the metadata of the cloud',
      calls('http://169.254.169.254/latest'),
      /169.254.169.254, which is not one of a private/,
    ],
    ['itself', calls('http://127.0.0.1:9090/metrics'), /127.0.0.1, which is not one of a private network/],
    ['a public address', calls('https://203.0.113.7/mcp'), /203.0.113.7, which is not one of a private network/],
    [
      'a credential in clear text',
      calls('http://search.company.com/mcp', { credential: { key: 'SEARCH' } }),
      /would send its credential to search.company.com in clear text/,
    ],
    ['a grace period shorter than the drain', { props: { terminationGracePeriodSeconds: 30 } }, /write more than 30/],
    [
      "Open WebUI's own key as the signing secret",
      { props: { jwtSecret: new SecretKey('open-webui-secrets', 'WEBUI_SECRET_KEY', SecretForm.hex(32), 'sessions') } },
      /could forge the session of any user/,
    ],
    ['no time to drain', { props: { shutdownGraceSeconds: 0 } }, /shutdownGraceSeconds is 0/],
    ['an audience without an issuer', { props: { oidcAudience: 'mcp' } }, /oidcAudience means nothing/],
    ['an issuer without an audience', { props: { oidcIssuer: 'https://login.company.com' } }, /write oidcAudience/],
    [
      'an issuer that is no https URL',
      { props: { oidcIssuer: 'http://login.company.com', oidcAudience: 'mcp' } },
      /oidcIssuer "http:\/\/login.company.com" is not an https URL/,
    ],
    [
      'a public URL that is none',
      { props: { publicUrl: 'tools.company.com' } },
      /publicUrl "tools.company.com" is not/,
    ],
    ['an allowed host with a port', { props: { allowedHosts: ['tools:8000'] } }, /allowedHosts has "tools:8000"/],
    ['pins that are no JSON', { props: { toolPins: '{' } }, /toolPins is not JSON/],
    [
      'addresses of a host that nobody calls',
      { props: { endpointCidrs: { 'serach.company.com': ['10.0.0.0/8'] } } },
      /endpointCidrs has addresses for serach.company.com/,
    ],
  ])('%s', (_, setup, message) => {
    const { errors } = render(setup);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(errors[0]).toMatch(/^mcp-proxy: /);
  });

  test('broken tenants are reported, and the gateway adds no noise', () => {
    const endpointCidrs = { 'search.company.com': ['10.0.0.0/8'] };
    const { errors } = render({ tenants: [tenant('not a URL')], props: { endpointCidrs } });
    expect(errors).toEqual([expect.stringMatching(/^mcp-proxy-config: tenant "search": mcpEndpoint "not a URL"/)]);
  });

  test('all tenants with a problem at once', () => {
    const tenants = ['a', 'b', 'c'].map((tenantId) => tenant(`http://mcp-${tenantId}:8000`, { tenantId }));
    expect(render({ tenants }).errors).toHaveLength(3);
  });
});

test('no props are refused in words', () => {
  const chart = new Chart(Testing.app(), 'workspace');
  // @ts-expect-error: what a user of JavaScript may write
  expect(() => new McpProxy(chart, 'mcp-proxy')).toThrow(/^\[workspace\] .*expected/);
});

test('every prop given reaches the output', () => {
  const { container, env, pod, find, proxy, chart } = render({
    props: {
      name: 'gateway',
      secretName: 'gateway-keys',
      keyRotation: true,
      jwtSecret: new SecretKey('open-webui-jwt', 'SIGNING_KEY', SecretForm.token(), 'shared'),
      adminRoles: ['admin', 'auditor'],
      publicUrl: 'https://tools.company.com',
      allowedHosts: ['tools.corp'],
      allowedOrigins: ['https://chat.company.com'],
      oidcIssuer: 'https://login.company.com',
      oidcAudience: 'mcp',
      toolPins: '{"tools":{}}',
      logLevel: McpProxyLogLevel.DEBUG,
      shutdownGraceSeconds: 40,
      toolServerId: 'tools',
      title: 'Company tools',
    },
  });
  expect(env).toMatchObject({
    PORT: '8000',
    METRICS_PORT: '9090',
    ADMIN_ROLES: 'admin,auditor',
    PUBLIC_URL: 'https://tools.company.com',
    ALLOWED_ORIGINS: 'https://chat.company.com',
    OIDC_ISSUER: 'https://login.company.com',
    OIDC_AUDIENCE: 'mcp',
    TOOL_PINS_PATH: '/pins/tools.lock.json',
    LOG_LEVEL: 'debug',
    SHUTDOWN_GRACE_SECONDS: '40',
  });
  expect(env.ALLOWED_HOSTS.split(',')).toEqual(expect.arrayContaining(['gateway', 'tools.company.com', 'tools.corp']));
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(45);
  expect(container.volumeMounts).toContainEqual({ name: 'tool-pins', mountPath: '/pins', readOnly: true });
  expect(find('ConfigMap', 'gateway-tool-pins')).toMatchObject({ data: { 'tools.lock.json': '{"tools":{}}' } });
  expect(
    volumeNamed(pod, 'keys').projected.sources.map(({ secret }: { secret: { name: string } }) => secret.name),
  ).toEqual(['gateway-keys', 'gateway-keys', 'open-webui-jwt', 'open-webui-jwt']);
  expect(volumeNamed(pod, 'keys').projected.sources[2].secret.items).toEqual([
    { key: 'SIGNING_KEY', path: 'FORWARD_USER_INFO_HEADER_JWT_SECRET' },
  ]);
  expect(volumeNamed(pod, 'keys').projected.sources[3].secret).toMatchObject({
    items: [{ path: 'FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS' }],
    optional: true,
  });
  expect(
    Secrets.of(chart)
      .secret('open-webui-jwt')
      .keys.map(({ key }) => key),
  ).toContain('FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS');
  const keys = Secrets.of(chart).secret('gateway-keys').keys;
  expect(keys.map(({ key }) => key)).toEqual(['MCP_PROXY_API_KEY', 'MCP_PROXY_API_KEY_PREVIOUS']);
  expect(proxy).toMatchObject({ toolServerId: 'tools', title: 'Company tools', mcpUrl: 'http://gateway:8000/mcp' });
});
