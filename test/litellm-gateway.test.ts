import { Chart, Testing } from 'cdk8s';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { ClaudeService } from '../constructs/claude-service';
import type { LiteLlmModel } from '../constructs/litellm/model';
import { compromisedRelease } from '../constructs/litellm/versions';
import { LiteLlmGateway, type LiteLlmGatewayProps } from '../constructs/litellm-gateway';
import { Ollama } from '../constructs/ollama';
import { Platform } from '../constructs/platform/platform';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey, Secrets } from '../constructs/platform/secrets';
import { Redis } from '../constructs/redis';

const SONNET: LiteLlmModel = {
  name: 'claude-sonnet-5-5',
  model: 'anthropic/claude-sonnet-5-5',
  apiKey: 'ANTHROPIC_API_KEY',
};
const DATABASE = { host: 'pg.internal', database: 'litellm', user: 'litellm', cidrs: ['10.1.0.0/16'] };

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
  readonly spec: any;
  readonly data: { readonly [file: string]: string };
}

interface Setup {
  readonly models?: LiteLlmModel[];
  readonly props?: Partial<LiteLlmGatewayProps>;
  readonly platform?: Platform;
  readonly prepare?: (gateway: LiteLlmGateway, chart: Chart) => void;
}

function render({ models = [SONNET], props, platform = Platform.kind(), prepare }: Setup = {}) {
  const chart = new Chart(Testing.app(), 'workspace', { namespace: 'openwebui' });
  platform.attach(chart);
  const secrets = new Secrets(chart, 'secrets');
  secrets.attach(chart);
  const gateway = new LiteLlmGateway(chart, 'litellm', { serviceName: 'litellm-service', models, ...props });
  prepare?.(gateway, chart);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests: Manifest[] = errors.length > 0 ? [] : Testing.synth(chart);
  const find = (kind: string, name: string) =>
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name.startsWith(name));
  const file = find('ConfigMap', 'litellm-config')?.data['config.yaml'] ?? '';
  // LiteLLM reads YAML 1.1.
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into the file
  const config: any = file === '' ? {} : load(file, { schema: YAML11_SCHEMA });
  const pod = find('Deployment', 'litellm')?.spec.template.spec;
  const env = Object.fromEntries(
    (pod?.containers[0].env ?? []).map((variable: { name: string; value?: string; valueFrom?: object }) => [
      variable.name,
      variable.value ?? variable.valueFrom,
    ]),
  );
  const keys = secrets.all.flatMap(({ secretName, keys: all }) => all.map(({ key }) => `${secretName}/${key}`));
  return { chart, gateway, errors, manifests, find, file, config, pod, env, keys };
}

const withSessions = (gateway: LiteLlmGateway, chart: Chart) => {
  const claude = new ClaudeService(chart, 'claude-service', { taskModel: SONNET.name });
  claude.useModelGateway(gateway);
  gateway.route(claude);
};
const withRedis = (gateway: LiteLlmGateway, chart: Chart) => gateway.useRedis(new Redis(chart, 'redis'));

test('renders the seed’s gateway', () => {
  expect(
    render({ prepare: withSessions }).manifests.filter(({ metadata }) => metadata.name.startsWith('litellm')),
  ).toMatchSnapshot();
});

test('renders the gateway with a database, Redis and everything limited', () => {
  const { manifests } = render({
    platform: Platform.aks(),
    models: [
      SONNET,
      {
        name: 'gpt',
        model: 'azure/gpt',
        apiKey: 'AZURE_API_KEY',
        apiBase: 'https://company.openai.azure.com',
        apiVersion: '2026-01-01',
        limits: { requestsPerMinute: 100, tokensPerMinute: 500_000 },
        budget: { maxBudget: 50, duration: '1mo' },
        timeoutSeconds: 120,
        baseModel: 'azure/gpt-5',
        fallbacks: ['claude-sonnet-5-5'],
      },
    ],
    props: {
      replicas: 2,
      database: DATABASE,
      budgets: { perUser: { maxBudget: 20 }, perTeam: { maxBudget: 200 }, total: { maxBudget: 1000 } },
      rateLimits: { perUser: { requestsPerMinute: 30 }, perTeam: { tokensPerMinute: 1_000_000 } },
    },
    prepare: withRedis,
  });
  expect(manifests.filter(({ metadata }) => metadata.name.startsWith('litellm'))).toMatchSnapshot();
});

