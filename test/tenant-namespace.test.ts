import { App, Chart, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { PodSecurityLevel } from '../constructs/platform/namespace';
import { Platform } from '../constructs/platform/platform';
import { TeamAccess, type TeamAccessProps } from '../constructs/tenancy/team-access';
import { TenantNamespace, type TenantNamespaceProps } from '../constructs/tenant-namespace';
import { describeRules } from './broken-rules';
import { describeEveryProp } from './every-prop';
import { Program } from './platform/program';
import { Rendered, render } from './render';

const ALLOWANCE = { cpu: Cpu.units(4), memory: Size.gibibytes(8), pods: 10, claims: 2 };

/** A team's namespace beside another with a program that teams share. */
function team(
  props: Partial<TenantNamespaceProps> = {},
  declare: (made: TenantNamespace, shared: Program) => void = () => {},
) {
  const app = new App();
  Platform.kubernetes().attach(app);
  const chartIn = (scope: Construct, namespace: string) =>
    new Chart(scope, namespace, { namespace, disableResourceNameHashes: true });
  const shared = new Program(chartIn(app, 'platform'), 'gateway');
  const chart = chartIn(app, props.name ?? 'finance');
  const made = new TenantNamespace(chart, 'namespace', { name: 'finance', ...props });
  made.attach(chart);
  declare(made, shared);
  return new Rendered(app, made, chart);
}

test('as manifests', () => {
  const rendered = team({ readers: ['finance'], operators: ['finance-admins'], allowance: ALLOWANCE }, (made, shared) =>
    made.useShared(shared),
  );
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

describe('a team', () => {
  const rules = (props: TeamAccessProps) =>
    team(props)
      .ofKind('Role')
      .flatMap((role) => role.rules as { resources: string[]; verbs: string[] }[]);

  test('reads no Secret, and changes no template into which one could be mounted', () => {
    const all = rules({ readers: ['finance'], operators: ['finance-admins'] });
    expect(all.flatMap(({ resources }) => resources)).not.toContain('secrets');
    expect(all.flatMap(({ resources, verbs }) => [...resources, ...verbs]).join()).not.toMatch(/\*|exec|create|attach/);
    const writable = all.filter(({ verbs }) => verbs.some((verb) => /patch|update|delete/.test(verb)));
    expect(writable.flatMap(({ resources }) => resources)).toEqual([
      'pods',
      'deployments/scale',
      'statefulsets/scale',
      'jobs',
    ]);
  });

  test('has no role that nobody asked for', () => {
    expect(rules({})).toEqual([]);
    expect(team({ readers: ['finance'] }).find('RoleBinding').subjects).toEqual([
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'finance' },
    ]);
  });
});

describe('its namespace', () => {
  test('has room for what the team brings, on top of what stands in it', () => {
    const hard = (props: Partial<TenantNamespaceProps>) =>
      team(props, (made) => new Program(Chart.of(made), 'program')).find('ResourceQuota').spec.hard;
    expect(hard({ quotaHeadroom: 0 })).toMatchObject({ 'limits.cpu': '1', 'limits.memory': '512Mi', pods: '2' });
    expect(hard({ quotaHeadroom: 0, allowance: ALLOWANCE })).toMatchObject({
      'limits.cpu': '5',
      'requests.memory': '8448Mi',
      pods: '12',
      persistentvolumeclaims: '2',
    });
  });

  test('lets a container be as large as the room is', () => {
    expect(team({ allowance: ALLOWANCE }).find('LimitRange').spec.limits[0].max).toEqual({ cpu: '4', memory: '8Gi' });
  });

  test('is closed but for names, until a shared program is used', () => {
    const policies = (declare?: Parameters<typeof team>[1]) =>
      team({}, declare)
        .ofKind('NetworkPolicy')
        .filter(({ metadata }) => metadata.namespace === 'finance')
        .map(({ metadata }) => metadata.name);
    expect(policies()).toEqual(['default-deny', 'to-dns']);
    expect(policies((made, shared) => made.useShared(shared))).toEqual(['default-deny', 'to-dns', 'to-gateway']);
  });

  test('is let in by the shared program, and no other namespace is', () => {
    const { ingress } = team({}, (made, shared) => made.useShared(shared)).find('NetworkPolicy', 'gateway').spec;
    expect(ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'finance' } } }],
        ports: [{ port: 8000, protocol: 'TCP' }],
      },
    ]);
  });
});

describeRules('constructs/tenant-namespace.ts', [
  {
    rule: 'shared-program-elsewhere',
    when: 'the program stands beside the caller',
    declare: (scope) => {
      const made = new TenantNamespace(scope, 'tenant', { name: 'workspace', labels: {} });
      made.useShared(new Program(scope, 'program'));
    },
    sentence:
      "workspace: program stands in no namespace of its own: inside one namespace the programs' links open what they need",
  },
]);

describeRules('constructs/tenancy/team-access.ts', [
  {
    rule: 'team-group-named',
    when: 'a group is empty',
    declare: (scope) => new TeamAccess(scope, 'team', { readers: [''] }),
    sentence: 'team: a group without a name is nobody: write it as the identity provider sends it, or leave it out',
  },
  {
    rule: 'team-not-everybody',
    when: 'it is everybody who is signed in',
    declare: (scope) => new TeamAccess(scope, 'team', { operators: ['system:authenticated'] }),
    sentence:
      'team: system:authenticated is a group of the cluster itself, which may be everybody: write one of the identity provider',
  },
]);

describeEveryProp({
  struct: 'TenantNamespaceProps',
  samples: [
    {
      name: 'ours',
      partOf: 'company',
      podSecurity: PodSecurityLevel.BASELINE,
      labels: { team: 'x' },
      quotaHeadroom: 90,
      allowance: { ...ALLOWANCE, loadBalancers: 1, nodePorts: 3 },
      readers: ['finance'],
      operators: ['finance-admins'],
    },
  ],
  render: (props: TenantNamespaceProps) => team(props, (made) => new Program(Chart.of(made), 'program')),
  others: { 'allowance.cpu': Cpu.units(7) },
});

describeEveryProp({
  struct: 'TeamAccessProps',
  samples: [{ readers: ['finance'], operators: ['finance-admins'] }],
  render: (props: TeamAccessProps) => render((scope) => new TeamAccess(scope, 'team', props)),
});
