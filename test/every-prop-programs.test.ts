import fs from 'node:fs';
import path from 'node:path';
import { App, Chart, Duration, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { Backup, BackupKind, type BackupProps } from '../constructs/backup';
import { DataBackup, type DataBackupProps, DataRestore, type DataRestoreProps } from '../constructs/backup/data-backup';
import { DataCheck, type DataCheckProps } from '../constructs/backup/data-check';
import {
  DatabaseBackup,
  type DatabaseBackupProps,
  DatabaseRestore,
  type DatabaseRestoreProps,
} from '../constructs/backup/database-backup';
import {
  RestoredClaim,
  type RestoredClaimProps,
  VolumeSnapshots,
  type VolumeSnapshotsProps,
} from '../constructs/backup/volume-snapshots';
import { ClaudeEngine } from '../constructs/claude/engine';
import { IsolationTier } from '../constructs/claude/isolation';
import { ClaudeSessionPods, type ClaudeSessionPodsProps } from '../constructs/claude/session-pods';
import { ClaudeLogLevel, ClaudeService, type ClaudeServiceProps } from '../constructs/claude-service';
import { DataExport, type DataExportProps, DataImport, type DataImportProps } from '../constructs/data-copy';
import { LiteLlmGateway, type LiteLlmGatewayProps, LiteLlmLogLevel } from '../constructs/litellm-gateway';
import { McpProxy, McpProxyLogLevel, type McpProxyOptions } from '../constructs/mcp-proxy';
import {
  type FilesystemMcpServerProps,
  type GitHubMcpServerProps,
  McpServer,
  type McpServerProps,
} from '../constructs/mcp-server';
import { Monitoring, type MonitoringProps } from '../constructs/monitoring';
import { OAuthProvider } from '../constructs/oauth/oauth-provider';
import { TrustedHeader } from '../constructs/oauth/trusted-headers';
import { OAuthSidecar, type OAuthSidecarOptions } from '../constructs/oauth-sidecar';
import { Ollama, type OllamaProps } from '../constructs/ollama';
import { OpenWebUiRelease } from '../constructs/open-webui-release';
import { OtlpCollector, type OtlpCollectorProps } from '../constructs/otlp-collector';
import { Pipelines, type PipelinesProps } from '../constructs/pipelines';
import { UpdateStrategy } from '../constructs/platform/component';
import { WorkspaceNamespace } from '../constructs/platform/namespace';
import { EdgeKind } from '../constructs/platform/platform';
import { PostgresSslMode } from '../constructs/platform/postgres';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey, Secrets } from '../constructs/platform/secrets';
import { TenantConfig, type TenantConfigProps } from '../constructs/tenant-config';
import { McpProtocol, type Tenant } from '../constructs/tenants';
import { Tika, type TikaProps } from '../constructs/tika';
import { CLAIM_SAMPLES, COMPONENT_SAMPLES, WORKLOAD_SAMPLES } from './component-samples';
import { describeEveryProp } from './every-prop';
import { EDGE } from './open-webui/samples';
import { Rendered, render } from './render';

// The programs beside Open WebUI: each prop of each must reach the output, as every-prop.test.ts says.

const alone = (declare: (scope: Construct) => unknown) => render(declare);
const ROLLING = { updateStrategy: UpdateStrategy.ROLLING_UPDATE };
const RECREATE = { updateStrategy: UpdateStrategy.RECREATE };
const volumes = CLAIM_SAMPLES.map((storage) => ({ storage }));
const JWT = new SecretKey('shared', 'JWT', SecretForm.token(), 'a test');
const DATABASE = {
  host: 'db.company.com',
  port: 6432,
  database: 'data',
  user: 'login',
  sslMode: PostgresSslMode.DISABLE,
  cidrs: ['10.225.4.0/28'],
};
const MAX_CONNECTIONS = { 'database.maxConnections': 'only a rule reads it' };

describeEveryProp({
  struct: 'OllamaProps',
  samples: [...COMPONENT_SAMPLES, ROLLING, ...volumes, { gpu: { count: 2, resource: 'amd.com/gpu' } }],
  render: (props: OllamaProps) => alone((scope) => new Ollama(scope, 'ollama', props)),
});

describeEveryProp({
  struct: 'TikaProps',
  samples: [...COMPONENT_SAMPLES, RECREATE],
  render: (props: TikaProps) => alone((scope) => new Tika(scope, 'tika', props)),
});

