import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ClaudeServiceProps } from '../constructs/claude-service';
import type { McpProxyOptions } from '../constructs/mcp-proxy';
import { McpServer, type McpServerProps } from '../constructs/mcp-server';
import { OAuthProvider } from '../constructs/oauth/oauth-provider';
import { Component } from '../constructs/platform/component';
import { Platform } from '../constructs/platform/platform';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey } from '../constructs/platform/secrets';
import { workloadsOf } from '../constructs/platform/workload';
import { Workspace, type WorkspaceProps } from '../constructs/workspace';
import { problemsOf } from '../synth/render';
import { describeRules } from './broken-rules';
import { environmentOf, kubernetes } from './render';

type Parts = Partial<WorkspaceProps>;

const MODELS: Parts = {
  liteLlmGateway: {
    models: ['claude-sonnet-5-5', 'claude-haiku-5-5'].map((name) => ({
      name,
      model: `anthropic/${name}`,
      apiKey: 'ANTHROPIC_API_KEY',
    })),
  },
};
const CLAUDE: Parts = { claudeService: { personas: [persona()] } };
const TENANTS: Parts = {
  tenantConfig: {
    tenants: [
      {
        tenantId: 'docs',
        displayName: 'Docs',
        mcpEndpoint: 'http://mcp-filesystem:8001',
        allowedUsers: ['*@company.com'],
      },
      {
        tenantId: 'web',
        displayName: 'Web',
        mcpEndpoint: 'https://mcp.company.com/mcp',
        allowedUsers: ['*@company.com'],
      },
    ],
  },
};
const [, WEB] = TENANTS.tenantConfig?.tenants ?? [];
const TOOLS: Parts = { mcpProxy: {}, tenantConfig: { tenants: [WEB] } };
const SERVERS: Parts = { mcpProxy: {}, ...TENANTS, mcpServers: { filesystem: {} } };

const SEARCH: McpServerProps = { port: 9000, image: 'registry.example/search:1' };

/** Each of these is there or not, in every combination; of the tools there may be the gateway without a server. */
const CHOICES: readonly (readonly [string, readonly Parts[]])[] = [
  ['redis', [{ redis: {} }]],
  ['LiteLLM', [MODELS]],
  ['Claude', [CLAUDE]],
  ['tools', [TOOLS, SERVERS]],
  ['pipelines', [{ pipelines: {} }]],
  ['ollama', [{ ollama: {} }]],
  ['tika', [{ tika: {} }]],
  [
    'sign-in',
    [
      {
        oauthSidecar: {
          provider: OAuthProvider.oidc({ issuerUrl: 'https://login.company.com', emailDomains: ['company.com'] }),
        },
      },
    ],
  ],
];

function persona() {
  const front = 'name: amber\ndescription: Helps.\ntools: read\nmodel: claude-sonnet-5-5';
  return { name: 'amber', content: `---\n${front}\n---\nHelp.\n` };
}

function workspace(parts: Parts): Workspace {
  return new Workspace(new App(), 'workspace', {
    namespace: { name: 'chat' },
    platform: kubernetes(),
    openWebUi: { adminEmail: 'admin@company.com', edge: { host: 'chat.company.com', gatewayClassName: 'envoy' } },
    ...parts,
  });
}

function subsets(choices: typeof CHOICES): Parts[] {
  return choices.reduce<Parts[]>(
    (sets, [, parts]) => sets.flatMap((set) => [set, ...parts.map((part) => ({ ...set, ...part }))]),
    [{}],
  );
}

const variablesOf = ({ openWebUi }: Workspace) => environmentOf({ env: openWebUi._pod.env.render() });

describe('every choice of parts', () => {
  const sets = subsets(CHOICES);

  test.each<[string, Parts]>([
    ['no tools', {}],
    ['tools elsewhere', TOOLS],
    ['tools of its own', SERVERS],
  ])('with %s is a workspace without fault', (_, { tenantConfig }) => {
    const chosen = sets.filter((parts) => parts.tenantConfig === tenantConfig);
    expect(chosen).toHaveLength(2 ** 7);
    const faults = chosen.flatMap((parts) =>
      problemsOf(workspace(parts)).map((fault) => [...Object.keys(parts), fault]),
    );
    expect(faults).toEqual([]);
  });

  test('leaves no program that nobody calls', () => {
    const orphans = sets.flatMap((parts) =>
      workloadsOf(workspace(parts))
        .filter((workload) => workload instanceof Component && workload.program !== 'open-webui')
        .filter(({ _callers }) => _callers.length === 0)
        .map(({ name }) => `${name} of ${Object.keys(parts).join(', ')}`),
    );
    expect(orphans).toEqual([]);
  });
});

