import { setTimeout as pause } from 'node:timers/promises';
import { type KubernetesApi, KubernetesError } from './kubernetes-api';
import { WorkspaceError } from './workspace';

/** The label by which a pod belongs to a session; the volume shows the pod the folder of that name. */
const SESSION_LABEL = 'claude-service/session';
/** Which running service made it: each has pods of its own, so that none ends what another uses. */
const INSTANCE_LABEL = 'claude-service/instance';
/** Unit: milliseconds. */
const LONGEST_START_MS = 120_000;
const LOOK_MS = 250;
const WORKSPACES = 'workspaces';

/** The rendered pod, as far as it is looked at. */
export interface PodManifest {
  readonly metadata: { readonly labels?: { readonly [name: string]: string }; readonly [field: string]: unknown };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
    readonly [field: string]: unknown;
  };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly message?: string } } }[];
  };
}

/** What makes the pod of a session: itself, or a Sandbox whose controller does. */
export interface PodSource {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly manifest: PodManifest;
  /** Unique to this running service. Form: letters and digits in lower case. */
  readonly instance: string;
  readonly sandboxes: boolean;
}

/** The pod of one session, made when it is first needed. */
export class SessionPod {
  private running: Promise<string> | undefined;

  constructor(
    private readonly source: PodSource,
    private readonly folder: string,
  ) {}

  public get container(): string {
    return this.source.manifest.spec.containers[0].name;
  }

  /** Where the container has the session's files. */
  public get path(): string {
    const mounts = this.source.manifest.spec.containers[0].volumeMounts ?? [];
    return mounts.find(({ name }) => name === WORKSPACES)?.mountPath ?? `/${WORKSPACES}`;
  }

  /** The name of the running pod. Error: `WorkspaceError` when it does not start. */
  public name(): Promise<string> {
    this.running ??= this.start().catch((error: unknown) => {
      this.running = undefined;
      throw error instanceof WorkspaceError
        ? error
        : new WorkspaceError(`the pod of the session cannot be made: ${(error as Error).message}`);
    });
    return this.running;
  }

  /** Whether a pod was made that may still be there. */
  public get made(): boolean {
    return this.running !== undefined;
  }

  /** To be called when the pod turned out to be gone: the next use makes another. */
  public forget(): void {
    this.running = undefined;
  }

  public async delete(): Promise<void> {
    this.running = undefined;
    await this.source.api.call('DELETE', `${this.ownPath()}/${this.ownName()}`).catch(ignoreMissing);
  }

  private async start(): Promise<string> {
    const { api, manifest, sandboxes } = this.source;
    const labels = {
      ...manifest.metadata.labels,
      [SESSION_LABEL]: this.folder,
      [INSTANCE_LABEL]: this.source.instance,
    };
    const metadata = { ...manifest.metadata, name: this.ownName(), labels };
    const made = sandboxes
      ? {
          apiVersion: 'agents.x-k8s.io/v1beta1',
          kind: 'Sandbox',
          metadata,
          spec: { podTemplate: { metadata: { labels }, spec: manifest.spec } },
        }
      : { ...manifest, metadata };
    const begin = Date.now();
    let last: Pod | undefined;
    for (let wanted = true; Date.now() - begin < LONGEST_START_MS; ) {
      if (wanted) {
        await api.call('POST', this.ownPath(), made).catch(ignoreExisting);
      }
      last = await this.find();
      if (last && isReady(last)) {
        return last.metadata.name;
      }
      // One that ended, by its deadline for example, makes way for another.
      wanted = last === undefined;
      if (last && isOver(last)) {
        await this.delete();
      }
      await pause(LOOK_MS);
    }
    throw new WorkspaceError(`the pod of the session does not start: ${reasonOf(last)}`);
  }

  private async find(): Promise<Pod | undefined> {
    const { api, namespace, instance } = this.source;
    const selector = encodeURIComponent(`${SESSION_LABEL}=${this.folder},${INSTANCE_LABEL}=${instance}`);
    const { items } = await api.call<{ items: readonly Pod[] }>(
      'GET',
      `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`,
    );
    return items.find(({ metadata }) => !metadata.deletionTimestamp) ?? items[0];
  }

  private ownName(): string {
    return `session-${this.folder.slice(0, 32)}-${this.source.instance}`;
  }

  private ownPath(): string {
    const { namespace, sandboxes } = this.source;
    return sandboxes
      ? `/apis/agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxes`
      : `/api/v1/namespaces/${namespace}/pods`;
  }
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return !metadata.deletionTimestamp && status?.phase === 'Running' && ready?.status === 'True';
}

function isOver({ metadata, status }: Pod): boolean {
  return !metadata.deletionTimestamp && ['Succeeded', 'Failed'].includes(status?.phase ?? '');
}

function reasonOf(pod: Pod | undefined): string {
  const waiting = pod?.status?.containerStatuses?.find(({ state }) => state?.waiting?.message)?.state?.waiting?.message;
  const condition = pod?.status?.conditions?.find(({ status, message }) => status === 'False' && message)?.message;
  return waiting ?? condition ?? `after ${LONGEST_START_MS / 1000} seconds it is ${pod?.status?.phase ?? 'not there'}`;
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof KubernetesError && error.status === 409)) {
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof KubernetesError && error.status === 404)) {
    throw error;
  }
}