describeEveryProp({
  struct: 'OtlpCollectorProps',
  samples: [
    ...COMPONENT_SAMPLES,
    RECREATE,
    { traces: { host: 'traces.company.com', port: 4317, tls: false, cidrs: ['203.0.113.0/24'] } },
  ],
  render: (props: OtlpCollectorProps) => alone((scope) => new OtlpCollector(scope, 'otlp-collector', props)),
});

describeEveryProp({
  struct: 'MonitoringProps',
  samples: [
    {
      labels: { release: 'prometheus' },
      intervalSeconds: 60,
      runbookUrl: 'https://runbooks.company.com',
      dashboards: false,
    },
    { dashboardLabels: { folder: 'ai' } },
  ],
  render: (props: MonitoringProps) =>
    alone((scope) => new Monitoring(scope, 'monitoring', props).watch(new ClaudeService(scope, 'claude-service'))),
});

describeEveryProp({
  struct: 'PipelinesProps',
  samples: [...COMPONENT_SAMPLES, ROLLING, { ...RECREATE, secretName: 'other-secrets' }, ...volumes],
  render: (props: PipelinesProps) => alone((scope) => new Pipelines(scope, 'pipelines', props)),
});

const SERVER = { port: 9001, image: 'registry.example/server:1' };

describeEveryProp({
  struct: 'McpServerProps',
  samples: [
    ...COMPONENT_SAMPLES.map((sample) => ({ ...SERVER, ...sample })),
    { ...SERVER, ...RECREATE },
    {
      ...SERVER,
      command: ['/server'],
      args: ['--verbose'],
      credentials: { SEARCH_API_KEY: 'SEARCH_KEY' },
      credentialsSecretName: 'search-credentials',
      storage: CLAIM_SAMPLES[0],
      storagePath: '/index',
      storageReadOnly: true,
    },
    { ...SERVER, stdio: ['mcp-server-time'], stateless: true, storage: CLAIM_SAMPLES[1] },
  ],
  render: (props: McpServerProps) => alone((scope) => new McpServer(scope, 'server', props)),
  unseen: {
    path: "the gateway's check compares it with the URLs of its tenants",
    credentialPerCall: "the gateway's check asks for a credential of each tenant",
  },
});

describeEveryProp({
  struct: 'FilesystemMcpServerProps',
  samples: [...COMPONENT_SAMPLES, ROLLING, { port: 9001, writable: false }, ...volumes],
  render: (props: FilesystemMcpServerProps) => alone((scope) => McpServer.filesystem(scope, 'files', props)),
});

describeEveryProp({
  struct: 'GitHubMcpServerProps',
  samples: [
    ...COMPONENT_SAMPLES,
    RECREATE,
    { port: 9001, gitHubHost: 'github.company.com', toolsets: ['repos'], readOnly: true },
  ],
  render: (props: GitHubMcpServerProps) => alone((scope) => McpServer.github(scope, 'github', props)),
});

const TENANT: Tenant = {
  tenantId: 'search',
  displayName: 'Search',
  mcpEndpoint: 'https://search.company.com/mcp',
  allowedUsers: ['*@company.com'],
};

describeEveryProp({
  struct: 'TenantConfigProps',
  samples: [
    {
      tenants: [
        {
          ...TENANT,
          enabled: false,
          allowedGroups: ['staff'],
          protocol: McpProtocol.SSE,
          credential: { key: 'TOKEN', header: 'X-Api-Key', scheme: 'token' },
          tools: { allow: ['read_*'], deny: ['write_*'] },
          timeoutMs: 1234,
          maxConcurrency: 5,
          rateLimit: { perUserPerMinute: 7 },
        },
      ],
      name: 'other-config',
      credentialsSecretName: 'other-credentials',
      credentialKeys: ['TOKEN', 'ANOTHER'],
    },
    { tenants: [TENANT, { ...TENANT, tenantId: 'other', mcpEndpoint: 'https://other.company.com' }], maxBytes: 300 },
  ],
  render: (props: TenantConfigProps) =>
    alone((scope) => new McpProxy(scope, 'mcp-proxy', { tenants: new TenantConfig(scope, 'tenants', props) })),
  unseen: { 'tenants[].sharesEndpoint': 'only a rule about tenants with one endpoint reads it' },
  others: { tenants: [{ ...TENANT, displayName: 'Other' }] },
});

