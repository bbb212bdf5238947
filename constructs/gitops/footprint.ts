import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { changeNow, renderedManifest } from '../platform/manifest-check';
import { WorkspaceNamespace } from '../platform/namespace';

/** A kind of object. */
export interface ObjectKind {
  readonly group: string;
  readonly kind: string;
}

/** A program whose number of replicas an autoscaler sets. */
export interface ScaledProgram extends ObjectKind {
  readonly name: string;
}

/** A Job as it is rendered. */
export interface RenderedJob {
  readonly name: string;
  readonly vanishes: boolean;
  readonly suspended: boolean;
  readonly annotations: { readonly [name: string]: string };
}

/** What the objects of one folder touch: those of the environment's namespace, or those of another. */
export interface Footprint {
  readonly namespace: string;
  readonly clusterKinds: readonly ObjectKind[];
  readonly namespacedKinds: readonly ObjectKind[];
  readonly scaled: readonly ScaledProgram[];
  readonly jobs: readonly RenderedJob[];
}

const AUTOSCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'];

/** The namespace of an environment; undefined when it says none. */
export function namespaceOf(environment: IConstruct): string | undefined {
  const all = environment.node.findAll();
  const own = all.find((construct): construct is WorkspaceNamespace => construct instanceof WorkspaceNamespace);
  return own?.name ?? all.flatMap((construct) => (construct instanceof Chart ? (construct.namespace ?? []) : []))[0];
}

/** What an environment's folders touch, the one of its own namespace first. */
export function footprintsOf(environment: IConstruct, namespace: string): Footprint[] {
  changeNow(environment);
  const byNamespace = new Map<string, ApiObject[]>([[namespace, []]]);
  for (const construct of environment.node.findAll()) {
    if (construct instanceof ApiObject) {
      const at = Chart.of(construct).namespace ?? namespace;
      byNamespace.set(at, [...(byNamespace.get(at) ?? []), construct]);
    }
  }
  return [...byNamespace].map(([at, objects]) => footprint(at, objects));
}

function footprint(namespace: string, objects: readonly ApiObject[]): Footprint {
  const manifests = objects.map(renderedManifest);
  const isNamespaced = ({ metadata }: { readonly metadata: { readonly namespace?: string } }) =>
    metadata.namespace !== undefined;
  return {
    namespace,
    clusterKinds: kindsOf(manifests.filter((manifest) => !isNamespaced(manifest))),
    namespacedKinds: kindsOf(manifests.filter(isNamespaced)),
    scaled: manifests
      .filter(({ kind }) => AUTOSCALERS.includes(kind))
      .map(({ spec: { scaleTargetRef: target } }) => ({
        group: groupOf(target.apiVersion ?? 'apps/v1'),
        kind: target.kind ?? 'Deployment',
        name: target.name,
      })),
    jobs: manifests
      .filter(({ kind }) => kind === 'Job')
      .map(({ metadata, spec }) => ({
        name: metadata.name,
        vanishes: spec.ttlSecondsAfterFinished !== undefined,
        suspended: spec.suspend === true,
        annotations: metadata.annotations ?? {},
      })),
  };
}

/** Each kind once, in order of group and name. */
export function distinctKinds(kinds: readonly ObjectKind[]): ObjectKind[] {
  const key = ({ group, kind }: ObjectKind) => `${group}/${kind}`;
  const byKey = new Map(kinds.map((kind) => [key(kind), kind]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

function kindsOf(manifests: readonly { readonly apiVersion: string; readonly kind: string }[]): ObjectKind[] {
  return distinctKinds(manifests.map(({ apiVersion, kind }) => ({ group: groupOf(apiVersion), kind })));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
}
