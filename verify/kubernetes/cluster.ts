import type { ApiServer } from './api-server';
import type { KubernetesObject } from './object';

/**
 * One namespace of a live cluster, and the objects around it. Everything is asked for once in a run, so that all checks
 * speak of the same moment.
 */
export class Cluster {
  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(
    private readonly api: ApiServer,
    readonly namespace: string,
  ) {}

  /** Kubernetes' own version, such as v1.35.2. Errors: `Unreachable`, `ApiRefusal`. */
  public async version(): Promise<string> {
    const { gitVersion } = await this.api.get<{ gitVersion: string }>('/version');
    return gitVersion;
  }

  /** All objects of a kind in the namespace. Errors: `ApiRefusal`, `UnknownKind`, `Unreachable`. */
  public list<Item extends KubernetesObject>(apiVersion: string, kind: string): Promise<Item[]> {
    return this.once(`${apiVersion} ${kind}`, () => this.api.list<Item>(apiVersion, kind, this.namespace));
  }

  /** The object of the namespace with this name; nothing when it is not there. */
  public async find<Item extends KubernetesObject>(
    apiVersion: string,
    kind: string,
    name: string,
  ): Promise<Item | undefined> {
    const objects = await this.list<Item>(apiVersion, kind);
    return objects.find(({ metadata }) => metadata.name === name);
  }

  /** What is live of a rendered object; nothing when it is not there. */
  public live<Item extends KubernetesObject>({ apiVersion, kind, metadata }: Item): Promise<Item | undefined> {
    if (metadata.namespace !== undefined) return this.find<Item>(apiVersion, kind, metadata.name);
    return this.once(`${apiVersion} ${kind} ${metadata.name}`, () =>
      this.api.readClusterWide<Item>(apiVersion, kind, metadata.name),
    );
  }

  private once<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.asked.get(what) as Promise<Answer> | undefined;
    const answer = known ?? ask();
    this.asked.set(what, answer);
    return answer;
  }
}
