import { App, Chart, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Monitoring } from '../constructs/monitoring';
import { UserRole } from '../constructs/open-webui/sign-in';
import {
  AuditLevel,
  OpenWebUiLogLevel,
  OpenWebUiRelease,
  type OpenWebUiReleaseProps,
} from '../constructs/open-webui-release';
import { Claim, type ClaimProps } from '../constructs/platform/claim';
import { ComponentKind, type ComponentProps, UpdateStrategy } from '../constructs/platform/component';
import { Edge, type EdgeProps } from '../constructs/platform/edge';
import { PodSecurityLevel, WorkspaceNamespace, type WorkspaceNamespaceProps } from '../constructs/platform/namespace';
import {
  EdgeKind,
  EgressBackend,
  type ForeignPeer,
  MonitoringBackend,
  Platform,
  type PlatformOptions,
} from '../constructs/platform/platform';
import { PostgresSslMode } from '../constructs/platform/postgres';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretSource } from '../constructs/platform/secret-source';
import { Secrets } from '../constructs/platform/secrets';
import type { WorkloadProps } from '../constructs/platform/workload';
import { type ExternalRedisProps, Redis, type RedisProps } from '../constructs/redis';
import { CLAIM_SAMPLES, COMPONENT_SAMPLES, WORKLOAD_SAMPLES } from './component-samples';
import { describeEveryProp, type PropSamples, propsOf, silentProps, unnamedProps } from './every-prop';
import { Program, Task } from './platform/program';
import { Rendered, render } from './render';

// A prop that is accepted and then forgotten is worse than one that does not exist. A new construct gets a line here.

const EDGE_SAMPLES: readonly EdgeProps[] = [
  {
    host: 'chat.company.com',
    kind: EdgeKind.INGRESS,
    additionalHosts: ['ai.company.com'],
    tlsSecretName: 'wildcard',
    clusterIssuer: 'letsencrypt',
    timeoutSeconds: 77,
    maxBodySize: '7m',
    ingressClassName: 'traefik',
    annotations: { note: 'extra' },
  },
  { host: 'chat.company.com', kind: EdgeKind.INGRESS, tls: false },
  {
    host: 'chat.company.com',
    kind: EdgeKind.HTTP_ROUTE,
    gatewayClassName: 'envoy',
    gatewayAnnotations: { 'alb.networking.azure.io/alb-id': 'id' },
    gatewayAddresses: [{ type: 'IPAddress', value: '203.0.113.7' }],
    additionalHosts: ['ai.company.com'],
    tlsSecretName: 'wildcard',
    clusterIssuer: 'letsencrypt',
    timeoutSeconds: 77,
    filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['server'] } }],
    additionalRules: [{ matches: [{ path: { type: 'Exact', value: '/robots.txt' } }] }],
    annotations: { note: 'extra' },
  },
  { host: 'chat.company.com', kind: EdgeKind.HTTP_ROUTE, gatewayClassName: 'envoy', tls: false },
  {
    host: 'chat.company.com',
    kind: EdgeKind.HTTP_ROUTE,
    sharedGateway: { name: 'main', namespace: 'gateways', sectionName: 'https' },
  },
  {
    host: 'chat.company.com',
    kind: EdgeKind.ROUTE,
    additionalHosts: ['ai.company.com'],
    timeoutSeconds: 77,
    annotations: { note: 'extra' },
  },
  { host: 'chat.company.com', kind: EdgeKind.ROUTE, tls: false },
];

const kubernetes = (declare: (scope: Construct) => unknown) => render(declare);

describeEveryProp({
  struct: 'WorkloadProps',
  samples: WORKLOAD_SAMPLES,
  render: (props: WorkloadProps) => kubernetes((scope) => new Task(scope, 'task', props)),
});

describeEveryProp({
  struct: 'ComponentProps',
  samples: [...COMPONENT_SAMPLES, { updateStrategy: UpdateStrategy.RECREATE }],
  render: (props: ComponentProps) => kubernetes((scope) => new Program(scope, 'program', props)),
});

