import { ApiObject, Chart, JsonPatch, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct, type IConstruct } from 'constructs';
import { dnsLabel, labelValue } from './manifest-rules/name-forms';
import { distinctPeers, policyPeers } from './network-policy';
import { Platform, PlatformKind } from './platform';
import { beyondLevel } from './pod-security';
import { checkName, checkProps } from './props-check';
import { limitRangeSpec, type QuotaAllowance, quotaSpec } from './quota';
import { checkAtSynth, type Rule } from './rules';

/** The levels of the Pod Security Standards. */
export enum PodSecurityLevel {
  RESTRICTED = 'restricted',
  BASELINE = 'baseline',
  PRIVILEGED = 'privileged',
}

export interface WorkspaceNamespaceProps {
  /** Form: DNS label. */
  readonly name: string;
  /** The label `app.kubernetes.io/part-of`. @default - the namespace's name */
  readonly partOf?: string;
  /** Enforced, audited and warned about. @default PodSecurityLevel.RESTRICTED */
  readonly podSecurity?: PodSecurityLevel;
  /** Further labels of the Namespace. @default - none */
  readonly labels?: { [key: string]: string };
  /** What the quota allows above the sum of all programs at their largest. Unit: percent. @default 25 */
  readonly quotaHeadroom?: number;
  /** What the quota allows besides, for programs that others render into the namespace. @default - nothing */
  readonly allowance?: QuotaAllowance;
}

const ATTACHED = new WeakMap<IConstruct, WorkspaceNamespace>();

/** Counts of the allowance that are none, as in `pods 1.5`. */
function wrongCounts({ pods = 0, claims = 0, loadBalancers = 0, nodePorts = 0 }: Partial<QuotaAllowance> = {}) {
  return Object.entries({ pods, claims, loadBalancers, nodePorts })
    .filter(([, count]) => !Number.isInteger(count) || count < 0)
    .map(([name, count]) => `${name} ${count}`);
}

const RULES: readonly Rule<WorkspaceNamespace>[] = [
  {
    id: 'quota-holds-the-programs',
    broken: ({ quotaHeadroom }) => !(quotaHeadroom >= 0),
    message: ({ name, quotaHeadroom }) =>
      `${name}: quotaHeadroom ${quotaHeadroom} is less than the programs need, a rollout would never end: write 0 or more percent`,
  },
  {
    id: 'allowance-whole',
    broken: ({ _allowance }) => wrongCounts(_allowance).length > 0,
    message: ({ name, _allowance }) =>
      `${name}: the allowance has ${wrongCounts(_allowance).join(', ')}: write whole numbers of at least 0`,
  },
];

/**
 * The namespace and its limits: Pod Security labels, priority classes, a quota and a limit range computed from the
 * programs in it, and policies that close every pod no program's own policy opens.
 */
export class WorkspaceNamespace extends Construct {
  /** The namespace declared at the nearest scope above; undefined when a chart brings none. */
  public static of(scope: Construct): WorkspaceNamespace | undefined {
    for (let at: IConstruct | undefined = scope; at; at = at.node.scope) {
      const namespace = ATTACHED.get(at);
      if (namespace) {
        return namespace;
      }
    }
    return undefined;
  }

  public readonly name: string;
  /** PriorityClass of programs that serve people. */
  public readonly servingPriority: string;
  /** PriorityClass of jobs. */
  public readonly batchPriority: string;
  /** Unit: percent. */
  public readonly quotaHeadroom: number;
  /** What pods may do, at most. */
  public readonly podSecurity: PodSecurityLevel;
  /** @internal */
  public readonly _allowance?: QuotaAllowance;
  private readonly labels: { [key: string]: string };
  private acmeHosts = 0;
  private readonly acmePeers: k8s.NetworkPolicyPeer[] = [];

  constructor(scope: Construct, id: string, props: WorkspaceNamespaceProps) {
    super(scope, id);
    checkProps(this, 'WorkspaceNamespaceProps', props);
    checkName(this, 'name', props.name, dnsLabel);
    checkName(this, 'partOf', props.partOf ?? '', labelValue);
    this.quotaHeadroom = props.quotaHeadroom ?? 25;
    this.podSecurity = props.podSecurity ?? PodSecurityLevel.RESTRICTED;
    this._allowance = props.allowance;
    this.name = props.name;
    this.servingPriority = `${props.name}-serving`;
    this.batchPriority = `${props.name}-batch`;
    this.labels = {
      'app.kubernetes.io/name': props.name,
      'app.kubernetes.io/part-of': props.partOf ?? props.name,
      'app.kubernetes.io/managed-by': 'cdk8s-open-webui',
    };
    for (const object of [this.addNamespace(props), ...this.addPriorityClasses()]) {
      withoutNamespace(object);
    }
    this.addLimits(1 + this.quotaHeadroom / 100);
    this.addDefaultDeny();
    checkAtSynth(this, RULES, () => this);
  }

