import { ApiObject, Chart, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Claim, type ClaimProps } from '../platform/claim';
import type { ExternalHost } from '../platform/links';
import { WorkspaceNamespace } from '../platform/namespace';
import { checkAtSynth, type Rule } from '../platform/rules';
import { Workload, type WorkloadProps } from '../platform/workload';
import { VERSION } from '../version';
import { IsolationTier } from './isolation';

/** The pods in which sessions run their commands. */
export interface ClaudeSessionPodsProps extends WorkloadProps {
  /**
   * The cluster's API server behind the Service `kubernetes`: its address ranges, and the port on which it listens
   * there. Policies see that address, not the Service's, and no name: `host` is
   * `kubernetes.default.svc`, whatever is written.
   */
  readonly kubernetesApi: ExternalHost;
  /** The most pods at once; the namespace's quota is made for them. @default 64 */
  readonly maxSessions?: number;
  /** Volume of the workspaces; each pod sees one folder of it. @default - 10 GiB, shared by several nodes */
  readonly workspaces?: ClaimProps;
}

/** The label by which a pod belongs to a session; its value is also the session's folder. */
const SESSION_LABEL = 'claude-service/session';
const WORKSPACES_PATH = '/workspaces';
/** A pod that the service forgot ends by then; a session that goes on gets another. Unit: seconds. */
const LONGEST_LIFE = 86_400;

const RULES: readonly Rule<ClaudeSessionPods>[] = [
  {
    id: 'session-pods-count',
    broken: ({ maxPods }) => !Number.isInteger(maxPods) || maxPods < 1,
    message: ({ name, maxPods }) => `${name}: maxSessions is ${maxPods}: write a whole number of at least 1`,
  },
  {
    id: 'session-pods-shared-workspaces',
    broken: ({ platform, workspaces }) => platform.production && !workspaces.shared,
    message: ({ name }) =>
      `${name}: sessions run on several nodes and would wait for one volume: set shared of workspaces`,
  },
  {
    id: 'session-pods-api-addresses',
    broken: ({ kubernetesApi }) => (kubernetesApi.cidrs ?? []).length === 0,
    message: ({ name }) =>
      `${name}: the address of the API server is unknown: write cidrs of kubernetesApi, as "kubectl get endpointslices kubernetes" shows them`,
  },
  {
    id: 'session-pods-pod-security',
    broken: ({ _refusals }) => _refusals.length > 0,
    message: ({ name, _refusals }) => `${name}: the pods of sessions would be refused: ${_refusals.join('; ')}`,
  },
];

/**
 * Pods that a `ClaudeService` makes for its sessions. Stands in a chart and a namespace of its own, because whoever may
 * make pods and run commands in them can read every Secret of that namespace. No pod has a token, a key or a way out;
 * `extraEgress` opens one, for example to a package registry. The image is the service's; the default, below
 * `ghcr.io/company/`, is a placeholder.
 */
export class ClaudeSessionPods extends Workload {
  public readonly maxPods: number;
  /** The namespace of the pods; empty when the chart names none. */
  public readonly namespaceName: string;
  public readonly kubernetesApi: ExternalHost;
  public readonly workspaces: Claim;

  constructor(scope: Construct, id: string, props: ClaudeSessionPodsProps) {
    super(scope, id, { program: 'claude-session', propsStruct: 'ClaudeSessionPodsProps', batch: true }, props);
    this.maxPods = props.maxSessions ?? 64;
    this.namespaceName = Chart.of(this).namespace ?? '';
    this.kubernetesApi = props.kubernetesApi;
    const workspaces = props.workspaces ?? { size: Size.gibibytes(10), shared: true };
    this.workspaces = new Claim(this, 'Workspaces', this, workspaces);
    this._setMain(
      {
        name: 'session',
        image: `ghcr.io/company/claude-service:${VERSION}`,
        // The service runs commands beside this one, which only keeps the pod alive and ends it at once when told.
        command: ['sh', '-c', 'trap "exit 0" TERM; sleep infinity & wait'],
        resources: {
          cpu: { request: Cpu.millis(50), limit: Cpu.units(1) },
          memory: { request: Size.mebibytes(128), limit: Size.gibibytes(1) },
          ephemeralStorage: { request: Size.mebibytes(64), limit: Size.gibibytes(1) },
        },
      },
      props,
    );
    this._pod.setSpec({
      restartPolicy: 'Never',
      activeDeadlineSeconds: LONGEST_LIFE,
      terminationGracePeriodSeconds: 5,
    });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '512Mi' });
    this._pod.env.addExtra({
      name: 'SESSION_ID',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${SESSION_LABEL}']` } },
    });
    this._pod.addMountedVolume(this.workspaces.toVolume('workspaces'), {
      mountPath: WORKSPACES_PATH,
      subPathExpr: [this.workspaces.props.subPath, '$(SESSION_ID)'].filter(Boolean).join('/'),
    });
    checkAtSynth(this, RULES, () => this);
  }

  /** The pod that the service makes; it adds a name and the session's label. @internal */
  public _manifest(): string {
    return JSON.stringify(this.manifest());
  }

  /** Why the namespace refuses that pod. @internal */
  public get _refusals(): string[] {
    return WorkspaceNamespace.of(this)?._refusals(this.manifest()) ?? [];
  }

  private manifest() {
    const { metadata, spec } = this._pod.render(this.labels);
    return k8s.KubePod.manifest({ metadata: { ...metadata, namespace: this.namespaceName }, spec });
  }

  /** Lets the holder of a ServiceAccount make these pods, and run commands in them. @internal */
  public _admit(account: k8s.Subject, tier: IsolationTier): void {
    const sandboxes = tier === IsolationTier.AGENT_SANDBOX;
    const change = ['create', 'delete'];
    const read = ['get', 'list', 'watch'];
    const metadata = { name: account.name, labels: this.labels };
    new ApiObject(
      this,
      'Role',
      k8s.KubeRole.manifest({
        metadata,
        rules: [
          ...(sandboxes
            ? [{ apiGroups: ['agents.x-k8s.io'], resources: ['sandboxes'], verbs: [...change, 'patch', ...read] }]
            : []),
          { apiGroups: [''], resources: ['pods'], verbs: sandboxes ? read : [...change, ...read] },
          // A command runs over a WebSocket, which is a GET; older clients use POST.
          { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
        ],
      }),
    );
    new ApiObject(
      this,
      'RoleBinding',
      k8s.KubeRoleBinding.manifest({
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subjects: [account],
      }),
    );
  }
}
