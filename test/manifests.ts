import { loadAll } from 'js-yaml';
import { environments } from '../environments';
import { synthesize } from '../synth/environment';

/** A Kubernetes object as it stands in a file. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into objects of every kind
  readonly [field: string]: any;
}

/** Every object of an environment, read back from the text that is written. */
export function manifestsOf(environmentName: string): Manifest[] {
  const environment = environments.find(({ name }) => name === environmentName);
  if (!environment) {
    throw new Error(`there is no environment ${environmentName}`);
  }
  return synthesize(environment)
    .files.filter(({ name }) => name.endsWith('.yaml'))
    .flatMap(({ text }) => loadAll(text) as Manifest[]);
}

const POD_OWNERS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];

/** The objects that make pods. */
export function podOwners(manifests: readonly Manifest[]): Manifest[] {
  return manifests
    .map((manifest) => (manifest.kind === 'CronJob' ? { ...manifest, spec: manifest.spec.jobTemplate.spec } : manifest))
    .filter(({ kind }) => POD_OWNERS.includes(kind));
}