describeEveryProp({
  struct: 'McpProxyOptions',
  samples: [
    ...COMPONENT_SAMPLES,
    {
      ...RECREATE,
      secretName: 'other-secrets',
      keyRotation: true,
      jwtSecret: JWT,
      endpointCidrs: { 'search.company.com': ['203.0.113.0/24'] },
      adminRoles: ['owner'],
      publicUrl: 'https://tools.company.com',
      allowedHosts: ['tools.company.org'],
      allowedOrigins: ['https://chat.company.com'],
      oidcIssuer: 'https://login.company.com',
      oidcAudience: 'tools',
      toolPins: '{}',
      logLevel: McpProxyLogLevel.DEBUG,
      shutdownGraceSeconds: 77,
      toolServerId: 'tools',
      title: 'Tools',
    },
    {
      edge: { host: 'tools.company.com', kind: EdgeKind.HTTP_ROUTE, gatewayClassName: 'envoy' },
      oidcIssuer: 'https://login.company.com',
      oidcAudience: 'tools',
      edgeKeysUrl: 'https://login.company.com/keys',
    },
  ],
  render: (props: McpProxyOptions) =>
    alone((scope) => {
      const tenants = new TenantConfig(scope, 'tenants', { tenants: [TENANT] });
      new OpenWebUiRelease(scope, 'open-webui').useTools(new McpProxy(scope, 'mcp-proxy', { ...props, tenants }));
    }),
  unseen: { edge: 'every prop of an edge has its line; the way in is tested in mcp-proxy-edge.test.ts' },
});

describeEveryProp({
  struct: 'LiteLlmGatewayProps',
  samples: [
    ...COMPONENT_SAMPLES.map((sample) => ({ models: [{ name: 'a', model: 'openai/a', apiKey: 'KEY' }], ...sample })),
    {
      ...RECREATE,
      models: [
        {
          name: 'a',
          model: 'azure/deployment',
          apiKey: 'AZURE_KEY',
          apiBase: 'https://ours.openai.azure.com',
          apiVersion: '2026-01-01',
          host: { host: 'ours.openai.azure.com', port: 8443, cidrs: ['203.0.113.0/24'] },
          limits: { requestsPerMinute: 11, tokensPerMinute: 12 },
          budget: { maxBudget: 13, duration: '7d' },
          cost: { inputPerMillionTokens: 14, outputPerMillionTokens: 15 },
          baseModel: 'azure/gpt-5',
          timeoutSeconds: 16,
          fallbacks: ['b'],
        },
        { name: 'b', model: 'azure/other', keyless: true, apiBase: 'https://theirs.openai.azure.com' },
      ],
      secretName: 'other-secrets',
      database: DATABASE,
      databaseConnections: 17,
      budgets: {
        perUser: { maxBudget: 18, duration: '1d' },
        perTeam: { maxBudget: 19, duration: '2d' },
        total: { maxBudget: 20, duration: '3d' },
      },
      rateLimits: {
        perUser: { requestsPerMinute: 21, tokensPerMinute: 22 },
        perTeam: { requestsPerMinute: 23, tokensPerMinute: 24 },
      },
      requestTimeoutSeconds: 25,
      logLevel: LiteLlmLogLevel.ERROR,
      metrics: false,
    },
  ],
  render: (props: LiteLlmGatewayProps) => alone((scope) => new LiteLlmGateway(scope, 'litellm', props)),
  unseen: { ...MAX_CONNECTIONS, 'models[].keyless': 'only a rule reads it: a model without a key is meant so' },
  others: { models: [{ name: 'other', model: 'openai/other', apiKey: 'KEY' }] },
});

const PERSONA = (name: string, text: string) => ({
  name,
  content: `---\nname: ${name}\ndescription: ${text}\ntools: read\nmodel: claude-sonnet-5-5\n---\n${text}\n`,
});

/** Session pods have a namespace of their own, whose quota is made for them. */
function sessionNamespace(scope: Construct): Chart {
  const chart = new Chart(scope, 'sessions', { namespace: 'sessions', disableResourceNameHashes: true });
  new WorkspaceNamespace(chart, 'namespace', { name: 'sessions' }).attach(chart);
  return chart;
}

function claude(props: ClaudeServiceProps, pods?: ClaudeSessionPodsProps): Rendered<unknown> {
  return render((scope) => {
    const sessionPods = pods && new ClaudeSessionPods(sessionNamespace(scope), 'session', pods);
    new ClaudeService(scope, 'claude-service', { ...props, ...(sessionPods ? { sessionPods } : {}) }).useAnthropicApi();
  });
}

