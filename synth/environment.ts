import path from 'node:path';
import { App } from 'cdk8s';
import { TenantConfig } from '../constructs/tenant-config';
import { Workspace, type WorkspaceProps } from '../constructs/workspace';
import { problemsOf, type RenderedFile, renderCharts } from './render';
import { KUSTOMIZATION } from './staging';
import { renderTopology } from './topology';

/** One environment: data, no logic. */
export interface Environment {
  /** Name of its folder in dist/, of which there is one. Form: DNS label. */
  readonly name: string;
  /** One sentence: what it is. */
  readonly description: string;
  readonly workspace: WorkspaceProps;
  /**
   * Values that stand for others' and are to be replaced before anything is applied: each value, and what it is.
   * They are named at the top of every file that has them, in one line each. @default - none
   */
  readonly placeholders?: { readonly [value: string]: string };
  /** What is wrong with the files that its data comes from, as sentences: with one of them nothing is rendered. @default - nothing */
  readonly problems?: readonly string[];
}

/** What came of an environment: its files, or all that is wrong with it. */
export interface SynthesizedEnvironment {
  readonly name: string;
  readonly files: readonly RenderedFile[];
  readonly problems: readonly string[];
  /** What is accepted, and worth knowing. */
  readonly warnings: readonly string[];
}

/** The constructs of an environment, and all that is wrong with them. */
export interface BuiltEnvironment {
  readonly app: App;
  readonly problems: readonly string[];
}

/** What was built: how an environment is delivered is read from the constructs that it was rendered from. */
const BUILT = new WeakMap<Environment, BuiltEnvironment>();

/** Builds an environment's constructs, once. What is wrong is in the answer, never thrown. */
export function build(environment: Environment): BuiltEnvironment {
  const built = BUILT.get(environment) ?? construct(environment);
  BUILT.set(environment, built);
  return built;
}

function construct({ name, workspace }: Environment): BuiltEnvironment {
  const app = new App();
  try {
    new Workspace(app, name, workspace);
  } catch (error) {
    return { app, problems: error instanceof Error ? error.message.split('\n') : [String(error)] };
  }
  return { app, problems: problemsOf(app) };
}

/** Renders an environment in memory. Pure: no clock, no network, no randomness. */
export function synthesize(environment: Environment): SynthesizedEnvironment {
  const { name, description, workspace, placeholders = {} } = environment;
  const { app, problems } = build(environment);
  if (problems.length > 0) {
    return { name, files: [], warnings: [], problems };
  }
  const manifests = renderCharts(app, `environments/${name}.ts`, workspace.namespace.name).map((file) => ({
    ...file,
    text: withPlaceholders(file.text, placeholders),
  }));
  return {
    name,
    problems,
    warnings: warningsOf(app),
    files: [
      ...manifests,
      ...kustomizations(manifests),
      { name: 'TOPOLOGY.md', text: renderTopology(name, description, app, placeholders) },
    ],
  };
}

/** Says below the first line of a file which of its values a person replaces. */
export function withPlaceholders(text: string, placeholders: { readonly [value: string]: string }): string {
  const found = Object.entries(placeholders).filter(([value]) => text.includes(value));
  const [first, ...rest] = text.split('\n');
  return [first, ...found.map(([value, meaning]) => `# To replace: ${value}, ${meaning}.`), ...rest].join('\n');
}

function warningsOf(app: App): string[] {
  return app.node
    .findAll()
    .filter((construct): construct is TenantConfig => construct instanceof TenantConfig)
    .flatMap(({ node, warnings }) => warnings.map((warning) => `[${node.path}] ${warning}`));
}

// Without the ending .yaml, `kubectl apply -f` does not take it for a manifest; `kubectl apply -k` finds it all the same.
export function kustomizations(manifests: readonly RenderedFile[]): RenderedFile[] {
  const folders = [...new Set(manifests.map(({ name }) => path.dirname(name)))];
  return folders.map((folder) => ({
    name: path.join(folder, KUSTOMIZATION),
    text: [
      'apiVersion: kustomize.config.k8s.io/v1beta1',
      'kind: Kustomization',
      'resources:',
      ...manifests.filter(({ name }) => path.dirname(name) === folder).map(({ name }) => `  - ${path.basename(name)}`),
      '',
    ].join('\n'),
  }));
}