describe('secrets', () => {
  test('stand in the file as names of variables, never as values', () => {
    const { config, env } = render({ prepare: withSessions });
    expect(config.general_settings.master_key).toBe('os.environ/LITELLM_MASTER_KEY');
    const used = config.model_list.map(
      (entry: { litellm_params: { api_key: string } }) => entry.litellm_params.api_key,
    );
    expect(used).toEqual(['os.environ/ANTHROPIC_API_KEY', 'os.environ/CLAUDE_SERVICE_KEY']);
    expect(env.ANTHROPIC_API_KEY).toEqual({ secretKeyRef: { name: 'litellm-secrets', key: 'ANTHROPIC_API_KEY' } });
    expect(env.CLAUDE_SERVICE_KEY).toEqual({
      secretKeyRef: { name: 'claude-service-secrets', key: 'CLAUDE_SERVICE_KEY' },
    });
  });

  test('of one provider are asked for once, however many models it has', () => {
    const { keys } = render({ models: [SONNET, { ...SONNET, name: 'other', model: 'anthropic/claude-opus-5-5' }] });
    expect(keys).toEqual(['litellm-secrets/ANTHROPIC_API_KEY', 'litellm-secrets/LITELLM_MASTER_KEY']);
  });

  test('with a database, clients get a key that is not the administrators’', () => {
    expect(render().gateway.apiKey.key).toBe('LITELLM_MASTER_KEY');
    const { gateway, find, keys } = render({ props: { database: DATABASE } });
    expect(gateway.apiKey.key).toBe('LITELLM_CLIENT_KEY');
    expect(gateway.apiKey.form.prefix).toBe('sk-');
    expect(keys).toContain('litellm-secrets/LITELLM_SALT_KEY');
    // It must be written into the database before anybody can log in with it.
    const job = find('Job', 'litellm-accounts')?.spec.template.spec.containers[0];
    expect(job.env.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['LITELLM_CLIENT_KEY', 'LITELLM_MASTER_KEY']),
    );
  });
});

describe('the route to sessions', () => {
  const entry = () =>
    render({ prepare: withSessions }).config.model_list.find(
      ({ model_name }: { model_name: string }) => model_name === 'claude-amber-session',
    );

  test('sends the model’s own name and never sends a turn twice', () => {
    expect(entry().litellm_params).toMatchObject({
      model: 'openai/claude-amber-session',
      api_base: 'http://claude-service:8001/v1',
      num_retries: 0,
      max_retries: 0,
    });
  });

  test('waits longer than an agent works, and tells the client that it does', () => {
    const { timeout, stream_timeout: streamTimeout, keepalive_seconds: keepalive } = entry().litellm_params;
    expect([timeout, streamTimeout]).toEqual([3600, 3600]);
    expect(keepalive).toBeLessThan(60);
  });

  test('costs nothing and is never asked by a health check', () => {
    expect(entry().model_info).toMatchObject({
      input_cost_per_token: 0,
      output_cost_per_token: 0,
      cache_read_input_token_cost: 0,
      cache_creation_input_token_cost: 0,
      disable_background_health_check: true,
    });
  });

  test('passes on who asks, to sessions only', () => {
    expect(render({ prepare: withSessions }).config.litellm_settings.model_group_settings).toEqual({
      forward_client_headers_to_llm_api: ['claude-amber-session'],
    });
    expect(render().config.litellm_settings.model_group_settings).toBeUndefined();
  });

  test('opens the way there and back, and nothing else', () => {
    const { find } = render({ prepare: withSessions });
    const claude = {
      podSelector: {
        matchLabels: { 'app.kubernetes.io/name': 'claude-service', 'app.kubernetes.io/instance': 'claude-service' },
      },
    };
    const { ingress, egress } = find('NetworkPolicy', 'litellm')?.spec ?? {};
    expect(ingress).toEqual([{ from: [claude], ports: [{ port: 4000, protocol: 'TCP' }] }]);
    expect(egress).toContainEqual({ to: [claude], ports: [{ port: 8001, protocol: 'TCP' }] });
  });

  test('gives the service its models through the gateway', () => {
    const { gateway } = render();
    expect(gateway.messagesUrl).toBe('http://litellm-service:4000');
    expect(gateway.apiBaseUrl).toBe('http://litellm-service:4000/v1');
  });
});