const KUBERNETES_API = { host: 'kubernetes', port: 6443, cidrs: ['10.0.0.1/32'] };

describeEveryProp({
  struct: 'ClaudeServiceProps',
  samples: [
    ...COMPONENT_SAMPLES,
    {
      ...ROLLING,
      models: { 'claude-other': 'other' },
      personas: [PERSONA('other', 'Does other things.')],
      taskModel: 'claude-other-task',
      engine: ClaudeEngine.AGENT_SDK,
      isolation: IsolationTier.RUNTIME_CLASS,
      database: DATABASE,
      secretName: 'other-secrets',
      keyRotation: true,
      jwtSecret: JWT,
      maxTurns: 11,
      maxBudgetUsdPerTurn: 12,
      maxBudgetUsdPerUserPerDay: 13,
      sessionIdleSeconds: 14,
      maxLiveSessions: 15,
      logLevel: ClaudeLogLevel.DEBUG,
      shutdownGraceSeconds: 16,
      compactAboveTokens: 17,
      sessionRetentionDays: 18,
      auditRetentionDays: 19,
    },
    ...volumes,
    ...CLAIM_SAMPLES.map((workspaces) => ({ workspaces })),
  ],
  render: (props: ClaudeServiceProps) => claude(props),
  unseen: { ...MAX_CONNECTIONS, sessionPods: 'a construct of its own, tested below' },
  others: { 'personas[].content': PERSONA('other', 'Does something else.').content },
});

describeEveryProp({
  struct: 'ClaudeSessionPodsProps',
  samples: [
    ...WORKLOAD_SAMPLES.map((sample) => ({ kubernetesApi: KUBERNETES_API, ...sample })),
    ...CLAIM_SAMPLES.map((workspaces) => ({ kubernetesApi: KUBERNETES_API, maxSessions: 7, workspaces })),
  ],
  render: (props: ClaudeSessionPodsProps) => claude({ isolation: IsolationTier.POD }, props),
  others: { kubernetesApi: { ...KUBERNETES_API, port: 443 } },
  unseen: { 'kubernetesApi.host': 'pods find the API server by its address' },
});

interface Copy {
  readonly source?: Partial<DataExportProps>;
  readonly target?: Partial<DataImportProps>;
}

function copy({ source, target }: Copy): Rendered<unknown> {
  const app = new App();
  const chart = (namespace: string) => {
    const made = new Chart(app, namespace, { namespace, disableResourceNameHashes: true });
    new Secrets(made, 'secrets').attach(made);
    return made;
  };
  const [old, fresh] = [chart('old'), chart('new')];
  const from = new DataExport(old, 'data-export', { image: 'registry.example/open-webui:0.12.4', ...source });
  const release = new OpenWebUiRelease(fresh, 'open-webui');
  return new Rendered(app, new DataImport(fresh, 'data-import', { release, ...target, source: from }), fresh);
}

const COPY = { start: true, scratchSize: Size.gibibytes(7), secretName: 'other-secrets' };

describeEveryProp({
  struct: 'DataExportProps',
  samples: [
    ...WORKLOAD_SAMPLES,
    { ...COPY, claimName: 'other-claim', subPath: 'folder', besidePods: { app: 'openwebui' } },
  ],
  render: (source: Partial<DataExportProps>) => copy({ source }),
});

describeEveryProp({
  struct: 'DataImportProps',
  samples: [...WORKLOAD_SAMPLES, { ...COPY, overwrite: true, ownerEmail: 'owner@company.com' }],
  render: (target: Partial<DataImportProps>) => copy({ target }),
  unseen: { source: 'a construct of its own, tested above', release: 'a construct of its own' },
});

/** A backup's props beside what it saves; the samples leave that out, and `make` adds it. */
function ofRelease<P>(make: (scope: Construct, release: OpenWebUiRelease, props: P) => unknown) {
  return (props: P) => alone((scope) => make(scope, new OpenWebUiRelease(scope, 'open-webui'), props));
}

const OF_A_RELEASE = { release: 'a construct of its own' };
const SCHEDULED = { schedule: '0 1 * * *', keep: 3 };

describeEveryProp({
  struct: 'DataBackupProps',
  samples: [
    ...WORKLOAD_SAMPLES,
    { ...SCHEDULED, scratchSize: Size.gibibytes(7) },
    ...CLAIM_SAMPLES.map((storage) => ({ storage })),
  ],
  render: ofRelease<Partial<DataBackupProps>>((scope, release, props) => {
    new DataBackup(scope, 'backup', { ...props, release });
  }),
  unseen: OF_A_RELEASE,
});

