import { App, Chart, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import {
  PodSecurityLevel,
  WorkspaceNamespace,
  type WorkspaceNamespaceProps,
} from '../../constructs/platform/namespace';
import { Platform } from '../../constructs/platform/platform';
import { problemsOf } from '../../synth/render';
import { type BrokenRule, describeRules } from '../broken-rules';
import { Rendered } from '../render';
import { Program } from './program';

function namespace(
  props: Partial<WorkspaceNamespaceProps> = {},
  declare: (scope: Construct) => unknown = () => {},
  platform = Platform.kubernetes(),
) {
  const app = new App();
  const workspace = new Construct(app, 'test');
  platform.attach(workspace);
  const chart = new Chart(workspace, 'namespace', { namespace: 'open-webui', disableResourceNameHashes: true });
  const made = new WorkspaceNamespace(chart, 'namespace', { name: 'open-webui', ...props });
  made.attach(workspace);
  declare(new Chart(workspace, 'programs', { namespace: 'open-webui', disableResourceNameHashes: true }));
  return new Rendered(app, made, chart);
}

test('as manifests', () => {
  const rendered = namespace({}, (scope) => new Program(scope, 'program'));
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

test.each([
  [undefined, 'restricted'],
  [PodSecurityLevel.BASELINE, 'baseline'],
])('with the level %s enforces, audits and warns of %s', (podSecurity, level) => {
  expect(namespace({ podSecurity }).find('Namespace').metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/audit': level,
    'pod-security.kubernetes.io/warn': level,
  });
});

test('objects that belong to no namespace name none: kubectl apply would refuse them', () => {
  const rendered = namespace();
  for (const kind of ['Namespace', 'PriorityClass']) {
    for (const { metadata } of rendered.ofKind(kind)) {
      expect(metadata).not.toHaveProperty('namespace');
    }
  }
  for (const kind of ['ResourceQuota', 'LimitRange', 'NetworkPolicy']) {
    expect(rendered.ofKind(kind).every(({ metadata }) => metadata.namespace === 'open-webui')).toBe(true);
  }
});

test('priority classes belong to the whole cluster, so each namespace has its own', () => {
  const names = namespace({ name: 'a' })
    .ofKind('PriorityClass')
    .map(({ metadata }) => metadata.name);
  expect(names).toEqual(['a-serving', 'a-batch']);
});

test('jobs never push a program that serves people off its node', () => {
  const [serving, batch] = namespace().ofKind('PriorityClass');
  expect(serving.value).toBeGreaterThan(batch.value);
  expect(batch.preemptionPolicy).toBe('Never');
});

test('closes every pod in both directions, also those that no program here knows', () => {
  expect(namespace().find('NetworkPolicy', 'default-deny').spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
});

test("opens cert-manager's pods to the edge once, and only where they are needed", () => {
  expect(namespace().ofKind('NetworkPolicy')).toHaveLength(1);
  const rendered = namespace();
  rendered.construct.allowAcmeSolvers();
  rendered.construct.allowAcmeSolvers();
  expect(rendered.ofKind('NetworkPolicy')).toHaveLength(2);
  expect(rendered.find('NetworkPolicy', 'acme-solver').spec).toEqual({
    podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway-system' } } }],
        ports: [{ port: 8089, protocol: 'TCP' }],
      },
    ],
  });
});

describe('which namespace a construct has', () => {
  test('is that of the nearest scope above', () => {
    const rendered = namespace();
    const workspace = rendered.app.node.findChild('test') as Construct;
    expect(WorkspaceNamespace.of(new Construct(workspace, 'inner')) === rendered.construct).toBe(true);
  });

  test('is none where a chart brings none: then programs have no class of priority', () => {
    const chart = new Chart(new App(), 'alone');
    expect(WorkspaceNamespace.of(chart)).toBeUndefined();
    new Program(chart, 'program');
    const [deployment] = new Rendered(chart.node.root as App, chart, chart).ofKind('Deployment');
    expect(deployment.spec.template.spec).not.toHaveProperty('priorityClassName');
  });
});

describe('refused', () => {
  const problems = (props: object) => {
    try {
      return problemsOf(namespace(props as Partial<WorkspaceNamespaceProps>, (scope) => new Program(scope, 'a')).app);
    } catch (error) {
      return [String(error)];
    }
  };

  test('an unknown key', () => {
    expect(problems({ podSecurty: 'baseline' })).toEqual([expect.stringContaining('podSecurty')]);
  });

  test('a name that Kubernetes does not take', () => {
    expect(problems({ name: 'Open_WebUI' })).toEqual([
      expect.stringContaining('name: "Open_WebUI" must be a DNS label: at most 63 lower-case letters'),
    ]);
    expect(problems({ partOf: 'Company GPT' })).toEqual([
      expect.stringContaining('partOf: "Company GPT" must be at most 63 letters, digits'),
    ]);
  });
});

describeRules('constructs/platform/namespace.ts', [
  ...[-10, -0.5].map(
    (quotaHeadroom): BrokenRule => ({
      rule: 'quota-holds-the-programs',
      when: `${quotaHeadroom}%`,
      declare: (scope) => new WorkspaceNamespace(scope, 'own', { name: 'own', quotaHeadroom }),
      sentence: `own: quotaHeadroom ${quotaHeadroom} is less than the programs need, a rollout would never end: write 0 or more percent`,
    }),
  ),
  {
    rule: 'allowance-whole',
    when: 'half a pod',
    declare: (scope) => {
      const allowance = { cpu: Cpu.units(1), memory: Size.gibibytes(1), pods: 0.5 };
      new WorkspaceNamespace(scope, 'own', { name: 'own', allowance });
    },
    sentence: 'own: the allowance has pods 0.5: write whole numbers of at least 0',
  },
]);