describe('who asks', () => {
  test('is read from the header that Open WebUI is told to send: it signs its own ones', () => {
    const { gateway, config } = render();
    // LiteLLM reads it before all others, without being told.
    expect(gateway.userHeader).toBe('x-litellm-customer-id');
    expect(config.general_settings).not.toHaveProperty('user_header_mappings');
  });
});

describe('the network', () => {
  const hosts = (model: Partial<LiteLlmModel>) =>
    render({ platform: Platform.aks(), models: [{ ...SONNET, ...model }] })
      .find('CiliumNetworkPolicy', 'litellm-hosts')
      ?.spec.egress.slice(1);

  test.each<[string, Partial<LiteLlmModel>, string, string]>([
    ['Anthropic', {}, 'api.anthropic.com', '443'],
    ['OpenAI', { model: 'openai/gpt-6' }, 'api.openai.com', '443'],
    [
      'an address of one’s own',
      { model: 'openai/x', apiBase: 'https://models.company.com:8443/v1' },
      'models.company.com',
      '8443',
    ],
    [
      'a host said by hand',
      {
        model: 'bedrock/x',
        keyless: true,
        apiKey: undefined,
        host: { host: 'bedrock-runtime.eu-west-1.amazonaws.com' },
      },
      'bedrock-runtime.eu-west-1.amazonaws.com',
      '443',
    ],
  ])('lets it ask %s and nobody else', (_title, model, host, port) => {
    expect(hosts(model)).toEqual([
      { toFQDNs: [{ matchName: host }], toPorts: [{ ports: [{ port, protocol: 'TCP' }] }] },
    ]);
  });

  test('lets it ask a model of the cluster by the link alone', () => {
    const { errors, find, config } = render({
      models: [{ name: 'local', model: 'ollama/qwen3', keyless: true, apiBase: 'http://ollama:11434' }],
      prepare: (gateway, chart) => gateway.connectTo(new Ollama(chart, 'ollama'), 'http', 'models'),
    });
    expect(errors).toEqual([]);
    expect(config.model_list[0].litellm_params).toEqual({ model: 'ollama/qwen3', api_base: 'http://ollama:11434' });
    const ports = find('NetworkPolicy', 'litellm')?.spec.egress.flatMap((rule: { ports: object[] }) => rule.ports);
    expect(ports.map(({ port }: { port: number }) => port)).toEqual([53, 53, 11434]);
  });
});

