import { App, Chart, Size, Testing } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import { AMBER, AMBER_WITHOUT_SHELL } from '../constructs/claude/amber';
import { ClaudeEngine } from '../constructs/claude/engine';
import { IsolationTier } from '../constructs/claude/isolation';
import { TASK_MODEL } from '../constructs/claude/service-rules';
import { ClaudeSessionPods, type ClaudeSessionPodsProps } from '../constructs/claude/session-pods';
import { ClaudeService, type ClaudeServiceProps } from '../constructs/claude-service';
import { UpdateStrategy } from '../constructs/platform/component';
import { manifestErrors } from '../constructs/platform/manifest-schema';
import { WorkspaceNamespace } from '../constructs/platform/namespace';
import { EgressBackend, Platform, type PlatformOptions } from '../constructs/platform/platform';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey, Secrets } from '../constructs/platform/secrets';
import type { Workload } from '../constructs/platform/workload';
import { SETTINGS } from '../services/claude-service/src/settings';

// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
type Manifest = any;

const GATEWAY_KEY = new SecretKey('litellm-secrets', 'LITELLM_MASTER_KEY', SecretForm.token(), 'callers send it');
const JWT_SECRET = new SecretKey('open-webui-identity', 'JWT', SecretForm.token(), 'signs users');
const DATABASE = { host: 'pg.company.com', database: 'claude', user: 'claude', cidrs: ['10.9.0.0/24'] };

/** A program of ours that stands for LiteLLM or the MCP gateway: all that counts is how it is reached. */
class Neighbour extends ClaudeService {
  public readonly mcpUrl = 'http://mcp-proxy:8000/mcp';
  public readonly toolServerId = 'mcp';
  public readonly title = 'Tools';
  public readonly groupsHeader = 'X-OpenWebUI-User-Groups';
}

interface Options extends PlatformOptions {
  readonly declare?: (claude: ClaudeService) => void;
  readonly sessions?: Partial<ClaudeSessionPodsProps>;
  readonly sessionNamespace?: string;
}

function render(props: ClaudeServiceProps = {}, options: Options = {}) {
  const {
    declare = (claude) => claude.useAnthropicApi(),
    sessions,
    sessionNamespace = 'claude-sessions',
    ...platform
  } = options;
  const app = new App({ outdir: Testing.app().outdir });
  Platform.kubernetes({ sharedStorageClass: 'files', ...platform }).attach(app);
  new Secrets(new Chart(app, 'secrets'), 'secrets').attach(app);
  const sessionChart = new Chart(app, 'sessions', { namespace: sessionNamespace });
  const sessionPods = sessions
    ? new ClaudeSessionPods(sessionChart, 'claude-session', {
        kubernetesApi: { host: 'kubernetes.default.svc', port: 6443, cidrs: ['10.0.0.10/32'] },
        ...sessions,
      })
    : undefined;
  const chart = new Chart(app, 'chart', { namespace: 'openwebui' });
  const claude = new ClaudeService(chart, 'claude-service', sessionPods ? { sessionPods, ...props } : props);
  declare(claude);
  const errors = app.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests: Manifest[] = errors.length > 0 ? [] : [...sessionChart.toJson(), ...chart.toJson()];
  const one = (kind: string, name = 'claude-service') =>
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  const pod = one('Deployment')?.spec.template.spec;
  const env: { [name: string]: string } = Object.fromEntries(
    (pod?.containers[0].env ?? []).map((variable: Manifest) => [variable.name, variable.value]),
  );
  return { app, chart, claude, errors, manifests, one, pod, env };
}

const keysOf = (app: App) =>
  Object.fromEntries(Secrets.of(app).all.map(({ secretName, keys }) => [secretName, keys.map(({ key }) => key)]));

