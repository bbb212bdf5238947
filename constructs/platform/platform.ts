import type { k8s } from 'cdk8s-plus-30';
import type { Construct, IConstruct } from 'constructs';
import { checkOptions } from './props-check';
import { checkAtSynth, type Rule } from './rules';
import { isCidr } from './schema/network-address';

/** The kinds of cluster that have a profile. */
export enum PlatformKind {
  AKS = 'aks',
  OPENSHIFT = 'openshift',
  KIND = 'kind',
  KUBERNETES = 'kubernetes',
}

/** Who reads the metrics of the pods. */
export enum MonitoringBackend {
  /** The Prometheus operator: PodMonitors and PrometheusRules of `monitoring.coreos.com`. */
  PROMETHEUS_OPERATOR = 'prometheus-operator',
  /** Azure's managed Prometheus: PodMonitors of `azmonitoring.coreos.com`; its rules are made by Terraform. */
  AZURE_MANAGED = 'azure-managed',
}

/** How people reach a Service from outside the cluster. */
export enum EdgeKind {
  /** Gateway API HTTPRoute, the default to recommend since ingress-nginx retired in March 2026. */
  HTTP_ROUTE = 'HTTPRoute',
  INGRESS = 'Ingress',
  /** OpenShift Route. */
  ROUTE = 'Route',
}

/** What narrows a pod's traffic to names outside the cluster. */
export enum EgressBackend {
  /** Plain NetworkPolicy: address ranges only. */
  NETWORK_POLICY = 'NetworkPolicy',
  /** CiliumNetworkPolicy with toFQDNs (AKS with Advanced Container Networking Services). */
  CILIUM = 'Cilium',
  /** One EgressFirewall for the namespace (OVN-Kubernetes on OpenShift). */
  EGRESS_FIREWALL = 'EgressFirewall',
}

/** A set of pods or addresses that a NetworkPolicy can name although this library does not render them. */
export interface ForeignPeer {
  /** Labels of the namespace. @default - any namespace when podLabels are given */
  readonly namespaceLabels?: { [key: string]: string };
  /** Labels of the pods. @default - all pods of the namespace */
  readonly podLabels?: { [key: string]: string };
  /** Address ranges in CIDR form; excludes the two fields above. @default - none */
  readonly cidrs?: string[];
}

/** What a cluster of some kind may be told to do differently. */
export interface PlatformOptions {
  /** @default - HTTPRoute on AKS and plain Kubernetes, Ingress on kind, Route on OpenShift */
  readonly edge?: EdgeKind;
  /**
   * Where the traffic of every edge comes from, for the NetworkPolicies: the pods of its controller, or their addresses.
   * @default - for an Ingress the namespace `ingress-nginx`, for a Route OpenShift's router, for an HTTPRoute the
   * namespace of its `sharedGateway`; needed for a Gateway of its own and for another class of Ingress than `nginx`
   */
  readonly edgePeer?: ForeignPeer;
  /** @default - Cilium on AKS, EgressFirewall on OpenShift, NetworkPolicy elsewhere */
  readonly egress?: EgressBackend;
  /** Storage class for volumes of one node (ReadWriteOnce). @default - the cluster's default class */
  readonly storageClass?: string;
  /** Storage class for volumes of several nodes (ReadWriteMany). @default - `azurefile-csi` on AKS, none elsewhere */
  readonly sharedStorageClass?: string;
  /** Whether nodes are spread over zones. @default - true on AKS and OpenShift */
  readonly zones?: boolean;
  /**
   * Pods that may read the metrics ports.
   * @default - the namespace `monitoring`; on OpenShift `openshift-user-workload-monitoring`; on AKS the agent of Azure
   * Managed Prometheus, `rsName: ama-metrics` in `kube-system`
   */
  readonly monitoringPeer?: ForeignPeer;
  /** @default - Azure's managed Prometheus on AKS, elsewhere the Prometheus operator */
  readonly monitoringBackend?: MonitoringBackend;
  /**
   * Refuse what is only fit for development: floating image tags, an edge without TLS, an app without sign-in or first
   * administrator, a shared volume without a storage class, a plain-text vault. @default - true, except on kind
   */
  readonly production?: boolean;
}

interface Preset {
  readonly edge: EdgeKind;
  readonly egress: EgressBackend;
  readonly sharedStorageClass?: string;
  readonly zones: boolean;
  readonly production: boolean;
  readonly dns: ForeignPeer;
  readonly dnsPort: number;
  readonly user?: number;
  readonly monitoring: ForeignPeer;
  readonly monitoringBackend?: MonitoringBackend;
}

const namespaceNamed = (name: string): { [key: string]: string } => ({ 'kubernetes.io/metadata.name': name });

