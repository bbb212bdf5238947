import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { WorkspaceNamespace } from '../constructs/platform/namespace';
import { Platform, type PlatformOptions } from '../constructs/platform/platform';
import type { SecretSource } from '../constructs/platform/secret-source';
import { Secrets } from '../constructs/platform/secrets';
import { problemsOf } from '../synth/render';
import type { Manifest } from './manifests';

/** What stands around the construct under test. */
export interface Surroundings {
  /** @default - plain Kubernetes with its Gateways in `gateway-system` */
  readonly platform?: Platform;
  /** @default - Secrets that exist already */
  readonly secrets?: SecretSource;
}

/** A construct in an app of its own, with all that it rendered and all that is wrong with it. */
export class Rendered<T> {
  constructor(
    public readonly app: App,
    public readonly construct: T,
    private readonly chart: Chart,
  ) {}

  /** All that is wrong, each sentence with the path of its construct: as `npm run synth` prints it. */
  public get problems(): string[] {
    return problemsOf(this.app);
  }

  /** The objects of the construct, in the order of the file. */
  public get manifests(): Manifest[] {
    return objectsBelow(this.chart);
  }

  /** The objects of the construct and of the namespace around it. */
  public get allManifests(): Manifest[] {
    return objectsBelow(this.app);
  }

  public ofKind(kind: string): Manifest[] {
    return this.allManifests.filter((manifest) => manifest.kind === kind);
  }

  /** The one object of that kind, and of that name where there are several. Error: there is none, or there are more. */
  public find(kind: string, name?: string): Manifest {
    const found = this.ofKind(kind).filter(({ metadata }) => name === undefined || metadata.name === name);
    if (found.length !== 1) {
      const all = this.allManifests.map((manifest) => `${manifest.kind}/${manifest.metadata.name}`).join(', ');
      throw new Error(`${found.length} objects are ${kind}/${name ?? '*'}; there are: ${all}`);
    }
    return found[0];
  }
}

/** Plain Kubernetes whose Gateways, of any class, stand in one namespace. */
export function kubernetes(options: PlatformOptions = {}): Platform {
  return Platform.kubernetes({
    edgePeer: { namespaceLabels: { 'kubernetes.io/metadata.name': 'gateway-system' } },
    ...options,
  });
}

/** Renders what `declare` makes, in the namespace `workspace`. */
export function render<T>(declare: (scope: Construct) => T, surroundings: Surroundings = {}): Rendered<T> {
  const app = new App();
  const workspace = new Construct(app, 'test');
  (surroundings.platform ?? kubernetes()).attach(workspace);
  const namespace = new WorkspaceNamespace(chartIn(workspace, 'namespace'), 'namespace', { name: 'workspace' });
  namespace.attach(workspace);
  new Secrets(chartIn(workspace, 'secrets'), 'secrets', { source: surroundings.secrets }).attach(workspace);
  const chart = chartIn(workspace, 'chart');
  return new Rendered(app, declare(chart), chart);
}

/** The environment of a container by name. Values from Secrets read `secret/key`. */
// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
export function environmentOf(container: any): { [name: string]: string } {
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }: EnvironmentEntry) => [
      name,
      // Kubernetes takes a variable with neither for one with an empty value.
      value ?? (valueFrom ? `${valueFrom.secretKeyRef?.name}/${valueFrom.secretKeyRef?.key}` : ''),
    ]),
  );
}

interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

function chartIn(scope: Construct, id: string): Chart {
  return new Chart(scope, id, { namespace: 'workspace', disableResourceNameHashes: true });
}

function objectsBelow(scope: Construct): Manifest[] {
  return scope.node
    .findAll()
    .filter((construct): construct is ApiObject => construct instanceof ApiObject)
    .map((object) => object.toJson() as Manifest);
}
