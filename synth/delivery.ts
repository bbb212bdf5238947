import { App, Chart } from 'cdk8s';
import { GitOps, type GitOpsEnvironment, type GitOpsProps } from '../constructs/gitops';
import { build, type Environment, kustomizations, type SynthesizedEnvironment, withPlaceholders } from './environment';
import { noEnvironment } from './environment-check';
import { problemsOf, renderCharts } from './render';

/** An environment that is delivered, by its name. */
export type DeliveredEnvironment = Omit<GitOpsEnvironment, 'workspace'>;

/** How environments come into clusters: data, no logic. Its folder in dist/ is applied once, by a person. */
export interface Delivery extends Omit<GitOpsProps, 'environments'> {
  /** Name of its folder in dist/. Form: DNS label. */
  readonly name: string;
  readonly environments: readonly DeliveredEnvironment[];
  /** As those of an environment. @default - none */
  readonly placeholders?: { readonly [value: string]: string };
}

/** Renders a delivery in memory, from the environments that it names. */
export function synthesizeDelivery(delivery: Delivery, environments: readonly Environment[]): SynthesizedEnvironment {
  const { name, placeholders = {}, environments: delivered, ...props } = delivery;
  const failed = (problems: readonly string[]) => ({ name, files: [], warnings: [], problems });
  const known = new Map(environments.map((environment) => [environment.name, environment]));
  const unknown = delivered.filter((environment) => !known.has(environment.name));
  if (unknown.length > 0) {
    return failed([
      `[${name}] ${noEnvironment(unknown.map((environment) => environment.name).join(', '), environments)}`,
    ]);
  }
  const app = new App();
  const chart = new Chart(app, props.argoCd ? 'argo-cd' : 'flux', { disableResourceNameHashes: true });
  try {
    new GitOps(chart, name, {
      ...props,
      environments: delivered.map((environment) => ({
        ...environment,
        workspace: build(known.get(environment.name) as Environment).app,
      })),
    });
  } catch (error) {
    return failed(error instanceof Error ? error.message.split('\n') : [String(error)]);
  }
  const problems = problemsOf(app);
  if (problems.length > 0) {
    return failed(problems);
  }
  const manifests = renderCharts(app, 'environments/gitops.ts').map((file) => ({
    ...file,
    text: withPlaceholders(file.text, placeholders),
  }));
  return { name, problems, warnings: [], files: [...manifests, ...kustomizations(manifests)] };
}