describe.each([ComponentKind.DEPLOYMENT, ComponentKind.STATEFUL_SET])('as a %s', (kind) => {
  describeEveryProp({
    struct: 'ComponentProps',
    samples: [...COMPONENT_SAMPLES],
    render: (props: ComponentProps) => kubernetes((scope) => new Program(scope, 'program', props, { kind })),
    unseen: { updateStrategy: 'a StatefulSet has one, and the rule stateful-set-rolls refuses another' },
  });
});

describeEveryProp({
  struct: 'ClaimProps',
  samples: CLAIM_SAMPLES,
  render: (props: ClaimProps) =>
    kubernetes((scope) => {
      const owner = new Program(scope, 'program');
      const claim = new Claim(owner, 'Data', owner, props);
      owner.addVolume(claim.toVolume('data'));
      owner._pod.mount({ name: 'data', mountPath: '/data', subPath: claim.props.subPath });
    }),
});

for (const kind of Object.values(EdgeKind)) {
  const only = (kinds: readonly EdgeKind[], reason: string) => (kinds.includes(kind) ? undefined : reason);
  const ingress = only([EdgeKind.INGRESS], 'only for Ingress');
  const httpRoute = only([EdgeKind.HTTP_ROUTE], 'only for HTTPRoute');
  const certificate = only([EdgeKind.INGRESS, EdgeKind.HTTP_ROUTE], "a Route has the router's certificate");
  const reasons: { readonly [path: string]: string | undefined } = {
    maxBodySize: ingress,
    ingressClassName: ingress,
    sharedGateway: httpRoute,
    gatewayClassName: httpRoute,
    gatewayAnnotations: httpRoute,
    gatewayAddresses: httpRoute,
    filters: httpRoute,
    additionalRules: httpRoute,
    tlsSecretName: certificate,
    clusterIssuer: certificate,
  };
  describe(`at an edge of the kind ${kind}`, () => {
    describeEveryProp({
      struct: 'EdgeProps',
      samples: EDGE_SAMPLES.filter((sample) => sample.kind === kind),
      // On a platform with another edge, so that the kind itself shows.
      render: (props: EdgeProps) =>
        render((scope) => new Edge(scope, 'edge', new Program(scope, 'program'), props), {
          platform: kind === EdgeKind.HTTP_ROUTE ? Platform.kind() : Platform.kubernetes(),
        }),
      unseen: Object.fromEntries(
        Object.entries(reasons).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    });
  });
}

describeEveryProp({
  struct: 'WorkspaceNamespaceProps',
  samples: [
    {
      name: 'ours',
      partOf: 'company',
      podSecurity: PodSecurityLevel.BASELINE,
      labels: { team: 'x' },
      quotaHeadroom: 90,
      allowance: { cpu: Cpu.units(4), memory: Size.gibibytes(8), pods: 10, claims: 2, loadBalancers: 1, nodePorts: 3 },
    },
  ],
  others: { 'allowance.cpu': Cpu.units(7) },
  render: (props: WorkspaceNamespaceProps) => {
    const app = new App();
    const chart = new Chart(app, 'chart', { namespace: props.name });
    const namespace = new WorkspaceNamespace(chart, 'namespace', props);
    namespace.attach(chart);
    new Program(chart, 'program');
    return new Rendered(app, namespace, chart);
  },
});

const PEER: ForeignPeer = { namespaceLabels: { team: 'edge' }, podLabels: { app: 'envoy' } };
const ADDRESSES: ForeignPeer = { cidrs: ['203.0.113.0/24'] };

describeEveryProp({
  struct: 'PlatformOptions',
  samples: [
    {
      edge: EdgeKind.ROUTE,
      edgePeer: PEER,
      egress: EgressBackend.CILIUM,
      storageClass: 'fast',
      sharedStorageClass: 'nfs',
      zones: true,
      monitoringPeer: PEER,
      monitoringBackend: MonitoringBackend.AZURE_MANAGED,
    },
    { edgePeer: ADDRESSES, monitoringPeer: ADDRESSES },
  ],
  render: (options: PlatformOptions) =>
    render(
      (scope) => {
        const program = new Program(scope, 'program', { replicas: 2, extraEgress: [{ host: 'api.company.com' }] });
        new Edge(program, 'edge', program, { host: 'chat.company.com', gatewayClassName: 'envoy' });
        program.allowFrom(program.platform.monitoringPeer, 'Monitoring', 'http', 'metrics');
        new Monitoring(scope, 'monitoring').watch(program);
        for (const shared of [true, false]) {
          new Claim(program, `data-${shared}`, program, {
            size: Size.gibibytes(1),
            shared,
            claimName: `data-${shared}`,
          });
        }
      },
      { platform: Platform.kubernetes(options) },
    ),
  unseen: { production: 'what it allows is tested with the rules image-pinned, edge-tls and somebody-signs-in' },
});

const withSecrets = (secrets: SecretSource) =>
  render((scope) => Secrets.of(scope).secret('a').key('KEY', SecretForm.token(), 'a test'), { secrets });

describeEveryProp({
  struct: 'AzureKeyVaultOptions',
  samples: [{ vaultUrl: 'https://ours.vault.azure.net', tenantId: 'tenant', clientId: 'client' }],
  render: (options) => withSecrets(SecretSource.azureKeyVault(options)),
});

describeEveryProp({
  struct: 'VaultOptions',
  samples: [{ server: 'https://vault.company.com', path: 'kv', authMount: 'cluster', role: 'reader' }],
  render: (options) => withSecrets(SecretSource.vault(options)),
});

describeEveryProp({
  struct: 'ExternalStoreOptions',
  samples: [{ name: 'theirs', clusterWide: false }],
  render: (options) => withSecrets(SecretSource.externalStore(options)),
});

describeEveryProp({
  struct: 'PostgresUrlOptions',
  samples: [{ host: 'db.company.com', port: 6432, database: 'data', user: 'login', sslMode: 'disable' }],
  render: (options) =>
    kubernetes((scope) => Secrets.of(scope).secret('a').key('KEY', SecretForm.postgresUrl(options), 'a test')),
});

describeEveryProp({
  struct: 'RedisProps',
  samples: [
    ...COMPONENT_SAMPLES.map((sample) => ({ ...sample, secretName: 'other-secrets', maxMemory: '99mb' })),
    ...CLAIM_SAMPLES.map((storage) => ({ storage })),
  ],
  render: (props: RedisProps) => kubernetes((scope) => new Redis(scope, 'redis', props)),
  unseen: { updateStrategy: 'Recreate is the only one that is right, and the default' },
});

describeEveryProp({
  struct: 'ExternalRedisProps',
  samples: [
    { host: 'redis.company.com', port: 10_000, tls: false, cidrs: ['10.225.6.0/24'], secretName: 'redis-access' },
  ],
  render: (props: ExternalRedisProps) =>
    kubernetes((scope) => {
      new OpenWebUiRelease(scope, 'open-webui').useRedis(Redis.external(scope, 'redis', props));
    }),
});

const provider = 'https://login.company.com/.well-known/openid-configuration';
const OPEN_WEB_UI_SAMPLES: readonly OpenWebUiReleaseProps[] = [
  {
    ...COMPONENT_SAMPLES[0],
    version: '0.13.0',
    upgradingFrom: '0.12.4',
    servicePort: 81,
    secretName: 'other-secrets',
    database: {
      host: 'db.company.com',
      port: 6432,
      database: 'data',
      user: 'login',
      sslMode: PostgresSslMode.DISABLE,
      cidrs: ['10.225.4.0/28'],
    },
    createVectorExtension: true,
    connectionPool: { size: 3, maxOverflow: 4 },
    copyAppData: false,
    pluginVariables: ['EXTRA', 'EXTRA_SECRET'],
    adminEmail: 'admin@company.com',
    persistentConfig: true,
    bypassModelAccessControl: true,
    workspacePermissions: { models: true, knowledge: true, prompts: true, tools: true, skills: true },
    ollamaUrls: ['http://ollama.company.com:11434'],
    logLevel: OpenWebUiLogLevel.DEBUG,
    auditLevel: AuditLevel.REQUEST,
    signIn: {
      enabled: false,
      signup: true,
      loginForm: false,
      defaultRole: UserRole.USER,
    },
  },
  {
    ...COMPONENT_SAMPLES[1],
    image: 'registry.example/other:0.12.4',
    kind: ComponentKind.STATEFUL_SET,
    ownerEmail: 'owner@company.com',
    signIn: {
      google: { clientId: 'google' },
      microsoft: { clientId: 'microsoft', tenantId: 'tenant' },
      github: { clientId: 'github' },
      allowedDomains: ['company.com'],
      groups: { claim: 'teams', create: false },
      roles: { claim: 'jobs', adminRoles: ['admins'], allowedRoles: ['staff'] },
    },
    objectStorage: {
      azure: { endpoint: 'https://files.blob.core.windows.net', container: 'files', managedIdentity: false },
    },
  },
  COMPONENT_SAMPLES[2],
  {
    updateStrategy: UpdateStrategy.ROLLING_UPDATE,
    signIn: {
      oidc: {
        clientId: 'oidc',
        providerUrl: provider,
        providerName: 'Company',
        scopes: 'openid',
        additionalHosts: ['keys.company.com'],
      },
    },
    objectStorage: {
      s3: { bucket: 'files', region: 'eu', endpoint: 'https://s3.company.com:9000', keyPrefix: 'webui' },
    },
  },
  { objectStorage: { gcs: { bucket: 'files' } } },
  {
    objectStorage: {
      azure: { endpoint: 'https://files.blob.core.windows.net', container: 'files', clientId: 'identity' },
    },
  },
  ...CLAIM_SAMPLES.map((storage) => ({ storage })),
  ...EDGE_SAMPLES.map((edge) => ({ edge })),
];

describeEveryProp({
  struct: 'OpenWebUiReleaseProps',
  samples: OPEN_WEB_UI_SAMPLES,
  render: (props: OpenWebUiReleaseProps) => kubernetes((scope) => new OpenWebUiRelease(scope, 'open-webui', props)),
  unseen: {
    'database.maxConnections': 'the rule database-connections reads it',
    pluginVariables: 'the rule environment-variable-known reads it',
  },
  others: {
    'signIn.oidc.providerUrl': 'https://elsewhere.company.com/.well-known/openid-configuration',
    'objectStorage.azure.endpoint': 'https://elsewhere.blob.core.windows.net',
  },
});

describe('the harness', () => {
  const props = { ...COMPONENT_SAMPLES[0], replicas: 3 };
  const forgetful: PropSamples = {
    struct: 'ComponentProps',
    samples: [props],
    render: ({ replicas: _, ...others }: ComponentProps) => kubernetes((scope) => new Program(scope, 'a', others)),
  };

  test('notices a prop that is forgotten', () => {
    expect(silentProps(forgetful)).toContain('replicas');
    expect(silentProps(forgetful)).not.toContain('serviceName');
  });

  test('notices a prop that no sample names', () => {
    expect(unnamedProps(forgetful)).toEqual(expect.arrayContaining(['autoscaling', 'autoscaling.maxReplicas']));
    expect(unnamedProps(forgetful)).not.toContain('serviceName');
  });

  test('finds the props of structs in structs, in lists too, each once', () => {
    const paths = propsOf('OpenWebUiReleaseProps').map(({ path }) => path);
    const deep = ['edge', 'edge.host', 'edge.sharedGateway.name', 'extraEgress[].host', 'signIn.oidc.scopes'];
    expect(paths).toEqual(expect.arrayContaining(deep));
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('refuses to check what it does not know', () => {
    expect(() => propsOf('NoSuchProps')).toThrow('NoSuchProps is no struct of the library');
  });
});
