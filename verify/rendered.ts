import fs from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import type { IDeploymentSpec } from 'kubernetes-models/apps/v1';
import type { IJobSpec } from 'kubernetes-models/batch/v1';
import type { IPodTemplateSpec } from 'kubernetes-models/v1';
import { type KubernetesObject, matchesLabels, type Typed } from './kubernetes/object';

/** An object that makes pods. */
export type Workload = Typed<{ readonly template: IPodTemplateSpec }, unknown>;

/** There is nothing rendered to compare with; the message says what to do. */
export class NotRendered extends Error {}

/** What `npm run synth` wrote for an environment: all that is expected is read from here. */
export class RenderedEnvironment {
  readonly namespace: string;

  /** @param objects as they stand in the files. Error: `NotRendered`, when they are not of one namespace. */
  constructor(
    readonly name: string,
    readonly objects: readonly KubernetesObject[],
  ) {
    const namespaces = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
    if (namespaces.length !== 1) {
      throw new NotRendered(`${name} is not a rendered environment of one namespace: it has ${namespaces.length}.`);
    }
    this.namespace = namespaces[0];
  }

  /** The files of a folder. Error: `NotRendered`. */
  public static read(folder: string): RenderedEnvironment {
    const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => /\.(ya?ml|json)$/.test(file)) : [];
    if (files.length === 0) throw new NotRendered(`There are no manifests in ${folder}: run npm run synth.`);
    const objects = files.sort().flatMap((file) => loadAll(fs.readFileSync(path.join(folder, file), 'utf8')));
    return new RenderedEnvironment(path.basename(folder), objects.filter(Boolean) as KubernetesObject[]);
  }

  /** The same objects in another namespace, for who applied them elsewhere. */
  public in(namespace: string): RenderedEnvironment {
    if (namespace === this.namespace) return this;
    const moved = this.objects.map((object) => {
      const name = object.kind === 'Namespace' ? namespace : object.metadata.name;
      const place = object.metadata.namespace === undefined ? {} : { namespace };
      return { ...object, metadata: { ...object.metadata, name, ...place } };
    });
    return new RenderedEnvironment(this.name, moved);
  }

  /** All of a kind, whatever its version. */
  public ofKind<Item extends KubernetesObject>(...kinds: string[]): Item[] {
    return this.objects.filter(({ kind }) => kinds.includes(kind)) as Item[];
  }

  /** Deployments and StatefulSets: what runs all the time. */
  public services(): Typed<IDeploymentSpec, unknown>[] {
    return this.ofKind('Deployment', 'StatefulSet');
  }

  /** Every object that makes pods; a CronJob as the Jobs that it makes. */
  public workloads(): Workload[] {
    const cronJobs = this.ofKind<Typed<{ jobTemplate: { spec: IJobSpec } }, unknown>>('CronJob');
    return [
      ...this.ofKind<Workload>('Deployment', 'StatefulSet', 'DaemonSet', 'Job'),
      ...cronJobs.map((cronJob) => ({ ...cronJob, spec: cronJob.spec.jobTemplate.spec })),
    ];
  }

  /** The Service whose selector takes this workload's pods. */
  public serviceOf(workload: Workload): Typed<{ selector?: { [key: string]: string } }, unknown> | undefined {
    const services = this.ofKind<Typed<{ selector?: { [key: string]: string } }, unknown>>('Service');
    return services.find(({ spec }) => matchesLabels(spec.selector, workload.spec.template.metadata?.labels));
  }
}

/** Whether a Job or CronJob waits until a person starts it. */
export function isOnDemand({ kind, spec }: KubernetesObject): boolean {
  return kind === 'Job' && (spec as IJobSpec).suspend === true;
}