describe('a model that others serve in the cluster', () => {
  const local = (apiBase: string): LiteLlmModel => ({ name: 'local', model: 'openai/qwen3', keyless: true, apiBase });

  test.each([
    ['http://vllm.models.svc.cluster.local:8000/v1', 8000],
    ['http://vllm.models.svc/v1', 80],
  ])('is asked in its namespace, on that port: %s', (apiBase, port) => {
    const { errors, find } = render({ models: [local(apiBase)] });
    expect(errors).toEqual([]);
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'models' } };
    expect(find('NetworkPolicy', 'litellm')?.spec.egress).toContainEqual({
      to: [{ namespaceSelector }],
      ports: [{ port, protocol: 'TCP' }],
    });
  });

  test('is not one whose name has svc in it, which stands outside', () => {
    const { errors, find } = render({ models: [local('https://llm.svc.company.com')] });
    expect(errors).toEqual([]);
    expect(JSON.stringify(find('NetworkPolicy', 'litellm')?.spec.egress)).toContain('0.0.0.0/0');
    expect(render({ models: [local('http://llm.svc.company.com')] }).errors.join()).toMatch(/in the clear/);
  });

  test('is one of ours when this app renders it in the same namespace: without a link it would let nobody in', () => {
    const models = [local('http://ollama.openwebui.svc.cluster.local:11434/v1')];
    const unlinked = render({ models, prepare: (_, chart) => new Ollama(chart, 'ollama') });
    expect(unlinked.errors.join()).toMatch(/"ollama", but no link leads there: call connectTo/);
    const linked = render({
      models,
      prepare: (gateway, chart) => gateway.connectTo(new Ollama(chart, 'ollama'), 'http', 'models'),
    });
    expect(linked.errors).toEqual([]);
    const egress: { ports: { port: number }[]; to: object[] }[] = linked.find('NetworkPolicy', 'litellm')?.spec.egress;
    const peers = egress.filter(({ ports }) => ports.some(({ port }) => port === 11434)).flatMap(({ to }) => to);
    expect(peers).toEqual([{ podSelector: { matchLabels: expect.anything() } }]);
  });
});

describe('the pod', () => {
  test('is asked whether it lives where that costs nothing', () => {
    const { livenessProbe, readinessProbe, startupProbe } = render().pod.containers[0];
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);
    expect(paths).toEqual(['/health/liveliness', '/health/liveliness', '/health/readiness']);
  });

  test('asks nobody for tables and news, and tells nobody about itself', () => {
    expect(render().env).toMatchObject({
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_OFFLINE_MODE: 'true',
      LITELLM_TELEMETRY_DISABLED: 'true',
      JSON_LOGS: 'true',
    });
  });

  test('leaves Prisma’s own folders alone, which the image fills', () => {
    const { env } = render({ props: { database: DATABASE } });
    expect(Object.keys(env).filter((name) => name.startsWith('PRISMA_') || name === 'XDG_CACHE_HOME')).toEqual([]);
    expect(env.LITELLM_MIGRATION_DIR).toBe('/migrations');
  });

  test('starts anew when the file changes', () => {
    const checksum = (models: LiteLlmModel[]) =>
      render({ models }).find('Deployment', 'litellm')?.spec.template.metadata.annotations['checksum/config'];
    expect(checksum([SONNET])).not.toBe(checksum([{ ...SONNET, timeoutSeconds: 60 }]));
    expect(checksum([SONNET])).toBe(checksum([SONNET]));
  });

  test('serves metrics on a port of its own that only the monitoring reaches', () => {
    const { pod, find, config } = render({ platform: Platform.kubernetes() });
    expect(pod.containers[0].args).toEqual(expect.arrayContaining(['--prometheus_metrics_port', '9090']));
    expect(config.litellm_settings.callbacks).toEqual(['prometheus']);
    expect(find('Service', 'litellm')?.spec.ports.map(({ port }: { port: number }) => port)).toEqual([4000]);
    expect(find('NetworkPolicy', 'litellm')?.spec.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        ports: [{ port: 9090, protocol: 'TCP' }],
      },
    ]);
    expect(render().config.litellm_settings.callbacks).toBeUndefined();
  });
});

