import { App, Chart, Size } from 'cdk8s';
import { ClaudeService, Ollama, Platform, Redis, SecretSource } from '../constructs';
import type { BackupOptions } from '../constructs/backup';
import { GitOps, type GitOpsEnvironment, type GitOpsProps } from '../constructs/gitops';
import { GitOpsTool } from '../constructs/gitops/prepare';
import { Workspace } from '../constructs/workspace';
import { environments } from '../environments';
import { build } from '../synth/environment';
import { type BrokenRule, describeRules } from './broken-rules';
import { describeEveryProp } from './every-prop';
import type { Manifest } from './manifests';
import { Task } from './platform/program';
import { environmentOf, Rendered } from './render';

const REPOSITORY = 'https://git.company.com/ai/workspace.git';

interface Setting {
  readonly namespace?: string;
  /** @default - not prepared */
  readonly tool?: GitOpsTool;
  /** @default - none */
  readonly backup?: BackupOptions;
}

/** An environment with all that a GitOps tool can trip over: jobs, an autoscaler, claims, another namespace. */
function workspace({ namespace = 'open-webui', tool, backup }: Setting = {}): Workspace {
  const made = new Workspace(new App(), namespace, {
    namespace: { name: namespace },
    platform: Platform.kubernetes({ production: false }),
    secrets: SecretSource.externalStore({ name: 'vault' }),
    redis: {},
    openWebUi: {
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
      database: { host: 'db.company.com', database: 'data', user: 'login', maxConnections: 800 },
      storage: { size: Size.gibibytes(1), shared: true, storageClass: 'nfs' },
    },
    backup,
  });
  const old = new Chart(made, '0600-by-hand', { namespace: 'old', disableResourceNameHashes: true });
  new Task(old, 'copy', {}, { suspended: true });
  if (tool) {
    GitOps.prepare(made, tool);
  }
  return made;
}

function objectsOf(made: Workspace): Manifest[] {
  return made.node
    .findAll()
    .filter((construct): construct is Chart => construct instanceof Chart)
    .flatMap((chart) => chart.toJson() as Manifest[]);
}

function deliver(props: Omit<GitOpsProps, 'repositoryUrl'> & { readonly repositoryUrl?: string }): Rendered<GitOps> {
  const app = new App();
  const chart = new Chart(app, 'gitops');
  return new Rendered(app, new GitOps(chart, 'gitops', { repositoryUrl: REPOSITORY, ...props }), chart);
}

const argoCd = (others: Partial<GitOpsEnvironment> = {}, setting: Setting = {}) =>
  deliver({
    argoCd: {},
    environments: [{ name: 'production', workspace: workspace({ tool: GitOpsTool.ARGO_CD, ...setting }), ...others }],
  });
const flux = (others: Partial<GitOpsEnvironment> = {}, setting: Setting = {}) =>
  deliver({
    flux: {},
    environments: [{ name: 'production', workspace: workspace({ tool: GitOpsTool.FLUX, ...setting }), ...others }],
  });

