import { ApiObject, Chart } from 'cdk8s';
import { type ContainerResources, k8s } from 'cdk8s-plus-30';
import { Construct, type IConstruct } from 'constructs';
import {
  addressOf,
  type ExternalHost,
  hostPort,
  hostProblem,
  type InboundLink,
  namespaceBehind,
  type OutboundLink,
  type PeerLink,
  type PodLink,
} from './links';
import { checkManifestsAtSynth } from './manifest-check';
import { dnsLabel } from './manifest-rules/name-forms';
import { addHostPolicy, addNetworkPolicy } from './network-policy';
import { type ForeignPeer, Platform } from './platform';
import { type MainContainer, PodTemplate, type ScratchFolder } from './pod-template';
import { checkName, checkProps } from './props-check';
import { checkAtSynth, type Rule } from './rules';
import type { SecretForm } from './secret-form';
import { type SecretKey, Secrets } from './secrets';

/** What every program of this library can be told. */
export interface WorkloadProps {
  /** Name of the Kubernetes objects. Form: DNS label. @default - the construct's id */
  readonly name?: string;
  /**
   * Image with its tag or digest.
   * @default - the version that this library pins; below ghcr.io/company/ a placeholder for an image that you build
   */
  readonly image?: string;
  /** `Always`, `IfNotPresent` or `Never`. @default - `Always`; on kind `IfNotPresent` */
  readonly imagePullPolicy?: string;
  /** Names of Secrets with registry credentials. @default - none */
  readonly imagePullSecrets?: string[];
  /** Requests and limits of the main container. @default - fit for the program */
  readonly resources?: ContainerResources;
  /** Variables added to the main container. Error: the construct sets one of them itself. @default - none */
  readonly extraEnv?: { [name: string]: string };
  /** Variables whose values stand in Secrets. @default - none */
  readonly extraSecretEnv?: { [name: string]: SecretKey };
  /** ConfigMaps and Secrets whose every key becomes a variable. @default - none */
  readonly extraEnvFrom?: k8s.EnvFromSource[];
  /** @default - none */
  readonly extraVolumes?: k8s.Volume[];
  /** Mounts of the main container. @default - none */
  readonly extraVolumeMounts?: k8s.VolumeMount[];
  /** Containers that run to their end before the main one starts. @default - none */
  readonly extraInitContainers?: k8s.Container[];
  /** Containers beside the main one, as native sidecars. @default - none */
  readonly extraSidecars?: k8s.Container[];
  /** Replaces fields of the pod's security context. @default - the platform's */
  readonly podSecurityContext?: k8s.PodSecurityContext;
  /** Replaces fields of the main container's security context. @default - the platform's */
  readonly securityContext?: k8s.SecurityContext;
  /** @default - none */
  readonly podAnnotations?: { [key: string]: string };
  /** @default - none */
  readonly podLabels?: { [key: string]: string };
  /** @default - none */
  readonly nodeSelector?: { [key: string]: string };
  /** @default - none */
  readonly tolerations?: k8s.Toleration[];
  /** @default - replicas prefer different nodes */
  readonly affinity?: k8s.Affinity;
  /** @default - the workspace's class */
  readonly priorityClassName?: string;
  /** @default - the node's runtime */
  readonly runtimeClassName?: string;
  /** @default - none */
  readonly hostAliases?: k8s.HostAlias[];
  /** Name of a ServiceAccount that exists. @default - one of its own, without a token */
  readonly serviceAccountName?: string;
  /** @default - none */
  readonly serviceAccountAnnotations?: { [key: string]: string };
  /** Hosts outside the cluster that this program may reach besides those it needs by itself. @default - none */
  readonly extraEgress?: ExternalHost[];
}

/** What a construct tells its base about the program it runs. */
export interface WorkloadIdentity {
  /** The program, the same for every instance: the label `app.kubernetes.io/name`. */
  readonly program: string;
  /** Name of the props' struct, for the check of unknown keys and wrong types. */
  readonly propsStruct: string;
  /** True for what runs to an end: jobs have a priority class and no spread of their own. @default false */
  readonly batch?: boolean;
}

const WORKLOAD = Symbol.for('cdk8s-open-webui.Workload');
const FLOATING = /:(latest|main|master|edge|nightly|dev|stable)$/;

