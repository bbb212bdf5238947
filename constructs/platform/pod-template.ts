import { createHash } from 'node:crypto';
import type { ContainerResources } from 'cdk8s-plus-30';
import { k8s } from 'cdk8s-plus-30';
import { EnvironmentVariables } from './environment-variables';
import type { Platform } from './platform';
import { resourceRequirements } from './quantity';

/** What is true of a program's own container. */
export interface MainContainer {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly workingDir?: string;
  readonly resources: ContainerResources;
  readonly startupProbe?: k8s.Probe;
  readonly readinessProbe?: k8s.Probe;
  readonly livenessProbe?: k8s.Probe;
  readonly lifecycle?: k8s.Lifecycle;
  readonly securityContext?: k8s.SecurityContext;
}

/** A writable folder that lives as long as the pod. */
export interface ScratchFolder {
  readonly path: string;
  /** Largest size before the kubelet evicts the pod. Form: quantity. */
  readonly sizeLimit: string;
}

/** Mode of files from Secrets: owner and group may read, and the pod's group is the one that the files get. */
export const READ_ONLY_FILES = 0o440;

type ContainerPart = 'init' | 'sidecar';

/**
 * The pod of one workload while it is being put together. Everything is rendered at synth, so that a construct
 * declared later can still add to it.
 */
export class PodTemplate {
  /** The environment of the main container. */
  public readonly env = new EnvironmentVariables();
  private readonly volumes = new Map<string, k8s.Volume>();
  private readonly mounts: k8s.VolumeMount[] = [];
  private readonly ports: k8s.ContainerPort[] = [];
  private readonly extras: { readonly part: ContainerPart; readonly container: k8s.Container }[] = [];
  private readonly annotations = new Map<string, string>();
  private readonly labels = new Map<string, string>();
  private readonly envFrom: k8s.EnvFromSource[] = [];
  private readonly checksums: (() => string)[] = [];
  private container?: MainContainer;
  private spec: Omit<k8s.PodSpec, 'containers'> = {};

  /** @param program name that begins the sentences about mistakes */
  constructor(
    private readonly program: string,
    private readonly platform: Platform,
  ) {}

  public setMain(container: MainContainer): void {
    this.container = container;
  }

  /** Changes parts of the main container after its declaration, as a sidecar must that takes over its probes. */
  public changeMain(change: Partial<MainContainer>): void {
    this.container = { ...this.main, ...change };
  }

  public get main(): MainContainer {
    if (!this.container) {
      throw new Error(
        `${this.program}: the pod has no main container: call setMain in the constructor of the construct`,
      );
    }
    return this.container;
  }

  /** Sets fields of the pod's spec beside the containers. */
  public setSpec(spec: Omit<k8s.PodSpec, 'containers'>): void {
    this.spec = { ...this.spec, ...spec };
  }

  /** Init containers and native sidecars, as they will be rendered. */
  public get initContainers(): k8s.Container[] {
    return this.extras.map(({ container }) => this.harden(container));
  }

  /** The images of all containers. */
  public get images(): string[] {
    return [...this.extras.map(({ container }) => container.image ?? ''), this.main.image];
  }

  public addEnvFrom(source: k8s.EnvFromSource): void {
    this.envFrom.push(source);
  }

  public addPort(port: k8s.ContainerPort): void {
    this.ports.push(port);
  }

  public removePort(name: string): void {
    const at = this.ports.findIndex((port) => port.name === name);
    if (at >= 0) {
      this.ports.splice(at, 1);
    }
  }

  public addVolume(volume: k8s.Volume): void {
    if (this.volumes.has(volume.name)) {
      throw new Error(`${this.program}: the volume ${volume.name} is declared twice: give one of them another name`);
    }
    this.volumes.set(volume.name, volume);
  }

  public mount({ readOnly, ...mount }: k8s.VolumeMount): void {
    // The API server drops a `false`, and every apply would find a difference.
    this.mounts.push(readOnly ? { ...mount, readOnly } : mount);
  }

  /** Declares a volume and mounts it in the main container. */
  public addMountedVolume(volume: k8s.Volume, mount: Omit<k8s.VolumeMount, 'name'>): void {
    this.addVolume(volume);
    this.mount({ name: volume.name, ...mount });
  }

  /** Gives the main container a writable folder under its read-only root. */
  public addScratch(name: string, folder: ScratchFolder): void {
    this.addMountedVolume(scratchVolume(name, folder), { mountPath: folder.path });
  }

  /** Adds a container that runs to its end before the main container starts. */
  public addInit(container: k8s.Container): void {
    this.extras.push({ part: 'init', container });
  }

  /**
   * Adds a container that starts before and stops after the main container (a native sidecar, Kubernetes 1.29 and
   * newer).
   */
  public addSidecar(container: k8s.Container): void {
    this.extras.push({ part: 'sidecar', container: { ...container, restartPolicy: 'Always' } });
  }

  public annotate(name: string, value: string): void {
    this.annotations.set(name, value);
  }

  public label(name: string, value: string): void {
    this.labels.set(name, value);
  }

  /** Names of the labels that were added to those of the workload. */
  public get addedLabels(): string[] {
    return [...this.labels.keys()];
  }

  /** Restarts the pods when this content changes. Called at synth. */
  public restartOnChangeOf(content: () => string): void {
    this.checksums.push(content);
  }

  /** All containers as they will be rendered, the main one last. */
  public get containers(): k8s.Container[] {
    return [...this.initContainers, this.renderMain()];
  }

  public render(labels: { [key: string]: string }): k8s.PodTemplateSpec {
    const annotations = Object.fromEntries(this.annotations);
    if (this.checksums.length > 0) {
      const digest = createHash('sha256');
      for (const content of this.checksums) {
        digest.update(content()).update('\0');
      }
      annotations['checksum/config'] = digest.digest('hex');
    }
    const initContainers = this.initContainers;
    return {
      metadata: {
        labels: { ...labels, ...Object.fromEntries(this.labels) },
        annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
      },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        ...this.spec,
        initContainers: initContainers.length > 0 ? initContainers : undefined,
        containers: [this.renderMain()],
        volumes: this.volumes.size > 0 ? [...this.volumes.values()] : undefined,
      },
    };
  }

  private renderMain(): k8s.Container {
    const { resources, ...main } = this.main;
    const env = this.env.render();
    return this.harden({
      ...main,
      ports: this.ports.length > 0 ? this.ports : undefined,
      env: env.length > 0 ? env : undefined,
      envFrom: this.envFrom.length > 0 ? this.envFrom : undefined,
      resources: resourceRequirements(resources),
      volumeMounts: this.mounts.length > 0 ? this.mounts : undefined,
    });
  }

  private harden(container: k8s.Container): k8s.Container {
    return {
      ...container,
      imagePullPolicy: container.imagePullPolicy ?? this.platform.imagePullPolicy,
      securityContext: { ...this.platform.containerSecurityContext(), ...container.securityContext },
    };
  }
}

/** An emptyDir of limited size. */
function scratchVolume(name: string, folder: ScratchFolder): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString(folder.sizeLimit) } };
}