describe('a service on its own', () => {
  test('as manifests', () => {
    const { errors, manifests } = render();
    expect(errors).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  test('keeps every key out of the environment: the variables name files', () => {
    const { app, env, pod } = render();
    expect(keysOf(app)).toEqual({
      'claude-service-secrets': ['ANTHROPIC_API_KEY', 'CLAUDE_SERVICE_KEY', 'FORWARD_USER_INFO_HEADER_JWT_SECRET'],
    });
    for (const name of ['ANTHROPIC_API_KEY', 'CLAUDE_SERVICE_KEY', 'FORWARD_USER_INFO_HEADER_JWT_SECRET']) {
      expect(env[`${name}_FILE`]).toBe(`/run/secrets/claude-service/${name}`);
      expect(env).not.toHaveProperty(name);
    }
    expect(JSON.stringify(pod.containers[0].env)).not.toContain('secretKeyRef');
  });

  test('is alone with its embedded database: one pod, the old one gone first', () => {
    const { one, env } = render();
    expect(one('Deployment').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(env.DATA_PATH).toBe('/data');
    expect(one('PersistentVolumeClaim', 'claude-service-data').spec.accessModes).toEqual(['ReadWriteOnce']);
    expect(env).not.toHaveProperty('DATABASE_URL_FILE');
  });

  test('lets running turns end before the pod does', () => {
    const { env, pod } = render({ shutdownGraceSeconds: 600 });
    expect(env.SHUTDOWN_GRACE_SECONDS).toBe('600');
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(600 + pod.containers[0].lifecycle.preStop.sleep.seconds);
  });

  test('holds no token of the cluster', () => {
    const { one, pod, manifests } = render();
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(one('ServiceAccount').automountServiceAccountToken).toBe(false);
    expect(JSON.stringify(pod.volumes)).not.toContain('serviceAccountToken');
    expect(manifests.filter(({ kind }) => kind.startsWith('Role'))).toEqual([]);
  });
});

describe('models', () => {
  test('from Anthropic: that host, and nothing else, may be reached', () => {
    const { one } = render();
    const [dns, ...rest] = one('NetworkPolicy').spec.egress;
    expect(dns.ports.map(({ port }: Manifest) => port)).toEqual([53, 53]);
    expect(rest).toEqual([
      {
        to: [{ ipBlock: { cidr: '160.79.104.0/23' } }, { ipBlock: { cidr: '2607:6bc0::/48' } }],
        ports: [{ port: 443, protocol: 'TCP' }],
      },
    ]);
  });

  test('from a gateway: its key, its address, and no way to Anthropic', () => {
    let gateway: Workload | undefined;
    const { app, env, one, pod } = render(
      {},
      {
        declare: (claude) => {
          const neighbour = new Neighbour(Chart.of(claude), 'litellm-service');
          neighbour.useAnthropicApi();
          gateway = neighbour;
          claude.useModelGateway({
            apiKey: GATEWAY_KEY,
            messagesUrl: 'http://litellm-service:4000',
            allowClient: (client) => neighbour.allowClient(client),
          });
        },
      },
    );
    expect(env.ANTHROPIC_BASE_URL).toBe('http://litellm-service:4000');
    const sources = pod.volumes.find(({ name }: Manifest) => name === 'keys').projected.sources;
    expect(sources).toContainEqual({
      secret: { name: 'litellm-secrets', items: [{ key: 'LITELLM_MASTER_KEY', path: 'ANTHROPIC_API_KEY' }] },
    });
    expect(keysOf(app)['claude-service-secrets']).not.toContain('ANTHROPIC_API_KEY');
    expect(one('NetworkPolicy').spec.egress.slice(1)).toEqual([
      { to: [{ podSelector: { matchLabels: gateway?.selector } }], ports: [{ port: 8001, protocol: 'TCP' }] },
    ]);
  });

  test.each([
    ['none', () => undefined, 'it has no models'],
    [
      'two',
      (claude: ClaudeService) => {
        claude.useAnthropicApi();
        claude.useModelGateway({
          apiKey: GATEWAY_KEY,
          messagesUrl: 'http://litellm:4000',
          allowClient: () => undefined,
        });
      },
      'api.anthropic.com and http://litellm:4000',
    ],
  ])('from %s places is refused', (_, declare, sentence) => {
    const { errors } = render({}, { declare });
    expect(errors).toEqual([expect.stringContaining(sentence)]);
  });

  describe('of a gateway that says what it offers', () => {
    const offering = (modelNames: string[], props: ClaudeServiceProps = {}) => {
      const gateway = { apiKey: GATEWAY_KEY, messagesUrl: 'http://litellm:4000', modelNames, allowClient: () => {} };
      return render(props, { declare: (claude) => claude.useModelGateway(gateway) }).errors;
    };
    const jade = { name: 'jade', content: AMBER_WITHOUT_SHELL.replaceAll('amber', 'jade').replace('sonnet', 'opus') };

    test('are among them: those of the personas, and the one that writes titles', () => {
      expect(offering(['sonnet', 'claude-opus-5-5'])).toEqual([
        "claude-service: its gateway does not offer claude-sonnet-5-5 (the persona amber), claude-haiku-5-5 (taskModel), only sonnet, claude-opus-5-5: write a model of that name in the gateway's models, or name one of those in the persona and in taskModel",
      ]);
      expect(offering(['claude-sonnet-5-5'])).toEqual([expect.stringContaining('offer claude-haiku-5-5 (taskModel)')]);
      expect(offering([])).toEqual([expect.stringContaining('only sessions')]);
    });

    test.each<[string, string[], ClaudeServiceProps]>([
      ['both', ['claude-sonnet-5-5', 'claude-haiku-5-5'], {}],
      ['one that does both', ['claude-sonnet-5-5'], { taskModel: 'claude-sonnet-5-5' }],
      ['any of a pattern', ['claude-*'], {}],
    ])('may be %s', (_, modelNames, props) => {
      expect(offering(modelNames, props)).toEqual([]);
    });

    test('are not asked for by a persona that no model names', () => {
      const personas = [{ name: 'amber', content: AMBER_WITHOUT_SHELL }, jade];
      expect(offering(['claude-sonnet-5-5', 'claude-haiku-5-5'], { personas })).toEqual([]);
      const models = { amber: 'amber', jade: 'jade' };
      expect(offering(['claude-sonnet-5-5', 'claude-haiku-5-5'], { personas, models })).toEqual([
        expect.stringContaining('claude-opus-5-5 (the persona jade), only'),
      ]);
    });

    test('the program itself takes the same model for titles', () => {
      expect(SETTINGS.taskModel).toMatchObject({ name: 'TASK_MODEL', default: TASK_MODEL });
    });
  });

  test('are offered to a gateway that routes here, under the names of the models', () => {
    const { claude, env } = render({ models: { 'claude-amber-session': 'amber', reviewer: 'amber' } });
    expect(claude.modelNames).toEqual(['claude-amber-session', 'reviewer']);
    expect(env.MODELS).toBe('claude-amber-session=amber,reviewer=amber');
    expect(claude.apiUrl).toBe('http://claude-service:8001/v1');
    expect(claude.apiKey).toMatchObject({ secretName: 'claude-service-secrets', key: 'CLAUDE_SERVICE_KEY' });
  });
});

describe('tools', () => {
  const declare = (claude: ClaudeService, jwtSecret: SecretKey) => {
    claude.useAnthropicApi();
    const tools = new Neighbour(Chart.of(claude), 'mcp-proxy', { jwtSecret });
    tools.useAnthropicApi();
    claude.useTools(tools);
  };

  test('come from the MCP gateway, through one port', () => {
    const { env, one, errors } = render(
      { jwtSecret: JWT_SECRET },
      { declare: (claude) => declare(claude, JWT_SECRET) },
    );
    expect(errors).toEqual([]);
    expect(env).toMatchObject({
      MCP_PROXY_URL: 'http://mcp-proxy:8000/mcp',
      MCP_PROXY_API_KEY_FILE: '/run/secrets/claude-service/MCP_PROXY_API_KEY',
    });
    expect(JSON.stringify(one('NetworkPolicy').spec.egress)).toContain('"app.kubernetes.io/instance":"mcp-proxy"');
  });

  test('need the same proof of who a user is at both programs', () => {
    const { errors } = render({}, { declare: (claude) => declare(claude, JWT_SECRET) });
    expect(errors).toEqual([expect.stringContaining('the same jwtSecret')]);
  });
});

test('every prop given reaches the output', () => {
  const { app, env, one, pod, errors } = render({
    replicas: 2,
    database: DATABASE,
    workspaces: { size: Size.gibibytes(50), shared: true, claimName: 'sessions', subPath: 'claude' },
    secretName: 'agents',
    keyRotation: true,
    jwtSecret: JWT_SECRET,
    personas: [{ name: 'amber', content: AMBER_WITHOUT_SHELL.replace('You are Amber.', 'You are amber-coloured.') }],
    models: { amber: 'amber' },
    engine: ClaudeEngine.AGENT_SDK,
    image: 'registry.company.com/claude-agent:1.0.0',
    isolation: IsolationTier.RUNTIME_CLASS,
    runtimeClassName: 'gvisor',
    taskModel: 'claude-sonnet-5-5',
    maxTurns: 7,
    maxBudgetUsdPerTurn: 1.5,
    maxBudgetUsdPerUserPerDay: 9,
    sessionIdleSeconds: 60,
    maxLiveSessions: 8,
    shutdownGraceSeconds: 120,
    compactAboveTokens: 0,
    sessionRetentionDays: 90,
    auditRetentionDays: 365,
  });
  expect(errors).toEqual([]);
  expect(env).toMatchObject({
    ENGINE: 'agent-sdk',
    ISOLATION: 'runtime-class',
    MODELS: 'amber=amber',
    TASK_MODEL: 'claude-sonnet-5-5',
    MAX_TURNS: '7',
    MAX_BUDGET_USD_PER_TURN: '1.5',
    MAX_BUDGET_USD_PER_USER_PER_DAY: '9',
    SESSION_IDLE_SECONDS: '60',
    MAX_LIVE_SESSIONS: '8',
    SHUTDOWN_GRACE_SECONDS: '120',
    COMPACT_ABOVE_TOKENS: '0',
    SESSION_RETENTION_DAYS: '90',
    AUDIT_RETENTION_DAYS: '365',
    DATABASE_URL_FILE: '/run/secrets/claude-service/DATABASE_URL',
    CLAUDE_SERVICE_KEY_PREVIOUS_FILE: '/run/secrets/claude-service/CLAUDE_SERVICE_KEY_PREVIOUS',
  });
  expect(env).not.toHaveProperty('DATA_PATH');
  expect(keysOf(app).agents).toEqual([
    'ANTHROPIC_API_KEY',
    'CLAUDE_SERVICE_KEY',
    'CLAUDE_SERVICE_KEY_PREVIOUS',
    'DATABASE_URL',
  ]);
  expect(one('ConfigMap', 'claude-service-personas').data['amber.md']).toContain('amber-coloured');
  expect(one('PersistentVolumeClaim', 'sessions').spec).toMatchObject({
    accessModes: ['ReadWriteMany'],
    storageClassName: 'files',
  });
  expect(pod.runtimeClassName).toBe('gvisor');
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: 'workspaces',
    mountPath: '/workspaces',
    subPath: 'claude',
  });
  expect(one('Deployment').spec).toMatchObject({ replicas: 2, strategy: { type: 'RollingUpdate' } });
  expect(JSON.stringify(one('NetworkPolicy').spec.egress)).toContain('10.9.0.0/24');
});

test('pods replace each other one by one where the folders of sessions are shared', () => {
  const claimAndStrategy = (props: ClaudeServiceProps) => {
    const { errors, one } = render({ database: DATABASE, ...props });
    expect(errors).toEqual([]);
    const { accessModes } = one('PersistentVolumeClaim', 'claude-service-workspaces').spec;
    return [...accessModes, one('Deployment').spec.strategy.type];
  };
  const workspaces = { size: Size.gibibytes(20) };
  const shared = { ...workspaces, shared: true };
  expect(claimAndStrategy({})).toEqual(['ReadWriteOnce', 'Recreate']);
  expect(claimAndStrategy({ workspaces })).toEqual(['ReadWriteOnce', 'Recreate']);
  expect(claimAndStrategy({ workspaces: shared })).toEqual(['ReadWriteMany', 'RollingUpdate']);
  expect(claimAndStrategy({ workspaces: shared, replicas: 2 })).toEqual(['ReadWriteMany', 'RollingUpdate']);
});

test('another persona is another pod', () => {
  const checksum = (content: string) =>
    render({ personas: [{ name: 'amber', content }] }).one('Deployment').spec.template.metadata.annotations[
      'checksum/config'
    ];
  expect(checksum(`${AMBER_WITHOUT_SHELL}\nBe brief.\n`)).not.toBe(checksum(AMBER_WITHOUT_SHELL));
});

describe('a pod for each session', () => {
  const POD = { isolation: IsolationTier.POD };

  test('as manifests of both namespaces', () => {
    const { errors, manifests } = render(POD, { sessions: {} });
    expect(errors).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  test('has no key, no token, no way out, and only its own folder', () => {
    const { one } = render(POD, { sessions: {} });
    const made = JSON.parse(one('ConfigMap', 'claude-service-session-pod').data['pod.json']);
    // The service gives it a name.
    expect(manifestErrors({ ...made, metadata: { ...made.metadata, name: 'session-1' } })).toEqual([]);
    expect(made).toMatchObject({ kind: 'Pod', metadata: { namespace: 'claude-sessions' } });
    expect(made.spec.automountServiceAccountToken).toBe(false);
    expect(made.spec.volumes.map(({ name }: Manifest) => name)).toEqual(['tmp', 'workspaces']);
    expect(made.spec.containers[0].volumeMounts).toContainEqual({
      name: 'workspaces',
      mountPath: '/workspaces',
      subPathExpr: '$(SESSION_ID)',
    });
    expect(made.spec.containers[0].securityContext).toMatchObject({ readOnlyRootFilesystem: true, runAsNonRoot: true });
    const policy = one('NetworkPolicy', 'claude-session');
    expect(policy.metadata.namespace).toBe('claude-sessions');
    expect(policy.spec.podSelector.matchLabels).toEqual(
      expect.objectContaining({ 'app.kubernetes.io/name': made.metadata.labels['app.kubernetes.io/name'] }),
    );
    expect([...(policy.spec.ingress ?? []), ...(policy.spec.egress ?? [])]).toEqual([]);
  });

  test('keeps to the folder of the volume that somebody names', () => {
    const workspaces = { size: Size.gibibytes(10), shared: true, subPath: 'claude' };
    const { one } = render(POD, { sessions: { workspaces } });
    const made = JSON.parse(one('ConfigMap', 'claude-service-session-pod').data['pod.json']);
    expect(made.spec.containers[0].volumeMounts).toContainEqual({
      name: 'workspaces',
      mountPath: '/workspaces',
      subPathExpr: 'claude/$(SESSION_ID)',
    });
  });

  test('gives the service rights in the other namespace, and none in its own', () => {
    const { manifests, one } = render(POD, { sessions: {} });
    expect(manifests.filter(({ kind }) => kind.startsWith('Role')).map(({ metadata }) => metadata.namespace)).toEqual([
      'claude-sessions',
      'claude-sessions',
    ]);
    expect(one('RoleBinding').subjects).toEqual([
      { kind: 'ServiceAccount', name: 'claude-service', namespace: 'openwebui' },
    ]);
    expect(JSON.stringify(one('Role').rules)).not.toContain('secrets');
  });

  test('costs the service a token that is renewed, and the way to the API server', () => {
    const { one, pod, env } = render(POD, { sessions: {} });
    expect(pod.automountServiceAccountToken).toBe(false);
    const token = pod.volumes.find(({ name }: Manifest) => name === 'kubernetes-token');
    expect(token.projected.sources[0]).toEqual({ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } });
    expect(one('NetworkPolicy').spec.egress).toContainEqual({
      to: [{ ipBlock: { cidr: '10.0.0.10/32' } }],
      ports: [{ port: 6443, protocol: 'TCP' }],
    });
    expect(env).toMatchObject({
      ISOLATION: 'pod',
      SESSION_NAMESPACE: 'claude-sessions',
      SESSION_POD_PATH: '/session-pod/pod.json',
    });
  });

  test('leaves the service without the sessions’ folders, so that replicas can roll', () => {
    const { one, pod } = render({ ...POD, replicas: 2, maxLiveSessions: 32, database: DATABASE }, { sessions: {} });
    expect(one('PersistentVolumeClaim', 'claude-service-workspaces')).toBeUndefined();
    expect(pod.containers[0].volumeMounts.map(({ mountPath }: Manifest) => mountPath)).not.toContain('/workspaces');
    expect(one('Deployment').spec.strategy.type).toBe('RollingUpdate');
  });

  test('as a Sandbox: the service makes Sandboxes, not pods', () => {
    const { one } = render({ isolation: IsolationTier.AGENT_SANDBOX }, { sessions: {} });
    const mayCreate = one('Role').rules.filter(({ verbs }: Manifest) => verbs.includes('create'));
    expect(mayCreate.map(({ resources }: Manifest) => resources)).toEqual([['sandboxes'], ['pods/exec']]);
  });

  test.each(['kubernetes.default.svc', 'prod-dns-0a1b.hcp.westeurope.azmk8s.io'])(
    'reaches an API server with a public address, which nobody looks up by name, on Cilium: %s',
    (host) => {
      const sessions = { kubernetesApi: { host, cidrs: ['20.61.10.5/32'] } };
      const { one, errors } = render(POD, { sessions, egress: EgressBackend.CILIUM });
      expect(errors).toEqual([]);
      const open = one('NetworkPolicy').spec.egress.filter(({ to }: Manifest) =>
        to.some(({ ipBlock }: Manifest) => ipBlock?.cidr === '20.61.10.5/32'),
      );
      expect(open.map(({ ports }: Manifest) => ports)).toEqual([[{ port: 443, protocol: 'TCP' }]]);
      const { egress } = one('CiliumNetworkPolicy', 'claude-service-hosts').spec;
      const names = egress.flatMap(({ toFQDNs = [] }: Manifest) => toFQDNs);
      expect(names).toEqual([{ matchName: 'api.anthropic.com' }]);
      expect(egress).toContainEqual({
        toEntities: ['kube-apiserver'],
        toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
      });
    },
  );

  test('counts for the quota of its namespace, for as many sessions as there may be', () => {
    const chart = new Chart(new App(), 'sessions', { namespace: 'claude-sessions' });
    new WorkspaceNamespace(chart, 'namespace', { name: 'claude-sessions', quotaHeadroom: 0 }).attach(chart);
    new ClaudeSessionPods(chart, 'claude-session', {
      kubernetesApi: { host: 'kubernetes.default.svc', cidrs: ['10.0.0.10/32'] },
      maxSessions: 100,
      workspaces: { size: Size.gibibytes(10), shared: true, storageClass: 'files' },
    });
    const quota = chart.toJson().find(({ kind }) => kind === 'ResourceQuota');
    expect(quota.spec.hard).toMatchObject({ pods: '100', 'limits.cpu': '100', persistentvolumeclaims: '1' });
  });

  test.each<[string, ClaudeServiceProps, Options, string]>([
    ['no place for pods', POD, {}, 'pass sessionPods'],
    ['pods that nobody makes', {}, { sessions: {} }, 'leave sessionPods out'],
    ['the same namespace', POD, { sessions: {}, sessionNamespace: 'openwebui' }, 'must be in another namespace'],
    ['more sessions than pods', { ...POD, maxLiveSessions: 65 }, { sessions: {} }, '65 live sessions'],
    [
      'workspaces in the wrong place',
      { ...POD, workspaces: { size: Size.gibibytes(1) } },
      { sessions: {} },
      'write workspaces in sessionPods',
    ],
    ['no count', { ...POD, maxLiveSessions: 1 }, { sessions: { maxSessions: 0.5 } }, 'maxSessions is 0.5'],
    [
      'a volume of one node',
      POD,
      { sessions: { workspaces: { size: Size.gibibytes(1) } } },
      'set shared of workspaces',
    ],
    [
      'an API server without an address',
      POD,
      { sessions: { kubernetesApi: { host: 'kubernetes.default.svc', port: 6443 } } },
      'write cidrs of kubernetesApi',
    ],
  ])('with %s is refused', (_, props, options, sentence) => {
    expect(render(props, options).errors.join('\n')).toContain(sentence);
  });
});

describe('what would not work', () => {
  const twoTools = (claude: ClaudeService) => {
    claude.useAnthropicApi();
    for (const id of ['mcp-proxy', 'mcp-other']) {
      const tools = new Neighbour(Chart.of(claude), id, { jwtSecret: claude.jwtSecret });
      tools.useAnthropicApi();
      claude.useTools(tools);
    }
  };
  test.each<[string, ClaudeServiceProps, string, Options?]>([
    ['claude-one-tool-server', {}, 'call useTools once', { declare: twoTools }],
    ['claude-models-given', { models: {} }, 'models is empty'],
    ['claude-model-name', { models: { 'my model': 'amber' } }, '"my model" cannot name a model'],
    ['claude-model-persona', { models: { a: 'jade' } }, 'names the persona jade: personas has amber'],
    [
      'claude-personas-distinct',
      {
        personas: [
          { name: 'amber', content: AMBER_WITHOUT_SHELL },
          { name: 'amber', content: AMBER_WITHOUT_SHELL },
        ],
      },
      'amber more than once',
    ],
    [
      'claude-replicas-database',
      { replicas: 2, workspaces: { size: Size.gibibytes(1), shared: true } },
      'cannot share the database inside the program',
    ],
    [
      'claude-replicas-workspaces',
      { replicas: 2, database: DATABASE },
      "2 replicas mount the sessions' folders, and claude-service-workspaces is a volume of one node: write shared: true in workspaces",
    ],
    [
      'claude-replicas-workspaces',
      { autoscaling: { minReplicas: 1, maxReplicas: 2 }, database: DATABASE },
      "2 replicas mount the sessions' folders",
    ],
    [
      'claude-connections-unchecked',
      { database: { ...DATABASE, maxConnections: 100 } },
      'maxConnections of database would check nothing',
    ],
    [
      'claude-shared-container-without-shell',
      { personas: [{ name: 'amber', content: AMBER }] },
      'with the tool bash of amber anybody could read',
    ],
    [
      'claude-storage-unused',
      { database: DATABASE, storage: { size: Size.gibibytes(1) } },
      'with database, leave it out',
    ],
    ['claude-recreate', { updateStrategy: UpdateStrategy.ROLLING_UPDATE }, 'leave updateStrategy out'],
    ['claude-isolation-runtime-class', { isolation: IsolationTier.RUNTIME_CLASS }, 'write runtimeClassName'],
    ['claude-agent-sdk-image', { engine: ClaudeEngine.AGENT_SDK, maxLiveSessions: 1 }, 'whose licence is proprietary'],
    [
      'claude-agent-sdk-memory',
      {
        engine: ClaudeEngine.AGENT_SDK,
        image: 'registry.company.com/claude-agent:1.0.0',
        resources: {
          cpu: { request: Cpu.units(1), limit: Cpu.units(1) },
          memory: { request: Size.gibibytes(1), limit: Size.gibibytes(1) },
        },
      },
      'has room for 5: lower maxLiveSessions',
    ],
    ['claude-limits', { maxTurns: 0, sessionIdleSeconds: 1.5 }, 'maxTurns 0, sessionIdleSeconds 1.5'],
    ['claude-grace-seconds', { shutdownGraceSeconds: 100_000 }, 'write a day, 86400, or less'],
    [
      'claude-ends',
      { compactAboveTokens: -1, auditRetentionDays: 0.5 },
      'compactAboveTokens -1, auditRetentionDays 0.5',
    ],
    ['claude-budgets', { maxBudgetUsdPerTurn: 0 }, 'maxBudgetUsdPerTurn 0'],
    ['claude-budget-order', { maxBudgetUsdPerTurn: 30 }, "more than a user's day with 20"],
    ['claude-grace-period', { terminationGracePeriodSeconds: 60 }, 'ends 60 s after'],
    [
      'claude-plain-user-headers',
      { extraEnv: { TRUST_PLAIN_USER_HEADERS: 'true' } },
      'lets every caller name any user',
    ],
  ])('%s', (_, props, sentence, options = {}) => {
    const { errors } = render(props, options);
    expect(errors).toEqual([expect.stringContaining(sentence)]);
    expect(errors[0]).toMatch(/^claude-service: /);
  });
});

describe('personas', () => {
  const front = (fields: string, body = 'Help.') => `---\n${fields}\n---\n${body}\n`;
  const amber = (change: (content: string) => string) => ({
    personas: [{ name: 'amber', content: change(AMBER_WITHOUT_SHELL) }],
  });

  test('our own is right, and so is one with tools in a line, in capitals', () => {
    const content = front(
      'name: jade\ndescription: Reviews.\ntools: Read, Grep, Glob\nmodel: claude-opus-5-5\ncolor: green',
    );
    expect(render({ personas: [{ name: 'jade', content }], models: { jade: 'jade' } }).errors).toEqual([]);
  });

  test.each<[string, ClaudeServiceProps, string]>([
    [
      'persona-name',
      {
        personas: [{ name: 'Amber', content: AMBER_WITHOUT_SHELL.replace('name: amber', 'name: Amber') }],
        models: { a: 'Amber' },
      },
      'cannot be a file',
    ],
    ['persona-front-matter', amber(() => '# Amber\n'), 'does not begin with front matter'],
    ['persona-front-matter', amber(() => front('tools: [bash')), 'is not YAML'],
    ['persona-front-matter', amber(() => front('- name')), 'is not a list of names with values'],
    ['persona-fields', amber(() => front('name: amber\ntools: read')), 'lacks description, model'],
    ['persona-same-name', amber((content) => content.replace('name: amber', 'name: jade')), 'calls itself jade'],
    ['persona-tools', amber((content) => content.replace('[read,', '[read, WebSearch,')), 'wants websearch'],
    [
      'persona-narrowed-tools',
      amber((content) => content.replace('tools:', 'deny: [mcp_search, websearch]\ntools:')),
      'has websearch in ask or deny',
    ],
    ['persona-model-id', amber((content) => content.replace('claude-sonnet-5-5', 'sonnet')), 'the model "sonnet"'],
    [
      'persona-model-served',
      amber((content) => content.replace('claude-sonnet-5-5', 'claude-sonnet-4-5-20250929')),
      'is retired: write claude-sonnet-5-5',
    ],
    [
      'persona-instructions',
      amber(() => front('name: amber\ndescription: x\ntools: read\nmodel: claude-opus-5-5', ' ')),
      'has no instructions',
    ],
  ])('%s', (_, props, sentence) => {
    const { errors } = render(props);
    expect(errors).toEqual([expect.stringContaining(sentence)]);
    expect(errors[0]).toMatch(/^claude-service: the persona /);
  });
});