  /** Makes this the namespace of everything below `scope`. */
  public attach(scope: Construct): void {
    ATTACHED.set(scope, this);
  }

  /**
   * Opens the pods with which cert-manager answers ACME challenges to the edge: they come and go by themselves, with a
   * Service that takes a node port. @param hosts names for which a certificate is asked
   * @param from where the challenges come from: the platform's edge unless given
   */
  public allowAcmeSolvers(hosts = 1, from = Platform.of(this).edgePeer): void {
    this.acmeHosts += hosts;
    this.acmePeers.push(...policyPeers(from));
    if (this.node.tryFindChild('AcmeSolver')) {
      return;
    }
    const ports = [{ port: k8s.IntOrString.fromNumber(8089), protocol: 'TCP' }];
    new ApiObject(this, 'AcmeSolver', {
      ...k8s.KubeNetworkPolicy.GVK,
      metadata: { name: 'acme-solver', labels: this.labels },
      spec: Lazy.any({
        produce: () =>
          k8s.KubeNetworkPolicy.manifest({
            spec: {
              podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
              policyTypes: ['Ingress'],
              ingress: [{ from: distinctPeers(this.acmePeers), ports }],
            },
          }).spec,
      }),
    });
  }

  /**
   * Why no pod of an object would start in this namespace; empty also for what stands in another one. The API server
   * takes the object and says so only beside it. @internal
   */
  public _refusals(manifest: { readonly metadata?: { readonly namespace?: string } }): string[] {
    // The SCC restricted-v2 writes into the pod what it leaves out; Pod Security is asked after that.
    const filled = Platform.of(this).type === PlatformKind.OPENSHIFT;
    return manifest.metadata?.namespace === this.name
      ? beyondLevel(manifest, this.podSecurity, filled).map(
          (error) => `${error} (podSecurity of ${this.name}: ${this.podSecurity})`,
        )
      : [];
  }

  private addNamespace(props: WorkspaceNamespaceProps): ApiObject {
    const level = this.podSecurity;
    return new ApiObject(
      this,
      'Resource',
      k8s.KubeNamespace.manifest({
        metadata: {
          name: this.name,
          labels: {
            ...props.labels,
            ...this.labels,
            'pod-security.kubernetes.io/enforce': level,
            'pod-security.kubernetes.io/audit': level,
            'pod-security.kubernetes.io/warn': level,
          },
        },
      }),
    );
  }

  private addPriorityClasses(): ApiObject[] {
    const priorityClass = (id: string, name: string, value: number, description: string, preemptionPolicy: string) =>
      new ApiObject(
        this,
        id,
        k8s.KubePriorityClass.manifest({
          metadata: { name, labels: this.labels },
          value,
          description,
          preemptionPolicy,
        }),
      );
    return [
      priorityClass('Serving', this.servingPriority, 100_000, 'Programs that serve people.', 'PreemptLowerPriority'),
      priorityClass('Batch', this.batchPriority, 1000, 'Jobs that can wait.', 'Never'),
    ];
  }

  private addLimits(headroom: number): void {
    new ApiObject(this, 'Quota', {
      ...k8s.KubeResourceQuota.GVK,
      metadata: { name: 'workspace', labels: this.labels },
      spec: Lazy.any({
        produce: () =>
          k8s.KubeResourceQuota.manifest({
            spec: quotaSpec(this.workspace, this.name, headroom, this.acmeHosts, this._allowance),
          }).spec,
      }),
    });
    new ApiObject(this, 'LimitRange', {
      ...k8s.KubeLimitRange.GVK,
      metadata: { name: 'workspace', labels: this.labels },
      spec: Lazy.any({
        produce: () =>
          k8s.KubeLimitRange.manifest({ spec: limitRangeSpec(this.workspace, this.name, this._allowance) }).spec,
      }),
    });
  }

  private addDefaultDeny(): void {
    new ApiObject(
      this,
      'DefaultDeny',
      k8s.KubeNetworkPolicy.manifest({
        metadata: { name: 'default-deny', labels: this.labels },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      }),
    );
  }

  // The programs stand beside the namespace, in charts of their own.
  private get workspace(): IConstruct {
    let at: IConstruct = this;
    while (at.node.scope && ATTACHED.get(at) !== this) {
      at = at.node.scope;
    }
    return at;
  }
}

/** A chart gives its namespace to everything in it, also to what has none. */
function withoutNamespace(object: ApiObject): void {
  if (Chart.of(object).namespace) {
    object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}