test('the jobs in the old namespace pull as the new release does, and are told what only they need', () => {
  const parts: Parts = {
    openWebUi: {
      image: 'registry.company.com/open-webui:0.12.4',
      imagePullSecrets: ['registry'],
      tolerations: [{ key: 'pool', value: 'chat' }],
      // Of the new release alone: the old volume is on the old nodes, and of the old user.
      podSecurityContext: { runAsUser: 5000 },
      nodeSelector: { pool: 'chat' },
    },
    dataCopy: { fromNamespace: 'old', fromJobs: { podSecurityContext: { runAsUser: 4000 } } },
  };
  const made = workspace(parts);
  expect(problemsOf(made)).toEqual([]);
  const programs = ['data-export', 'data-check'];
  const old = workloadsOf(made).filter((job) => Chart.of(job).namespace === 'old' && programs.includes(job.program));
  expect(old).toHaveLength(2);
  for (const { _pod, labels } of old) {
    const { spec } = _pod.render(labels);
    expect(spec).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }],
      tolerations: [{ key: 'pool', value: 'chat' }],
      securityContext: { runAsUser: 4000 },
      containers: [{ image: 'registry.company.com/open-webui:0.12.4' }],
    });
    expect(spec?.nodeSelector).toBeUndefined();
  }
});

describe('the Claude service', () => {
  test('is asked by LiteLLM where there is one, and by Open WebUI itself where there is none', () => {
    const direct = workspace(CLAUDE);
    expect(variablesOf(direct)).toMatchObject({
      ENABLE_OPENAI_API: 'true',
      OPENAI_API_BASE_URLS: 'http://claude-service:8001/v1',
      OPENAI_API_KEY_0: 'claude-service-secrets/CLAUDE_SERVICE_KEY',
      FORWARD_USER_INFO_HEADER_JWT_SECRET: 'claude-service-secrets/FORWARD_USER_INFO_HEADER_JWT_SECRET',
    });
    const routed = workspace({ ...CLAUDE, ...MODELS });
    expect(variablesOf(routed).OPENAI_API_BASE_URLS).toBe('http://litellm:4000/v1');
    expect(routed.claudeService?._callers.map(({ from }) => from.name)).toEqual(['litellm']);
  });

  test('asks LiteLLM only for models that it offers, and never for a session', () => {
    const problems = (name: string, claudeService: ClaudeServiceProps) => {
      const models = [{ name, model: 'anthropic/claude-sonnet-5-5', apiKey: 'ANTHROPIC_API_KEY' }];
      return problemsOf(workspace({ liteLlmGateway: { models }, claudeService }));
    };
    expect(problems('sonnet', {})).toEqual([
      expect.stringContaining('does not offer claude-sonnet-5-5 (the persona amber), claude-haiku-5-5 (taskModel)'),
    ]);
    expect(problems('claude-sonnet-5-5', { taskModel: 'claude-amber-session' })).toEqual([
      expect.stringContaining('does not offer claude-amber-session (taskModel), only claude-sonnet-5-5:'),
    ]);
    expect(problems('claude-sonnet-5-5', { taskModel: 'claude-sonnet-5-5' })).toEqual([]);
  });

  test('and the tools believe one secret, whoever of them names it', () => {
    const key = (name: string) => new SecretKey('identity', name, SecretForm.token(), 'signs users');
    const both = (claude: ClaudeServiceProps, tools: McpProxyOptions) =>
      workspace({ claudeService: { ...CLAUDE.claudeService, ...claude }, ...TOOLS, mcpProxy: tools });
    const secrets = ({ claudeService, mcpProxy, openWebUi }: Workspace) =>
      [claudeService?.jwtSecret, mcpProxy?.jwtSecret, openWebUi._userJwtSecret].map(
        (secret) => `${secret?.secretName}/${secret?.key}`,
      );
    expect(secrets(both({}, {}))).toEqual(Array(3).fill('mcp-proxy-secrets/FORWARD_USER_INFO_HEADER_JWT_SECRET'));
    expect(secrets(both({ jwtSecret: key('JWT') }, {}))).toEqual(Array(3).fill('identity/JWT'));
    expect(secrets(both({}, { jwtSecret: key('JWT') }))).toEqual(Array(3).fill('identity/JWT'));
    const two = both({ jwtSecret: key('JWT') }, { jwtSecret: key('OTHER') });
    expect(problemsOf(two).join()).toContain('give both programs the same jwtSecret');
  });
});