describe('with Argo CD', () => {
  it('renders a project, and an application for each folder', () => {
    const { manifests, problems } = argoCd();
    expect(problems).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  it('lets the project touch what the environment renders, and no kind more', () => {
    const { spec } = argoCd().find('AppProject');
    expect(spec.sourceRepos).toEqual([REPOSITORY]);
    expect(spec.destinations.map(({ namespace }: { namespace: string }) => namespace)).toEqual(['old', 'open-webui']);
    const rendered = objectsOf(workspace({ tool: GitOpsTool.ARGO_CD }));
    const namespaced = new Set(rendered.filter(({ metadata }) => metadata.namespace).map(({ kind }) => kind));
    const allowed = spec.namespaceResourceWhitelist.map(({ kind }: { kind: string }) => kind);
    expect(new Set(allowed)).toEqual(namespaced);
    expect(allowed).not.toContain('ClusterRole');
    expect(spec.clusterResourceWhitelist).toEqual([
      { group: '', kind: 'Namespace' },
      { group: 'scheduling.k8s.io', kind: 'PriorityClass' },
    ]);
  });

  it('takes no notice of the replicas that the autoscaler sets, and of those of nothing else', () => {
    const { spec } = argoCd().find('Application', 'production');
    expect(spec.ignoreDifferences).toEqual([
      {
        group: 'apps',
        kind: 'Deployment',
        name: 'open-webui',
        namespace: 'open-webui',
        jsonPointers: ['/spec/replicas'],
      },
    ]);
    // With this option Argo CD would write what it saw last into the field, against the autoscaler.
    expect(spec.syncPolicy.syncOptions).not.toContain('RespectIgnoreDifferences=true');
  });

  it('waits for a person where it is told to', () => {
    expect(argoCd({ automated: false }).find('Application', 'production').spec.syncPolicy.automated).toBeUndefined();
  });

  it('goes into every cluster with the labels', () => {
    const { find, problems } = bound(argoCd({ clusterLabels: { stage: 'production' } }));
    expect(problems()).toEqual([]);
    const { spec } = find('ApplicationSet', 'production');
    expect(spec.generators).toEqual([{ clusters: { selector: { matchLabels: { stage: 'production' } } } }]);
    expect(spec.template.spec.destination).toEqual({ server: '{{.server}}', namespace: 'open-webui' });
    expect(find('AppProject').spec.destinations).toContainEqual({ server: '*', namespace: 'open-webui' });
  });
});

describe('with Flux', () => {
  it('renders the repository, and a Kustomization for each folder', () => {
    const { manifests, problems } = flux();
    expect(problems).toEqual([]);
    expect(manifests).toMatchSnapshot();
  });

  it('does not wait for claims that are bound when the first backup runs', () => {
    expect(flux().find('Kustomization', 'production').spec).toMatchObject({
      wait: true,
      healthCheckExprs: [
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', current: "status.phase in ['Bound', 'Pending']" },
      ],
    });
  });

  it('waits for a person where it is told to', () => {
    expect(flux({ automated: false }).find('Kustomization', 'production').spec.suspend).toBe(true);
  });

  it('reaches another cluster with the kubeconfig of a Secret', () => {
    expect(flux({ cluster: 'west' }).find('Kustomization', 'production').spec.kubeConfig).toEqual({
      secretRef: { name: 'west' },
    });
  });
});

describe('an environment prepared for a tool', () => {
  const annotationsOf = (object: Manifest) => Object.entries(object.metadata.annotations ?? {});

  it('says nothing of any tool unless it is prepared, but for its claims', () => {
    const found = objectsOf(workspace()).filter(({ kind }) => kind !== 'PersistentVolumeClaim');
    expect(found.flatMap(annotationsOf).filter(([name]) => /argoproj|fluxcd/.test(name))).toEqual([]);
  });

  it.each(Object.values(GitOpsTool))('has all that is linked and added after it was prepared: %s', (tool) => {
    const app = new App();
    const made = new Workspace(app, 'later', {
      namespace: { name: 'later' },
      platform: Platform.kind(),
      gitOps: tool,
      liteLlmGateway: { models: [{ name: 'a', model: 'openai/a', apiKey: 'OPENAI_API_KEY' }] },
    });
    const claude = new ClaudeService(made.part('claude-service'), 'claude-service');
    claude.useAnthropicApi();
    made.liteLlmGateway?.route(claude);
    made.openWebUi.identifyUsersTo(claude.jwtSecret);
    made.openWebUi.useOllama(new Ollama(made.part('ollama'), 'ollama'));
    new Task(made.part('by-hand', '0600'), 'copy', {}, { suspended: true });
    const rendered = objectsOf(made);
    const one = (kind: string, name: string) =>
      rendered.find((object) => object.kind === kind && object.metadata.name.startsWith(name));
    const container = one('Deployment', 'open-webui')?.spec.template.spec.containers[0];
    expect(environmentOf(container)).toMatchObject({ OLLAMA_BASE_URLS: 'http://ollama:11434' });
    expect(one('ConfigMap', 'litellm-config')?.data['config.yaml']).toContain('claude-amber-session');
    const job = one('Job', 'copy');
    expect(job?.spec.ttlSecondsAfterFinished).toBeUndefined();
    expect(job?.metadata.annotations?.['argocd.argoproj.io/sync-wave']).toBe(
      tool === GitOpsTool.ARGO_CD ? '6' : undefined,
    );
    expect(made.node.findAll().flatMap(({ node }) => node.validate())).toEqual([]);
  });

  it('is applied in the order of its files', () => {
    const waves = objectsOf(workspace({ tool: GitOpsTool.ARGO_CD })).map(({ kind, metadata }) => [
      `${kind}/${metadata.name}`,
      Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0),
    ]);
    const waveOf = new Map(waves as [string, number][]);
    expect(waveOf.get('Namespace/open-webui')).toBe(0);
    expect(waveOf.get('ExternalSecret/open-webui-secrets')).toBe(1);
    expect(waveOf.get('Deployment/redis')).toBe(2);
    expect(waveOf.get('Deployment/open-webui')).toBe(5);
  });

  it('waits in no wave for a claim that nobody mounts yet: it is bound when the first backup runs', () => {
    const all = objectsOf(workspace({ tool: GitOpsTool.ARGO_CD, backup: {} }));
    const waveOf = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
    const claims = all.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    const late = claims.filter(({ metadata }) => metadata.name.endsWith('-backups'));
    expect(late.length).toBeGreaterThan(1);
    for (const claim of late) {
      const later = all.filter((object) => waveOf(object) >= waveOf(claim));
      expect(later.map(({ kind }) => kind)).toEqual(late.map(() => 'PersistentVolumeClaim'));
    }
    expect(claims.filter((claim) => !late.includes(claim)).map(waveOf)).toEqual([2, 5]);
  });

  it.each([
    [GitOpsTool.ARGO_CD, 'argocd.argoproj.io/sync-options', 'Delete=false,Prune=false'],
    [GitOpsTool.FLUX, 'kustomize.toolkit.fluxcd.io/prune', 'disabled'],
  ])('keeps what holds data from %s', (tool, annotation, value) => {
    const kept = objectsOf(workspace({ tool })).filter(({ metadata }) => metadata.annotations?.[annotation] === value);
    expect([...new Set(kept.map(({ kind }) => kind))].sort()).toEqual(['Namespace', 'PersistentVolumeClaim']);
  });

  it.each([
    [GitOpsTool.ARGO_CD, 'argocd.argoproj.io/hook', 'Skip'],
    [GitOpsTool.FLUX, 'kustomize.toolkit.fluxcd.io/ssa', 'Ignore'],
  ])('has jobs that stay, and leaves those that a person starts to people: %s', (tool, annotation, value) => {
    const jobs = objectsOf(workspace({ tool })).filter(({ kind }) => kind === 'Job');
    const suspended = jobs.filter(({ spec }) => spec.suspend === true);
    expect(jobs.map(({ spec }) => spec.ttlSecondsAfterFinished)).toEqual(jobs.map(() => undefined));
    expect(suspended.map(({ metadata }) => metadata.annotations?.[annotation])).toEqual([value]);
    expect(jobs.length).toBeGreaterThan(suspended.length);
  });

  it('keeps the names of its jobs: they follow from what runs', () => {
    const names = (tool?: GitOpsTool) =>
      objectsOf(workspace({ tool }))
        .filter(({ kind }) => kind === 'Job')
        .map(({ metadata }) => metadata.name);
    expect(names(GitOpsTool.ARGO_CD)).toEqual(names());
  });
});

it.each(Object.values(GitOpsTool))('delivers every environment of this repository with %s', (tool) => {
  for (const environment of environments) {
    const { app } = build(environment);
    GitOps.prepare(app, tool);
    const options = tool === GitOpsTool.ARGO_CD ? { argoCd: {} } : { flux: {} };
    const { problems } = deliver({ ...options, environments: [{ name: environment.name, workspace: app }] });
    expect(problems).toEqual([]);
  }
});

/** Methods that can be taken apart from their object. */
function bound(rendered: Rendered<GitOps>) {
  return { find: rendered.find.bind(rendered), problems: () => rendered.problems };
}

const prepared = (tool: GitOpsTool, namespace?: string) => workspace({ tool, namespace });
const gitOps = (props: Partial<GitOpsProps>): BrokenRule['declare'] => {
  return (scope) => new GitOps(scope, 'gitops', { repositoryUrl: REPOSITORY, environments: [], ...props });
};
const one = { name: 'production', workspace: prepared(GitOpsTool.ARGO_CD) };
const other = { name: 'staging', workspace: prepared(GitOpsTool.ARGO_CD, 'staging') };
const withFlux = { name: 'production', workspace: prepared(GitOpsTool.FLUX) };

describeRules('constructs/gitops.ts', [
  {
    rule: 'gitops-one-tool',
    when: 'both are there',
    declare: gitOps({ argoCd: {}, flux: {}, environments: [one] }),
    sentence: 'gitops: one tool applies the files, two would fight: write argoCd or flux, one of them',
  },
  {
    rule: 'gitops-repository',
    when: 'it is written as git clone takes it',
    declare: gitOps({ argoCd: {}, environments: [one], repositoryUrl: 'git@git.company.com:ai/workspace.git' }),
    sentence:
      'gitops: repositoryUrl "git@git.company.com:ai/workspace.git" is no address of a repository: write https://git.company.com/team/repository.git, or ssh://git@git.company.com/team/repository.git',
  },
  {
    rule: 'gitops-repository',
    when: 'it has a token in it',
    declare: gitOps({ argoCd: {}, environments: [one], repositoryUrl: 'https://bot:token@git.company.com/a.git' }),
    sentence:
      'gitops: repositoryUrl has a password, which would stand in the files: leave it out, and give the tool a Secret',
  },
  {
    rule: 'gitops-environments',
    when: 'there is none',
    declare: gitOps({ argoCd: {} }),
    sentence: 'gitops: environments is empty, and nothing would be applied: list at least one',
  },
  {
    rule: 'gitops-names-differ',
    when: 'two have one name',
    declare: gitOps({ argoCd: {}, environments: [one, { ...other, name: 'production' }] }),
    sentence: 'gitops: two environments have the name production: give each its own',
  },
  {
    rule: 'gitops-namespace-known',
    when: 'a chart has no namespace',
    declare: gitOps({ argoCd: {}, environments: [{ name: 'production', workspace: new Chart(new App(), 'chart') }] }),
    sentence: 'gitops: production says no namespace: give its chart one, or declare a WorkspaceNamespace',
  },
  {
    rule: 'gitops-one-owner',
    when: 'two environments share a namespace',
    declare: gitOps({ argoCd: {}, environments: [one, { ...one, name: 'phase2' }] }),
    sentence:
      'gitops: production and phase2 have the namespace open-webui in the same cluster, and would prune each other: leave one out, or give it another cluster',
  },
  {
    rule: 'gitops-one-destination',
    when: 'a cluster and labels are given',
    declare: gitOps({ argoCd: {}, environments: [{ ...one, cluster: 'west', clusterLabels: { a: 'b' } }] }),
    sentence: 'gitops: production has cluster and clusterLabels: write one of them',
  },
  {
    rule: 'gitops-labels-known',
    when: 'Flux is to find clusters',
    declare: gitOps({ flux: {}, environments: [{ ...withFlux, clusterLabels: { a: 'b' } }] }),
    sentence:
      'gitops: production has clusterLabels, and Flux knows no clusters by labels: list the environment once for each cluster',
  },
  {
    rule: 'gitops-jobs-stay',
    when: 'an environment was prepared for the other tool',
    declare: gitOps({ flux: {}, environments: [one] }),
    sentence: `gitops: production: the Job ${nameOfJob('copy')} would be made or started by Flux again and again: prepare the environment with GitOps.prepare(workspace, GitOpsTool.FLUX)`,
  },
]);

it('refuses an environment whose jobs vanish', () => {
  const { problems } = argoCd({}, { tool: undefined });
  expect(problems.join()).toMatch(/the Job open-webui-migration-\w+, .* would be made or started by Argo CD again/);
});

function nameOfJob(start: string): string | undefined {
  return objectsOf(workspace()).find(({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith(start))
    ?.metadata.name;
}

const sampleWorkspace = prepared(GitOpsTool.ARGO_CD);
const unprepared = (() => {
  const chart = new Chart(new App(), 'chart', { namespace: 'ours' });
  new Redis(chart, 'redis');
  return chart;
})();

describeEveryProp({
  struct: 'GitOpsProps',
  samples: [
    {
      repositoryUrl: REPOSITORY,
      branch: 'release',
      argoCd: { namespace: 'openshift-gitops', project: 'ours' },
      environments: [
        { name: 'production', workspace: sampleWorkspace, path: 'rendered', automated: false, cluster: 'west' },
        { name: 'others', workspace: unprepared, clusterLabels: { stage: 'test' } },
      ],
    },
    {
      repositoryUrl: REPOSITORY,
      flux: { namespace: 'flux', sourceName: 'ours', secretName: 'credentials', serviceAccountName: 'applier' },
      environments: [{ name: 'others', workspace: unprepared }],
    },
  ],
  render: (props: GitOpsProps) => deliver(props),
  others: { environments: [] },
  unseen: { 'environments[].workspace': 'the project and the applications are made from it' },
});
