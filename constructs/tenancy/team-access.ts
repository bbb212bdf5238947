import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import { checkProps } from '../platform/props-check';
import { checkAtSynth, type Rule } from '../platform/rules';

/** Who of the identity provider's groups may do what in a namespace. Nobody of them may read a Secret. */
export interface TeamAccessProps {
  /** Groups that may see all but Secrets, logs included. @default - none */
  readonly readers?: string[];
  /** Groups that may besides restart pods, set replicas and start suspended jobs. @default - none */
  readonly operators?: string[];
}

const READ = ['get', 'list', 'watch'];
const LABELS = { 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };

const RULES: readonly Rule<TeamAccessProps>[] = [
  {
    id: 'team-group-named',
    broken: ({ readers = [], operators = [] }) => [...readers, ...operators].some((group) => group.trim() === ''),
    message: () =>
      'team: a group without a name is nobody: write it as the identity provider sends it, or leave it out',
  },
  {
    id: 'team-not-everybody',
    broken: ({ readers = [], operators = [] }) =>
      [...readers, ...operators].some((group) => group.startsWith('system:')),
    message: ({ readers = [], operators = [] }) =>
      `team: ${[...readers, ...operators].find((group) => group.startsWith('system:'))} is a group of the cluster itself, which may be everybody: write one of the identity provider`,
  },
];

/** Everything of a team's namespace that a person reads, Secrets left out: who may read them is who may read all data. */
const READABLE: k8s.PolicyRule[] = [
  rule(
    '',
    [
      'configmaps',
      'endpoints',
      'events',
      'limitranges',
      'persistentvolumeclaims',
      'pods',
      'pods/log',
      'resourcequotas',
      'serviceaccounts',
      'services',
    ],
    READ,
  ),
  rule('apps', ['deployments', 'deployments/scale', 'replicasets', 'statefulsets', 'statefulsets/scale'], READ),
  rule('batch', ['cronjobs', 'jobs'], READ),
  rule('autoscaling', ['horizontalpodautoscalers'], READ),
  rule('networking.k8s.io', ['ingresses', 'networkpolicies'], READ),
  rule('policy', ['poddisruptionbudgets'], READ),
  rule('gateway.networking.k8s.io', ['gateways', 'httproutes'], READ),
  rule('external-secrets.io', ['externalsecrets', 'secretstores'], READ),
  rule('keda.sh', ['scaledobjects'], READ),
];

// Who may change a pod's template may mount any Secret into it: that is left to whoever delivers.
const OPERABLE: k8s.PolicyRule[] = [
  rule('', ['pods'], ['delete']),
  rule('apps', ['deployments/scale', 'statefulsets/scale'], ['patch', 'update']),
  // Of a Job that exists, hardly more than its suspension can be changed.
  rule('batch', ['jobs'], ['patch']),
];

/** Roles for the people of a team, bound to groups of the identity provider. */
export class TeamAccess extends Construct {
  constructor(scope: Construct, id: string, props: TeamAccessProps) {
    super(scope, id);
    checkProps(this, 'TeamAccessProps', props);
    this.grant('team-reader', props.readers, READABLE);
    this.grant('team-operator', props.operators, [...READABLE, ...OPERABLE]);
    checkAtSynth(this, RULES, () => props);
  }

  private grant(name: string, groups: string[] = [], rules: k8s.PolicyRule[]): void {
    if (groups.length === 0) {
      return;
    }
    new ApiObject(this, `${name}-role`, k8s.KubeRole.manifest({ metadata: { name, labels: LABELS }, rules }));
    new ApiObject(
      this,
      `${name}-binding`,
      k8s.KubeRoleBinding.manifest({
        metadata: { name, labels: LABELS },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: groups.map((group) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group })),
      }),
    );
  }
}

function rule(apiGroup: string, resources: string[], verbs: string[]): k8s.PolicyRule {
  return { apiGroups: [apiGroup], resources, verbs };
}