/** Where the traffic of an edge comes from unless somebody says so. */
const EDGE_PEERS: Record<EdgeKind, ForeignPeer> = {
  [EdgeKind.HTTP_ROUTE]: { namespaceLabels: namespaceNamed('gateway-system') },
  [EdgeKind.INGRESS]: { namespaceLabels: namespaceNamed('ingress-nginx') },
  [EdgeKind.ROUTE]: { namespaceLabels: { 'policy-group.network.openshift.io/ingress': '' } },
};

const KUBERNETES: Preset = {
  edge: EdgeKind.HTTP_ROUTE,
  egress: EgressBackend.NETWORK_POLICY,
  zones: false,
  production: true,
  dns: { namespaceLabels: namespaceNamed('kube-system'), podLabels: { 'k8s-app': 'kube-dns' } },
  dnsPort: 53,
  // Scanners ask for an id of at least 10000 (checkov CKV_K8S_40), clear of any user of the node.
  user: 10001,
  monitoring: { namespaceLabels: namespaceNamed('monitoring') },
};

const PRESETS: Record<PlatformKind, Preset> = {
  [PlatformKind.KUBERNETES]: KUBERNETES,
  [PlatformKind.KIND]: {
    ...KUBERNETES,
    edge: EdgeKind.INGRESS,
    production: false,
  },
  [PlatformKind.AKS]: {
    ...KUBERNETES,
    egress: EgressBackend.CILIUM,
    sharedStorageClass: 'azurefile-csi',
    zones: true,
    // The agent of Azure Managed Prometheus scrapes from there.
    monitoring: { namespaceLabels: namespaceNamed('kube-system'), podLabels: { rsName: 'ama-metrics' } },
    monitoringBackend: MonitoringBackend.AZURE_MANAGED,
  },
  [PlatformKind.OPENSHIFT]: {
    ...KUBERNETES,
    edge: EdgeKind.ROUTE,
    egress: EgressBackend.EGRESS_FIREWALL,
    zones: true,
    dns: {
      namespaceLabels: namespaceNamed('openshift-dns'),
      podLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    },
    dnsPort: 5353,
    // restricted-v2 refuses any fixed id outside the namespace's own range.
    user: undefined,
    monitoring: { namespaceLabels: namespaceNamed('openshift-user-workload-monitoring') },
  },
};

const ATTACHED = new WeakMap<IConstruct, Platform>();

interface NamedPeer {
  readonly option: string;
  readonly peer: ForeignPeer;
}

const labelsOf = ({ namespaceLabels, podLabels }: ForeignPeer): string[] =>
  Object.keys({ ...namespaceLabels, ...podLabels });
const badRange = ({ cidrs = [] }: ForeignPeer): string | undefined => cidrs.find((cidr) => !isCidr(cidr));

/** The first peer of the platform about which something is true. */
function peerWhere(
  { edgePeer, monitoringPeer }: Platform,
  holds: (peer: ForeignPeer) => boolean,
): NamedPeer | undefined {
  const peers = [
    { option: 'edgePeer', peer: edgePeer },
    { option: 'monitoringPeer', peer: monitoringPeer },
  ];
  return peers.find(({ peer }) => holds(peer));
}

const NOBODY = (peer: ForeignPeer): boolean => labelsOf(peer).length === 0 && !peer.cidrs?.length;
const BOTH = (peer: ForeignPeer): boolean => labelsOf(peer).length > 0 && peer.cidrs !== undefined;
const BAD_RANGE = (peer: ForeignPeer): boolean => badRange(peer) !== undefined;

const RULES: readonly Rule<Platform>[] = [
  {
    id: 'peer-names-somebody',
    broken: (platform) => peerWhere(platform, NOBODY) !== undefined,
    message: (platform) =>
      `Platform.${platform.type}: ${peerWhere(platform, NOBODY)?.option} names nobody, which policies read as everybody: write namespaceLabels, podLabels or cidrs, or leave it out`,
  },
  {
    id: 'peer-labels-or-addresses',
    broken: (platform) => peerWhere(platform, BOTH) !== undefined,
    message: (platform) =>
      `Platform.${platform.type}: ${peerWhere(platform, BOTH)?.option} has labels and cidrs, and only the addresses would count: write one of them`,
  },
  {
    id: 'peer-addresses',
    broken: (platform) => peerWhere(platform, BAD_RANGE) !== undefined,
    message: (platform) => {
      const found = peerWhere(platform, BAD_RANGE);
      return `Platform.${platform.type}: "${found && badRange(found.peer)}" in ${found?.option}.cidrs is no address range: write it like 10.0.0.0/8`;
    },
  },
];

/**
 * The one object that knows what kind of cluster this is: security contexts, edge, egress, storage, DNS.
 * Attach it to a scope; every construct below finds it by `Platform.of`. Where one App renders several clusters, each has
 * an object of its own: what shares one is taken for one cluster.
 */
export class Platform {
  /** Azure Kubernetes Service with Cilium: HTTPRoute, names in egress policies, Azure Files for shared volumes. */
  public static aks(options: PlatformOptions = {}): Platform {
    return Platform.checked(PlatformKind.AKS, options);
  }