function isFloating(image: string): boolean {
  return !image.includes('@sha256:') && (FLOATING.test(image) || !/:[^/]+$/.test(image));
}

const RULES: readonly Rule<Workload>[] = [
  {
    id: 'image-pinned',
    broken: (workload) => workload.platform.production && workload._pod.images.some(isFloating),
    message: (workload) =>
      `${workload.name}: the image ${workload._pod.images.find(isFloating)} can change under its name: write a version tag or a digest`,
  },
  {
    id: 'requests-and-limits',
    broken: (workload) => {
      const { cpu, memory } = workload._pod.main.resources;
      return !cpu?.request || !cpu.limit || !memory?.request || !memory.limit;
    },
    message: (workload) =>
      `${workload.name}: resources lacks a request or a limit of cpu or memory: write all four, the namespace's quota counts them`,
  },
  {
    id: 'selector-labels-kept',
    broken: (workload) => overriddenLabels(workload).length > 0,
    message: (workload) =>
      `${workload.name}: podLabels changes ${overriddenLabels(workload).join(', ')}, by which Services and policies know the pods: leave it out`,
  },
  {
    id: 'extra-environment-set-once',
    broken: (workload) => workload._pod.env.setTwice.length > 0,
    message: (workload) =>
      `${workload.name}: ${workload._pod.env.setTwice.join(', ')} stands in extraEnv and in extraSecretEnv: write it in one of them`,
  },
  {
    id: 'egress-host',
    broken: ({ _outbound }) => _outbound.some(({ to }) => hostProblem(to) !== undefined),
    message: ({ name, _outbound }) =>
      `${name}: ${_outbound.map(({ to }) => hostProblem(to)).find((problem) => problem !== undefined)}`,
  },
  {
    id: 'links-within-namespace',
    broken: (workload) => strayLink(workload) !== undefined,
    message: (workload) => {
      const to = strayLink(workload)?.to;
      return `${workload.name}: ${to?.name} stands in the namespace ${to && Chart.of(to).namespace}, and a link holds within one: open the way with useShared of the team's TenantNamespace, and give the full address and a key of the team's own`;
    },
  },
  {
    id: 'environment-set-once',
    broken: (workload) => workload._pod.env.clashes.length > 0,
    message: (workload) =>
      `${workload.name}: extraEnv sets ${workload._pod.env.clashes.join(', ')}, which the construct sets itself: use the prop that stands for it`,
  },
];

/** A link into another namespace, where neither the short name of the Service nor the Secret nor the labels hold. */
function strayLink(workload: Workload): PodLink | undefined {
  const { namespace } = Chart.of(workload);
  const isElsewhere = (other?: string) => namespace !== undefined && other !== undefined && other !== namespace;
  return workload._links.find(({ to }) => isElsewhere(Chart.of(to).namespace));
}

function overriddenLabels(workload: Workload): string[] {
  return Object.keys(workload.selector).filter((label) => workload._pod.addedLabels.includes(label));
}

/**
 * Pods of one program: their template, ServiceAccount and NetworkPolicy. What they may talk to follows from the
 * links that are declared, and from nothing else.
 */
export abstract class Workload extends Construct {
  /** Name of the Kubernetes objects. */
  public readonly name: string;
  /** The program, the same for every instance. */
  public readonly program: string;
  public readonly platform: Platform;
  /** Labels that select the pods. They never change: a selector is immutable. */
  public readonly selector: { [key: string]: string };
  /** Labels of every object of this workload. */
  public readonly labels: { [key: string]: string };
  /** True for what runs to an end. */
  public readonly batch: boolean;
  /** What the program was told, for the jobs that follow it. @internal */
  public readonly _given: WorkloadProps;
  /** @internal */
  public readonly _pod: PodTemplate;
  /** Links to pods of ours. @internal */
  public readonly _links: PodLink[] = [];
  /** Links from pods of ours. @internal */
  public readonly _callers: PodLink[] = [];
  /** Links from pods of others. @internal */
  public readonly _inbound: InboundLink[] = [];
  /** Links to pods of others. @internal */
  public readonly _peers: PeerLink[] = [];
  /** Links to hosts outside the cluster. @internal */
  public readonly _outbound: OutboundLink[] = [];
  private readonly podPorts = new Map<string, number>();
  private readonly hosts = new Map<string, number>();
  private readonly serviceAccount?: ApiObject;