describeEveryProp({
  struct: 'DataRestoreProps',
  samples: WORKLOAD_SAMPLES,
  render: ofRelease<Partial<DataRestoreProps>>((scope, release, props) => {
    new DataRestore(scope, 'restore', { ...props, backup: new DataBackup(scope, 'backup', { release }) });
  }),
  unseen: { backup: 'a construct of its own, tested above' },
});

const DUMP = { database: DATABASE, databaseUrl: JWT };

describeEveryProp({
  struct: 'DatabaseBackupProps',
  samples: [
    ...WORKLOAD_SAMPLES.map((sample) => ({ ...DUMP, ...sample })),
    { ...DUMP, ...SCHEDULED, serverVersion: 17 },
    ...CLAIM_SAMPLES.map((storage) => ({ ...DUMP, storage })),
  ],
  render: ofRelease<DatabaseBackupProps>((scope, usedBy, props) => {
    new DatabaseBackup(scope, 'backup', { ...props, usedBy });
  }),
  unseen: { ...MAX_CONNECTIONS, usedBy: 'only a restore waits for it' },
  others: {
    database: { ...DATABASE, host: 'other.company.com' },
    databaseUrl: new SecretKey('other', 'URL', SecretForm.token(), 'a test'),
  },
});

describeEveryProp({
  struct: 'DatabaseRestoreProps',
  samples: WORKLOAD_SAMPLES,
  render: ofRelease<Partial<DatabaseRestoreProps>>((scope, usedBy, props) => {
    const backup = new DatabaseBackup(scope, 'backup', { ...DUMP, usedBy });
    new DatabaseRestore(scope, 'restore', { ...props, backup });
  }),
  unseen: { backup: 'a construct of its own, tested above' },
});

describeEveryProp({
  struct: 'VolumeSnapshotsProps',
  samples: [{ snapshotName: 'now', snapshotClass: 'disks' }],
  render: ofRelease<VolumeSnapshotsProps>((scope, usedBy, props) => {
    new VolumeSnapshots(scope, 'snapshots', { ...props, usedBy });
  }),
  unseen: { usedBy: 'a construct of its own' },
});

const RESTORED = { fromSnapshot: 'now', size: Size.gibibytes(3), claimName: 'restored', storageClass: 'fast' };

describeEveryProp({
  struct: 'RestoredClaimProps',
  samples: [RESTORED],
  render: ofRelease<RestoredClaimProps>((scope, release, props) => {
    new RestoredClaim(scope, 'claim', { ...props, release });
  }),
  unseen: OF_A_RELEASE,
});

const OLD_VOLUME = { image: 'registry.example/open-webui:0.12.4', claimName: 'old' };

describeEveryProp({
  struct: 'DataCheckProps',
  samples: [
    ...WORKLOAD_SAMPLES.map((sample) => ({ ...OLD_VOLUME, ...sample })),
    { ...OLD_VOLUME, subPath: 'folder', besidePods: { app: 'openwebui' }, scratchSize: Size.gibibytes(7) },
  ],
  render: (props: DataCheckProps) => alone((scope) => new DataCheck(scope, 'check', props)),
  unseen: OF_A_RELEASE,
});

describeEveryProp({
  struct: 'BackupProps',
  samples: [
    { kinds: [BackupKind.TAR], ...SCHEDULED, scratchSize: Size.gibibytes(7), restoredClaim: RESTORED },
    { snapshotName: 'now', snapshotClass: 'disks' },
    { dumpImage: 'registry.example/postgres:16' },
    ...CLAIM_SAMPLES.flatMap((claim) => [{ archives: claim }, { dumps: claim, serverVersion: 17 }]),
  ],
  render: (props: BackupProps) =>
    alone((scope) => {
      const release = new OpenWebUiRelease(scope, 'open-webui', { database: DATABASE });
      new Backup(scope, 'backup', { ...props, release });
    }),
  unseen: {
    ...OF_A_RELEASE,
    claudeService: 'a construct of its own, dumped in backup.test.ts',
    liteLlmGateway: 'a construct of its own, dumped in backup.test.ts',
  },
});

const EVERY_HEADER = Object.values(TrustedHeader);
const oidc = OAuthProvider.oidc({ issuerUrl: 'https://login.company.com', groupsClaim: 'groups' });