  /** OpenShift with OVN-Kubernetes: Route, restricted-v2 (no fixed user ids), EgressFirewall. */
  public static openshift(options: PlatformOptions = {}): Platform {
    return Platform.checked(PlatformKind.OPENSHIFT, options);
  }

  /** kind on a developer's machine: Ingress, one node, development settings allowed. */
  public static kind(options: PlatformOptions = {}): Platform {
    return Platform.checked(PlatformKind.KIND, options);
  }

  /** Any conformant cluster: HTTPRoute, plain NetworkPolicies. */
  public static kubernetes(options: PlatformOptions = {}): Platform {
    return Platform.checked(PlatformKind.KUBERNETES, options);
  }

  /** The platform attached to the nearest scope above; plain Kubernetes when there is none. */
  public static of(scope: Construct): Platform {
    return Platform._attachedTo(scope) ?? new Platform(PlatformKind.KUBERNETES, {});
  }

  /** The platform attached to the nearest scope above. @internal */
  public static _attachedTo(scope: Construct): Platform | undefined {
    for (let at: IConstruct | undefined = scope; at; at = at.node.scope) {
      const platform = ATTACHED.get(at);
      if (platform) {
        return platform;
      }
    }
    return undefined;
  }

  public readonly type: PlatformKind;
  public readonly edge: EdgeKind;
  /** Where the traffic of an edge of that kind comes from. */
  public readonly edgePeer: ForeignPeer;
  /** False where `edgePeer` is only its usual place. @internal */
  public readonly _edgePeerGiven: boolean;
  public readonly egress: EgressBackend;
  public readonly storageClass?: string;
  public readonly sharedStorageClass?: string;
  public readonly zones: boolean;
  public readonly production: boolean;
  public readonly monitoringPeer: ForeignPeer;
  public readonly monitoringBackend: MonitoringBackend;
  /** The pods that answer DNS queries. */
  public readonly dnsPeer: ForeignPeer;
  /** The port on which those pods listen, behind the Service's 53. */
  public readonly dnsPort: number;
  /** When the kubelet asks the registry: images that `kind load` brought are in no registry. */
  public readonly imagePullPolicy: string;
  /** User and group id of every container; undefined where the platform assigns it. */
  public readonly user?: number;

  private static checked(kind: PlatformKind, options: PlatformOptions): Platform {
    checkOptions(`Platform.${kind}`, 'PlatformOptions', options);
    return new Platform(kind, options);
  }

  private constructor(kind: PlatformKind, options: PlatformOptions) {
    const preset = PRESETS[kind];
    this.type = kind;
    this.edge = options.edge ?? preset.edge;
    this.edgePeer = options.edgePeer ?? EDGE_PEERS[this.edge];
    this._edgePeerGiven = options.edgePeer !== undefined;
    this.egress = options.egress ?? preset.egress;
    this.storageClass = options.storageClass;
    this.sharedStorageClass = options.sharedStorageClass ?? preset.sharedStorageClass;
    this.zones = options.zones ?? preset.zones;
    this.production = options.production ?? preset.production;
    this.monitoringPeer = options.monitoringPeer ?? preset.monitoring;
    this.monitoringBackend =
      options.monitoringBackend ?? preset.monitoringBackend ?? MonitoringBackend.PROMETHEUS_OPERATOR;
    this.dnsPeer = preset.dns;
    this.dnsPort = preset.dnsPort;
    this.imagePullPolicy = kind === PlatformKind.KIND ? 'IfNotPresent' : 'Always';
    this.user = preset.user;
  }

  /** Makes this the platform of everything below `scope`. */
  public attach(scope: Construct): void {
    ATTACHED.set(scope, this);
    checkAtSynth(scope, RULES, () => this);
  }

  /** Where the traffic of one edge comes from. @param gatewayNamespace that of a Gateway which others run @internal */
  public _peerOf(edge: EdgeKind, gatewayNamespace?: string): ForeignPeer {
    if (this._edgePeerGiven) {
      return this.edgePeer;
    }
    return gatewayNamespace === undefined ? EDGE_PEERS[edge] : { namespaceLabels: namespaceNamed(gatewayNamespace) };
  }

  /** The pod's security context under Pod Security `restricted` and OpenShift's restricted-v2. */
  public podSecurityContext(): k8s.PodSecurityContext {
    return {
      runAsNonRoot: true,
      ...(this.user === undefined ? {} : { runAsUser: this.user, runAsGroup: this.user, fsGroup: this.user }),
      // Without it, the kubelet changes the owner of every file of a large volume at each start.
      fsGroupChangePolicy: this.user === undefined ? undefined : 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    };
  }

  /** The container's security context under Pod Security `restricted`, with a read-only root file system. */
  public containerSecurityContext(): k8s.SecurityContext {
    return {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    };
  }
}