  protected constructor(scope: Construct, id: string, identity: WorkloadIdentity, props: WorkloadProps) {
    super(scope, id);
    Object.defineProperty(this, WORKLOAD, { value: true });
    checkProps(this, identity.propsStruct, props);
    this.name = props.name ?? id;
    checkName(this, 'name', this.name, dnsLabel);
    this.program = identity.program;
    this.batch = identity.batch ?? false;
    this._given = props;
    this.platform = Platform.of(this);
    this.selector = { 'app.kubernetes.io/name': identity.program, 'app.kubernetes.io/instance': this.name };
    this.labels = { ...this.selector, 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };
    this._pod = new PodTemplate(this.name, this.platform);
    this.preparePod(props);
    this.serviceAccount = props.serviceAccountName
      ? undefined
      : this.addServiceAccount(props.serviceAccountAnnotations);
    addNetworkPolicy(this);
    for (const host of props.extraEgress ?? []) {
      this.connectToHost(host, 'declared by hand');
    }
    checkAtSynth(this, RULES, () => this);
    checkManifestsAtSynth(this);
  }

  /** The most pods that can exist at once, surge and autoscaling included. */
  public abstract get maxPods(): number;

  /** Adds a container that starts before and stops after the main one. */
  public addSidecar(container: k8s.Container): void {
    this._pod.addSidecar(container);
  }

  /** Adds a container that runs to its end before the main one starts. */
  public addInitContainer(container: k8s.Container): void {
    this._pod.addInit(container);
  }

  /** Adds a volume that sidecars and init containers may mount. */
  public addVolume(volume: k8s.Volume): void {
    this._pod.addVolume(volume);
  }

  /** Gives the main container a writable folder under its read-only root. */
  public addScratch(name: string, folder: ScratchFolder): void {
    this._pod.addScratch(name, folder);
  }

  /** Number of the pods' port behind a port name. Error: there is no such port. */
  public podPort(portName: string): number {
    const port = this.podPorts.get(portName);
    if (port === undefined) {
      throw new Error(
        `${this.name} has no port "${portName}": it has ${[...this.podPorts.keys()].join(', ') || 'none'}`,
      );
    }
    return port;
  }

  /** Names of the pods' ports, in the order of their declaration. @internal */
  public get _podPortNames(): string[] {
    return [...this.podPorts.keys()];
  }

  /** Declares that these pods talk to pods of another program: the NetworkPolicies of both ends follow. */
  public connectTo(to: Workload, portName: string, purpose: string): void {
    if (!this._links.some((link) => link.to === to && link.portName === portName)) {
      const link = { from: this, to, portName, purpose };
      this._links.push(link);
      to._callers.push(link);
    }
  }

  /** Declares that these pods talk to a host outside the cluster, or to a Service of another namespace by its full name. */
  public connectToHost(to: ExternalHost, purpose: string): void {
    const namespace = namespaceBehind(to);
    if (namespace !== undefined) {
      this.connectToNamespace(namespace, hostPort(to), purpose);
      return;
    }
    const address = `${to.host}:${hostPort(to)}`;
    const own = addressOf(to.host);
    const cidrs = to.cidrs?.length ? to.cidrs : own === undefined ? undefined : [own];
    const known = this.hosts.get(address);
    if (known === undefined) {
      this.hosts.set(address, this._outbound.length);
      this._outbound.push({ from: this, to: { ...to, cidrs }, purpose });
    } else if (cidrs && !this._outbound[known].to.cidrs) {
      // Who knows the addresses narrows what others left open.
      this._outbound[known] = { from: this, to: { ...to, cidrs }, purpose };
    }
    addHostPolicy(this);
  }

  /** Declares that these pods talk to pods that others own. @param port number of the port of those pods */
  public connectToPeer(to: ForeignPeer, title: string, port: number, purpose: string): void {
    this.refuseNobody(to, title);
    this._peers.push({ from: this, to, title, port, purpose });
  }

  /** Declares that pods of others, for example the edge or the monitoring, talk to these. */
  public allowFrom(from: ForeignPeer, title: string, portName: string, purpose: string): void {
    this.refuseNobody(from, title);
    this._inbound.push({ from, title, to: this, portName, purpose });
  }

