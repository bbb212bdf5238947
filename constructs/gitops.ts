import { Construct, type IConstruct } from 'constructs';
import { addArgoCd } from './gitops/argo-cd';
import { type DeliveredFolder, foldersOf } from './gitops/delivered-folder';
import { addFlux } from './gitops/flux';
import { namespaceOf } from './gitops/footprint';
import { GitOpsTool, isLeftToPeople, prepareForGitOps } from './gitops/prepare';
import { checkManifestsAtSynth } from './platform/manifest-check';
import { dnsLabel } from './platform/manifest-rules/name-forms';
import { checkName, checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';

/** Where the rendered files are. */
export interface GitOpsRepository {
  /** Form: `https://` or `ssh://`, without credentials. */
  readonly url: string;
  readonly branch: string;
}

/** An environment, and where it goes. */
export interface GitOpsEnvironment {
  /** Name of the Application or Kustomization. Form: DNS label. */
  readonly name: string;
  /** Its constructs, of which the folder was rendered: they say which namespaces and kinds it touches. */
  readonly workspace: IConstruct;
  /** Folder in the repository. @default - `dist/` and the name */
  readonly path?: string;
  /** Apply every change of the branch at once, and undo what people change by hand. @default true */
  readonly automated?: boolean;
  /**
   * For Argo CD the name under which it knows the cluster, for Flux the Secret with a kubeconfig of it.
   * @default - the cluster of the tool itself
   */
  readonly cluster?: string;
  /** Only for Argo CD: every cluster that it knows by these labels, in the place of one. @default - one cluster */
  readonly clusterLabels?: { [key: string]: string };
}

/** Argo CD from 3.0 on: it knows its objects by an annotation. By label, it would take over `app.kubernetes.io/instance`. */
export interface ArgoCdOptions {
  /** Where Argo CD runs; on OpenShift `openshift-gitops`. @default `argocd` */
  readonly namespace?: string;
  /** Name of the AppProject. @default `ai-workspaces` */
  readonly project?: string;
}

/** Flux 2 with the API v1 of its sources and Kustomizations. */
export interface FluxOptions {
  /** Where Flux runs. @default `flux-system` */
  readonly namespace?: string;
  /** Name of the GitRepository. @default `ai-workspaces` */
  readonly sourceName?: string;
  /** Secret with the credentials of the repository. @default - it needs none */
  readonly secretName?: string;
  /** ServiceAccount of that namespace whose rights bound what is applied. @default - those of Flux */
  readonly serviceAccountName?: string;
}

/** How a repository's folders come into clusters: by one of the tools. */
export interface GitOpsProps {
  readonly repositoryUrl: string;
  /** @default `main` */
  readonly branch?: string;
  /** Prepared for the tool by `GitOps.prepare`, and complete: what is added to them later is not seen. */
  readonly environments: GitOpsEnvironment[];
  /** @default - Flux */
  readonly argoCd?: ArgoCdOptions;
  /** @default - Argo CD */
  readonly flux?: FluxOptions;
}

const TOOL_NAMES: Record<GitOpsTool, string> = { [GitOpsTool.ARGO_CD]: 'Argo CD', [GitOpsTool.FLUX]: 'Flux' };

function holdsCredentials(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== '';
}

/** Two environments that would each undo what the other does. */
function rivals({ props: { environments } }: GitOps): GitOpsEnvironment[] {
  const places = environments.map(({ cluster = '', clusterLabels, workspace }) =>
    JSON.stringify([clusterLabels ?? cluster, namespaceOf(workspace)]),
  );
  const second = places.findIndex((place, index) => places.indexOf(place) < index);
  return second < 0 ? [] : [environments[places.indexOf(places[second])], environments[second]];
}

function repeatedName({ props: { environments } }: GitOps): string | undefined {
  const names = environments.map(({ name }) => name);
  return names.find((name, index) => names.indexOf(name) < index);
}

/** Jobs that the tool would make again and again, or wait for: each with its environment. */
function loopingJobs({ tool, _folders }: GitOps): string[] {
  return _folders.flatMap(({ environment, footprint }) =>
    footprint.jobs
      .filter(({ vanishes, suspended, annotations }) => vanishes || (suspended && !isLeftToPeople(tool, annotations)))
      .map((job) => `${environment.name}: the Job ${job.name}`),
  );
}

const RULES: readonly Rule<GitOps>[] = [
  {
    id: 'gitops-one-tool',
    broken: ({ props }) => (props.argoCd === undefined) === (props.flux === undefined),
    message: () => 'gitops: one tool applies the files, two would fight: write argoCd or flux, one of them',
  },
  {
    id: 'gitops-repository',
    broken: ({ props }) => !/^(https|ssh):\/\/./.test(props.repositoryUrl) || holdsCredentials(props.repositoryUrl),
    message: ({ props }) =>
      holdsCredentials(props.repositoryUrl)
        ? 'gitops: repositoryUrl has a password, which would stand in the files: leave it out, and give the tool a Secret'
        : `gitops: repositoryUrl "${props.repositoryUrl}" is no address of a repository: write https://git.company.com/team/repository.git, or ssh://git@git.company.com/team/repository.git`,
  },
  {
    id: 'gitops-environments',
    broken: ({ props }) => props.environments.length === 0,
    message: () => 'gitops: environments is empty, and nothing would be applied: list at least one',
  },
  {
    id: 'gitops-names-differ',
    broken: (gitOps) => repeatedName(gitOps) !== undefined,
    message: (gitOps) => `gitops: two environments have the name ${repeatedName(gitOps)}: give each its own`,
  },
  {
    id: 'gitops-namespace-known',
    broken: ({ props }) => props.environments.some(({ workspace }) => namespaceOf(workspace) === undefined),
    message: ({ props }) =>
      `gitops: ${props.environments.find(({ workspace }) => namespaceOf(workspace) === undefined)?.name} says no namespace: give its chart one, or declare a WorkspaceNamespace`,
  },
  {
    id: 'gitops-one-owner',
    broken: (gitOps) => rivals(gitOps).length > 0,
    message: (gitOps) => {
      const [first, second] = rivals(gitOps);
      return `gitops: ${first?.name} and ${second?.name} have the namespace ${first && namespaceOf(first.workspace)} in the same cluster, and would prune each other: leave one out, or give it another cluster`;
    },
  },
  {
    id: 'gitops-one-destination',
    broken: ({ props }) => props.environments.some(({ cluster, clusterLabels }) => cluster && clusterLabels),
    message: ({ props }) =>
      `gitops: ${props.environments.find(({ cluster, clusterLabels }) => cluster && clusterLabels)?.name} has cluster and clusterLabels: write one of them`,
  },
  {
    id: 'gitops-labels-known',
    broken: ({ props, tool }) =>
      tool === GitOpsTool.FLUX && props.environments.some(({ clusterLabels }) => clusterLabels !== undefined),
    message: ({ props }) =>
      `gitops: ${props.environments.find(({ clusterLabels }) => clusterLabels !== undefined)?.name} has clusterLabels, and Flux knows no clusters by labels: list the environment once for each cluster`,
  },
  {
    id: 'gitops-jobs-stay',
    broken: (gitOps) => loopingJobs(gitOps).length > 0,
    message: (gitOps) =>
      `gitops: ${loopingJobs(gitOps).join(', ')} would be made or started by ${TOOL_NAMES[gitOps.tool]} again and again: prepare the environment with GitOps.prepare(workspace, GitOpsTool.${gitOps.tool === GitOpsTool.FLUX ? 'FLUX' : 'ARGO_CD'})`,
  },
];

/**
 * The objects by which Argo CD or Flux applies the folders of rendered environments. A person applies them once; from
 * then on the branch is what the clusters are.
 *
 * Argo CD gets a project that may touch the namespaces and kinds which the environments render, and an Application for
 * each folder (with `clusterLabels` an ApplicationSet); Flux a GitRepository and a Kustomization for each folder. What
 * an environment renders into another namespace lies in a folder of its own, and is applied from there.
 */
export class GitOps extends Construct {
  /**
   * Adds to all objects below a scope what the tool must know of them, also to those that are added later.
   * - Argo CD: the sync wave, from the number of the chart's file (`0310-tenant-config` is in wave 3); a wave waits until
   *   the one before is healthy. Flux needs no order: it applies the Namespace first, and what is not ready is tried again.
   * - The Namespace is not pruned, nor are claims: they hold data.
   * - Jobs stay when they are finished, so that they are not made again. Those that a person starts are left to people.
   *
   * In a `Workspace`, its prop `gitOps` does it.
   */
  public static prepare(scope: Construct, tool: GitOpsTool): void {
    prepareForGitOps(scope, tool);
  }

  public readonly tool: GitOpsTool;
  /** @internal */
  public readonly _folders: readonly DeliveredFolder[];

  constructor(
    scope: Construct,
    id: string,
    public readonly props: GitOpsProps,
  ) {
    super(scope, id);
    checkProps(this, 'GitOpsProps', props);
    for (const { name } of props.environments) {
      checkName(this, 'environments[].name', name, dnsLabel);
    }
    this.tool = props.argoCd ? GitOpsTool.ARGO_CD : GitOpsTool.FLUX;
    this._folders = props.environments.flatMap(foldersOf);
    checkAtSynth(this, RULES, () => this);
    checkManifestsAtSynth(this);
    // Two objects of one name cannot stand in one file, and the rule has said it.
    const folders = this._folders.filter(
      ({ name }, index) => this._folders.findIndex((other) => other.name === name) === index,
    );
    const repository = { url: props.repositoryUrl, branch: props.branch ?? 'main' };
    if (props.argoCd) {
      addArgoCd(this, repository, props.argoCd, folders);
    } else {
      addFlux(this, repository, props.flux ?? {}, folders);
    }
  }
}