describe('limits', () => {
  test('of a model are enforced, not only weighed', () => {
    const { config } = render({ models: [{ ...SONNET, limits: { requestsPerMinute: 5, tokensPerMinute: 1000 } }] });
    expect(config.model_list[0].litellm_params).toMatchObject({ rpm: 5, tpm: 1000 });
    expect(config.router_settings.optional_pre_call_checks).toEqual(['enforce_model_rate_limits']);
  });

  test('of a person lie in the row that the job writes', () => {
    const { config, find } = render({
      props: {
        database: DATABASE,
        budgets: { perUser: { maxBudget: 20, duration: '7d' } },
        rateLimits: { perUser: { requestsPerMinute: 30 } },
      },
    });
    const job = find('Job', 'litellm-accounts')?.spec.template.spec.containers[0];
    const row = JSON.parse(job.env.find(({ name }: { name: string }) => name === 'USER_LIMITS').value);
    expect(row).toEqual({
      budget_id: 'workspace-user',
      max_budget: 20,
      budget_duration: '7d',
      rpm_limit: 30,
      tpm_limit: null,
    });
    expect(config.litellm_settings.max_end_user_budget_id).toBe(row.budget_id);
  });

  test('of teams and of everything stand in the file', () => {
    const { config } = render({
      props: {
        database: DATABASE,
        budgets: { total: { maxBudget: 500 }, perTeam: { maxBudget: 100, duration: '1mo' } },
        rateLimits: { perTeam: { tokensPerMinute: 9 } },
      },
    });
    expect(config.litellm_settings).toMatchObject({
      max_budget: 500,
      budget_duration: '30d',
      default_team_params: { max_budget: 100, budget_duration: '1mo', tpm_limit: 9 },
    });
  });

  test('are counted in Redis for all replicas, and answers are cached nowhere', () => {
    const { config, env, errors } = render({ props: { replicas: 2 }, prepare: withRedis });
    expect(errors).toEqual([]);
    expect(config.general_settings.coordination_redis).toEqual({
      host: 'redis',
      port: 6379,
      password: 'os.environ/REDIS_PASSWORD',
      ssl: false,
    });
    expect(env.REDIS_PASSWORD).toEqual({ secretKeyRef: { name: 'redis-secrets', key: 'REDIS_PASSWORD' } });
    expect(config.litellm_settings.cache).toBeUndefined();
  });
});

describe('costs', () => {
  test.each([
    [0.1, 1e-7],
    [2.5, 2.5e-6],
    [15, 1.5e-5],
  ])('of %d dollars a million are numbers to a reader of YAML 1.1', (perMillion, perToken) => {
    const { config, file } = render({
      models: [{ ...SONNET, cost: { inputPerMillionTokens: perMillion, outputPerMillionTokens: perMillion } }],
    });
    expect(config.model_list[0].model_info.input_cost_per_token).toBe(perToken);
    expect(file).not.toMatch(/: \d+e-\d+$/m);
  });
});

describe('the database', () => {
  test('is changed by one job; the pods leave its schema alone', () => {
    const { env, find } = render({ props: { database: DATABASE } });
    expect(env.DISABLE_SCHEMA_UPDATE).toBe('true');
    const job = find('Job', 'litellm-migration')?.spec.template.spec;
    expect(job.containers[0].command).toEqual(['litellm', '--skip_server_startup']);
    expect(job.containers[0].env).toContainEqual({ name: 'DISABLE_SCHEMA_UPDATE', value: 'false' });
    expect(job.containers[0].image).toBe(find('Deployment', 'litellm')?.spec.template.spec.containers[0].image);
  });

  test('has jobs that run where the gateway runs, as whom it runs', () => {
    const placed = {
      imagePullPolicy: 'IfNotPresent',
      imagePullSecrets: ['registry'],
      podSecurityContext: { supplementalGroups: [4711] },
      securityContext: { runAsUser: 4711 },
      nodeSelector: { pool: 'ai' },
      tolerations: [{ key: 'ai', operator: 'Exists' }],
      runtimeClassName: 'gvisor',
      hostAliases: [{ ip: '203.0.113.1', hostnames: ['legacy'] }],
    };
    const { find, errors } = render({ props: { database: DATABASE, ...placed } });
    expect(errors).toEqual([]);
    for (const name of ['litellm-migration', 'litellm-accounts']) {
      const pod = find('Job', name)?.spec.template.spec;
      expect(pod).toMatchObject({
        imagePullSecrets: [{ name: 'registry' }],
        securityContext: placed.podSecurityContext,
        nodeSelector: placed.nodeSelector,
        tolerations: placed.tolerations,
        runtimeClassName: 'gvisor',
        hostAliases: placed.hostAliases,
      });
      expect(pod.containers[0]).toMatchObject({
        imagePullPolicy: 'IfNotPresent',
        securityContext: placed.securityContext,
      });
    }
  });

  test('is reached by the gateway and the migration only, at its own addresses', () => {
    const { find } = render({ props: { database: DATABASE } });
    const toDatabase = { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ port: 5432, protocol: 'TCP' }] };
    expect(find('NetworkPolicy', 'litellm')?.spec.egress).toContainEqual(toDatabase);
    expect(find('NetworkPolicy', 'litellm-migration')?.spec.egress).toContainEqual(toDatabase);
    expect(find('NetworkPolicy', 'litellm-accounts')?.spec.egress).not.toContainEqual(toDatabase);
  });
});