  /** @internal */
  public _setPodPort(portName: string, port: number): void {
    this.podPorts.set(portName, port);
  }

  /** Error: the ServiceAccount is not ours. @internal */
  public _annotateServiceAccount(key: string, value: string): void {
    if (!this.serviceAccount) {
      throw new Error(
        `${this.name}: the ServiceAccount needs the annotation ${key}: leave serviceAccountName out, so that it is rendered here`,
      );
    }
    this.serviceAccount.metadata.addAnnotation(key, value);
  }

  /** Sets the main container, with what the props say about it. @internal */
  protected _setMain(container: MainContainer, props: WorkloadProps): void {
    this._pod.setMain({
      ...container,
      image: props.image ?? container.image,
      imagePullPolicy: props.imagePullPolicy,
      resources: props.resources ?? container.resources,
      securityContext: { ...container.securityContext, ...props.securityContext },
    });
  }

  /** A key of one of the workspace's Secrets. @internal */
  protected _secretKey(secretName: string, key: string, form: SecretForm, purpose: string): SecretKey {
    return Secrets.of(this).secret(secretName).key(key, form, purpose);
  }

  /** As `_secretKey`, for a value that no other program may have. @internal */
  protected _ownSecretKey(secretName: string, key: string, form: SecretForm, purpose: string): SecretKey {
    return Secrets.of(this).secret(secretName)._ownKey(key, form, purpose);
  }

  private connectToNamespace(namespace: string, port: number, purpose: string): void {
    const title = `namespace ${namespace}`;
    if (!this._peers.some((peer) => peer.title === title && peer.port === port)) {
      this.connectToPeer({ namespaceLabels: { 'kubernetes.io/metadata.name': namespace } }, title, port, purpose);
    }
  }

  // Kubernetes reads an empty list of peers as everybody.
  private refuseNobody(peer: ForeignPeer, title: string): void {
    if (peer.cidrs?.length === 0) {
      throw new Error(
        `${this.name}: ${title} has an empty list in cidrs: write its address ranges, or leave cidrs out`,
      );
    }
  }

  private preparePod(props: WorkloadProps): void {
    const pod = this._pod;
    pod.setSpec({
      nodeSelector: props.nodeSelector,
      tolerations: props.tolerations,
      affinity: props.affinity,
      priorityClassName: props.priorityClassName,
      runtimeClassName: props.runtimeClassName,
      hostAliases: props.hostAliases,
      imagePullSecrets: props.imagePullSecrets?.map((name) => ({ name })),
      serviceAccountName: props.serviceAccountName ?? this.name,
      securityContext: { ...this.platform.podSecurityContext(), ...props.podSecurityContext },
    });
    for (const [name, value] of Object.entries(props.extraEnv ?? {})) {
      pod.env.addExtra({ name, value });
    }
    for (const [name, key] of Object.entries(props.extraSecretEnv ?? {})) {
      pod.env.addExtra(key.toEnvVar(name));
    }
    for (const source of props.extraEnvFrom ?? []) {
      pod.addEnvFrom(source);
    }
    for (const volume of props.extraVolumes ?? []) {
      pod.addVolume(volume);
    }
    for (const mount of props.extraVolumeMounts ?? []) {
      pod.mount(mount);
    }
    for (const container of props.extraInitContainers ?? []) {
      pod.addInit(container);
    }
    for (const container of props.extraSidecars ?? []) {
      pod.addSidecar(container);
    }
    for (const [key, value] of Object.entries(props.podAnnotations ?? {})) {
      pod.annotate(key, value);
    }
    for (const [key, value] of Object.entries(props.podLabels ?? {})) {
      pod.label(key, value);
    }
  }

  private addServiceAccount(annotations?: { [key: string]: string }): ApiObject {
    return new ApiObject(
      this,
      'ServiceAccount',
      k8s.KubeServiceAccount.manifest({
        metadata: { name: this.name, labels: this.labels, annotations },
        automountServiceAccountToken: false,
      }),
    );
  }
}

/** All workloads at and below a construct. */
export function workloadsOf(scope: IConstruct): Workload[] {
  return scope.node.findAll().filter((construct): construct is Workload => WORKLOAD in construct);
}