function signIn(options: Partial<OAuthSidecarOptions>): Rendered<unknown> {
  return render((scope) => {
    const release = new OpenWebUiRelease(scope, 'open-webui', { edge: EDGE });
    new OAuthSidecar(release, 'oauth-sidecar', { provider: oidc, ...options, release });
  });
}

describeEveryProp({
  struct: 'OAuthSidecarOptions',
  samples: [
    {
      provider: oidc,
      secretName: 'other-secrets',
      trustedHeaders: [TrustedHeader.EMAIL],
      cookieExpire: Duration.hours(7),
      cookieRefresh: Duration.minutes(8),
      upstreamTimeoutSeconds: 99,
      trustedProxyCidrs: ['10.225.8.0/24'],
      image: 'registry.example/proxy:1',
      resources: COMPONENT_SAMPLES[0].resources,
    },
  ],
  render: signIn,
  others: { provider: OAuthProvider.oidc({ issuerUrl: 'https://elsewhere.company.com' }) },
});

describeEveryProp({
  struct: 'OidcProviderOptions',
  samples: [
    {
      issuerUrl: 'https://login.company.com',
      clientId: 'client',
      scopes: ['openid', 'teams'],
      emailDomains: ['company.com'],
      allowedGroups: ['staff'],
      groupsClaim: 'teams',
      roleClaim: 'role',
      signOutUrl: 'https://login.company.com/logout',
      issuerCidrs: ['203.0.113.0/24'],
      additionalHosts: [{ host: 'keys.company.com', port: 8443, cidrs: ['198.51.100.0/24'] }],
      caConfigMapName: 'authorities',
    },
  ],
  render: (options) => signIn({ provider: OAuthProvider.oidc(options), trustedHeaders: EVERY_HEADER }),
  others: { issuerUrl: 'https://elsewhere.company.com' },
});

describeEveryProp({
  struct: 'EntraIdProviderOptions',
  samples: [
    {
      tenantId: '11111111-2222-4333-8444-555555555555',
      clientId: '66666666-7777-4888-8999-000000000000',
      emailDomains: ['company.com'],
      allowedGroups: ['22222222-2222-4333-8444-555555555555'],
      roleClaim: 'roles',
      workloadIdentity: true,
    },
  ],
  render: (options) => signIn({ provider: OAuthProvider.entraId(options), trustedHeaders: EVERY_HEADER }),
  others: { tenantId: '99999999-2222-4333-8444-555555555555' },
});

describeEveryProp({
  struct: 'OpenShiftProviderOptions',
  samples: [
    {
      oauthHost: 'oauth-openshift.apps.company.com',
      oauthHostCidrs: ['10.225.9.0/24'],
      apiServerCidrs: ['10.0.0.10/32'],
      accessReview: {
        verb: 'list',
        resource: 'pods',
        resourceName: 'other',
        resourceGroup: 'apps',
        namespace: 'elsewhere',
      },
    },
  ],
  render: (options) => signIn({ provider: OAuthProvider.openshift(options) }),
  others: { oauthHost: 'oauth.elsewhere.company.com', apiServerCidrs: ['10.0.0.99/32'] },
});

/** Interfaces that need no line above. */
const ELSEWHERE: { readonly [struct: string]: string } = {
  McpProxyProps: 'McpProxyOptions and the tenants',
  OAuthSidecarProps: 'OAuthSidecarOptions, the release and its session store',
  WorkspaceProps: 'each part has a line of its own, and the environments are compared as a whole',
  MigrationJobProps: 'written by OpenWebUiRelease alone',
  LiteLlmMigrationJobProps: 'written by LiteLlmGateway alone',
  LiteLlmAccountsJobProps: 'written by LiteLlmGateway alone',
};

test('every construct has its line here or in every-prop.test.ts', () => {
  const texts = (folder: string) =>
    fs
      .readdirSync(path.join(__dirname, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => fs.readFileSync(path.join(__dirname, folder, file), 'utf8'));
  const names = (folder: string, pattern: RegExp) =>
    new Set(texts(folder).flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name)));
  const checked = names(path.join('..', 'constructs'), /(?:checkProps\([^)]*?,|propsStruct:)\s*'(\w+)'/g);
  const tested = names('.', /struct: '(\w+)'/g);
  expect(checked.size).toBeGreaterThan(15);
  expect([...checked].filter((struct) => !tested.has(struct) && !ELSEWHERE[struct])).toEqual([]);
});