describe('refuses', () => {
  const model = (change: Partial<LiteLlmModel>): Setup => ({ models: [{ ...SONNET, ...change }] });

  test.each<[string, Setup, RegExp]>([
    ['no models', { models: [] }, /offers no model/],
    ['two models of one name', { models: [SONNET, SONNET] }, /several models are called "claude-sonnet-5-5"/],
    [
      'a model with the name of a session',
      { models: [SONNET, { ...SONNET, name: 'claude-amber-session' }], prepare: withSessions },
      /several models are called "claude-amber-session"/,
    ],
    ['a model without a provider', model({ model: 'claude-sonnet-5-5' }), /write model as provider\/model/],
    [
      'a model that ends',
      model({ model: 'anthropic/claude-sonnet-4-5-20250929' }),
      /instead of anthropic\/claude-sonnet-4-5-20250929 write anthropic\/claude-sonnet-5-5/,
    ],
    [
      'a model without a key',
      model({ apiKey: undefined }),
      /write apiKey, the name of a key in the Secret, or set keyless/,
    ],
    ['a key and none', model({ keyless: true }), /set keyless, and not both/],
    ['a key instead of its name', model({ apiKey: 'sk-ant-api03-secret' }), /put the value into the Secret/],
    ['the name of a variable with another meaning', model({ apiKey: 'DATABASE_URL' }), /is no free name of a key/],
    ['a provider at an unknown place', model({ model: 'azure/gpt' }), /no policy lets them out: write apiBase or host/],
    ['keys in the clear', model({ apiBase: 'http://models.company.com' }), /in the clear, or is no URL: write https/],
    ['what is no URL', model({ apiBase: 'models.company.com' }), /is no URL/],
    [
      'a Service without a link',
      model({ apiBase: 'http://ollama:11434' }),
      /"ollama", but no link leads there: call connectTo .*, as in http:\/\/ollama\.<namespace>\.svc/,
    ],
    ['a fallback that is not there', model({ fallbacks: ['gpt'] }), /"gpt" cannot stand in for another model/],
    [
      'a session as a fallback',
      { ...model({ fallbacks: ['claude-amber-session'] }), prepare: withSessions },
      /"claude-amber-session" cannot stand in/,
    ],
    [
      'a release with malware',
      { props: { image: 'ghcr.io/berriai/litellm:main-v1.82.8-stable' } },
      /LiteLLM 1\.82\.8 carried malware/,
    ],
    [
      'limits of people without a database',
      {
        props: {
          budgets: { perUser: { maxBudget: 1 } },
          rateLimits: { perTeam: { requestsPerMinute: 1 } },
          databaseConnections: 5,
        },
      },
      /budgets\.perUser, rateLimits\.perTeam, databaseConnections would be ignored/,
    ],
    [
      'a duration in words',
      model({ budget: { maxBudget: 1, duration: 'a month' } }),
      /"a month" is no duration of a budget/,
    ],
    [
      'a budget of nothing',
      model({ budget: { maxBudget: 0 } }),
      /budget of claude-sonnet-5-5 0: write a number above 0/,
    ],
    [
      'numbers below one',
      { props: { requestTimeoutSeconds: -1, database: DATABASE, rateLimits: { perUser: { tokensPerMinute: 0 } } } },
      /requestTimeoutSeconds -1, rateLimits\.perUser 0: write/,
    ],
    [
      'replicas that count alone',
      { props: { replicas: 3 } },
      /3 replicas would each count limits and budgets on their own/,
    ],
    [
      'scaling by a counter that it does not serve',
      {
        props: {
          metrics: false,
          autoscaling: {
            minReplicas: 1,
            maxReplicas: 2,
            requests: { prometheusUrl: 'http://prometheus.monitoring:9090', requestsPerSecond: 5 },
          },
        },
        prepare: withRedis,
      },
      /waits for a counter that nobody serves: set metrics to true, or write query/,
    ],
    [
      'more connections than the database leaves to others than its administrator',
      { props: { replicas: 2, database: { ...DATABASE, maxConnections: 44 } }, prepare: withRedis },
      /3 pods need 30 connections, but pg\.internal allows 29 \(15 stay reserved\)/,
    ],
  ])('%s', (_title, setup, message) => {
    const { errors } = render(setup);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(message);
    expect(errors[0]).toMatch(/^litellm: /);
  });

  test('a pasted key without showing it', () => {
    expect(render(model({ apiKey: 'sk-ant-api03-secret' })).errors.join()).not.toContain('sk-ant');
  });
});