test('a further program can be linked to what the workspace has', () => {
  const every = workspace({ redis: {}, ...MODELS, ...CLAUDE, ...SERVERS, pipelines: {} });
  const search = new McpServer(every.part('search'), 'mcp-search', { ...SEARCH });
  every.mcpProxy?.useServer(search);
  for (const provider of [every.liteLlmGateway, every.redis, every.claudeService, every.pipelines]) {
    provider?.allowClient(search);
  }
  expect(problemsOf(every)).toEqual([]);
  expect(search._callers.map(({ from }) => from.name)).toEqual(['mcp-proxy']);
  expect(search._links.map(({ to }) => to.name)).toEqual(['litellm', 'redis', 'claude-service', 'pipelines']);
  const { redis, liteLlmGateway, mcpProxy, claudeService, pipelines } = workspace({});
  expect([redis, liteLlmGateway, mcpProxy, claudeService, pipelines]).toEqual(Array(5).fill(undefined));
});

test('what is wrong with the parts hides no other error', () => {
  const { mcpProxy, mcpServers } = SERVERS;
  const problems = problemsOf(workspace({ mcpProxy, mcpServers, pipelines: { replicas: 2 } }));
  expect(problems).toEqual([
    expect.stringContaining('mcpProxy and mcpServers without tenantConfig'),
    expect.stringContaining('pipelines: each replica keeps the pipelines'),
  ]);
});

test('other servers are known by their names, whatever their order', () => {
  const names = (others: McpServerProps[]) =>
    workloadsOf(workspace({ ...SERVERS, mcpServers: { filesystem: {}, others } }))
      .filter(({ program }) => program === 'mcp-server')
      .map(({ node, name }) => `${node.id} ${name}`);
  const [a, b] = ['mcp-a', 'mcp-b'].map((name) => ({ ...SEARCH, name }));
  expect(names([a])).toEqual(['mcp-filesystem mcp-filesystem', 'mcp-a mcp-a']);
  expect(names([b, a]).sort()).toEqual(names([a, b]).sort());
});

const broken =
  (parts: Parts) =>
  (scope: Construct): Workspace =>
    new Workspace(scope, 'workspace', { namespace: { name: 'chat' }, platform: Platform.kubernetes(), ...parts });

describeRules('constructs/workspace.ts', [
  {
    rule: 'workspace-one-redis',
    when: 'a server and a managed one',
    declare: broken({ redis: {}, externalRedis: { host: 'redis.company.com', secretName: 'redis' } }),
    sentence: 'redis and externalRedis are both given: write one of them',
  },
  {
    rule: 'workspace-tools-whole',
    when: 'a gateway alone',
    declare: broken({ mcpProxy: {} }),
    sentence:
      'mcpProxy without tenantConfig: a tool is called by the gateway, in the name of a tenant: write tenantConfig too',
  },
  {
    rule: 'workspace-tools-whole',
    when: 'tenants alone',
    declare: broken({ tenantConfig: TOOLS.tenantConfig }),
    sentence:
      'tenantConfig without mcpProxy: a tool is called by the gateway, in the name of a tenant: write mcpProxy too',
  },
  {
    rule: 'workspace-tools-whole',
    when: 'servers alone',
    declare: broken({ mcpServers: { github: {} } }),
    sentence:
      'mcpServers without mcpProxy and tenantConfig: a tool is called by the gateway, in the name of a tenant: write mcpProxy and tenantConfig too',
  },
  {
    rule: 'workspace-mcp-server-name',
    when: 'the second has none',
    declare: broken({ ...SERVERS, mcpServers: { filesystem: {}, others: [{ ...SEARCH, name: 'mcp-a' }, SEARCH] } }),
    sentence: 'mcpServers.others[1] has no name, by which tenants call it: write name, for example mcp-search',
  },
  {
    rule: 'workspace-mcp-server-names-distinct',
    when: 'two of one name, and one with the name of a server of the library',
    declare: broken({
      ...SERVERS,
      mcpServers: {
        filesystem: {},
        github: { name: 'mcp-filesystem' },
        others: ['mcp-a', 'mcp-a'].map((name) => ({ ...SEARCH, name })),
      },
    }),
    sentence: 'mcpServers has mcp-filesystem, mcp-a more than once: give each server a name of its own',
  },
]);