test.each([
  ['ghcr.io/berriai/litellm:v1.82.7', '1.82.7'],
  ['ghcr.io/berriai/litellm-database:main-v1.82.8-stable', '1.82.8'],
  ['registry.company.com:5000/litellm-non_root:1.107.0@sha256:00', '1.107.0'],
  ['ghcr.io/berriai/litellm-non_root:v1.108.12', undefined],
  ['ghcr.io/berriai/litellm:v11.82.7', undefined],
  ['ghcr.io/berriai/litellm:v1.82.70', undefined],
  ['ghcr.io/berriai/litellm@sha256:182718280', undefined],
])('%s names %s', (image, release) => {
  expect(compromisedRelease(image)).toBe(release);
});

test('a key of a managed Redis with TLS reaches the file as such', () => {
  const { config } = render({
    prepare: (gateway, chart) =>
      gateway.useRedis(Redis.external(chart, 'redis', { host: 'redis.company.com', secretName: 'redis-secrets' })),
  });
  expect(config.general_settings.coordination_redis).toMatchObject({
    host: 'redis.company.com',
    port: 6380,
    ssl: true,
  });
});

test('refuses no props and a second Redis in words', () => {
  const chart = new Chart(Testing.app(), 'workspace');
  // @ts-expect-error: what a user of JavaScript may write
  expect(() => new LiteLlmGateway(chart, 'litellm')).toThrow(/^\[workspace\] .*expected/);
  expect(() =>
    render({
      prepare: (gateway, scope) => {
        withRedis(gateway, scope);
        gateway.useRedis(new Redis(scope, 'second'));
      },
    }),
  ).toThrow('litellm: useRedis was called before, and limits are counted in one place: call it once');
});

test('routes any service that has the form of one', () => {
  const apiKey = new SecretKey('agents', 'AGENTS_KEY', SecretForm.token(), 'callers send it');
  const { config, env } = render({
    prepare: (gateway) =>
      gateway.route({ modelNames: ['a', 'b'], apiUrl: 'http://agents:80/v1', apiKey, allowClient: () => undefined }),
  });
  expect(config.model_list.map(({ model_name }: { model_name: string }) => model_name)).toEqual([
    'claude-sonnet-5-5',
    'a',
    'b',
  ]);
  expect(env.AGENTS_KEY).toEqual({ secretKeyRef: { name: 'agents', key: 'AGENTS_KEY' } });
});
