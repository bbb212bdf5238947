import { Chart, Size } from 'cdk8s';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { ClaudeService } from '../../constructs/claude-service';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { ComponentKind, type ComponentProps } from '../../constructs/platform/component';
import { Redis } from '../../constructs/redis';
import { type Rendered, render } from '../render';
import { Program, Task } from './program';

// A selector is immutable, a volume's claim holds people's data, and a Service's name is an address: what is applied
// over a running installation must not change them.

const OWNERS = ['Deployment', 'StatefulSet'];
const selectors = (rendered: Rendered<unknown>) =>
  rendered.manifests
    .filter(({ kind }) => OWNERS.includes(kind))
    .map(({ kind, metadata, spec }) => [kind, metadata.name, spec.selector]);
const addresses = (rendered: Rendered<unknown>) =>
  rendered.manifests
    .filter(({ kind }) => ['Service', 'PersistentVolumeClaim', 'ConfigMap', 'NetworkPolicy'].includes(kind))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
/** What the API server lets nobody change of a claim that exists: all but its size. */
const volumes = (rendered: Rendered<unknown>) =>
  rendered
    .ofKind('PersistentVolumeClaim')
    .map(({ metadata, spec: { resources: _, ...kept } }) => [metadata.name, kept]);

const changes: fc.Arbitrary<ComponentProps> = fc.record(
  {
    replicas: fc.integer({ min: 1, max: 9 }),
    image: fc.constantFrom('registry.example/program:2.0.0', 'registry.example/other:1'),
    podLabels: fc.dictionary(fc.constantFrom('team', 'tier', 'version'), fc.constantFrom('a', 'b')),
    podAnnotations: fc.dictionary(fc.constantFrom('note', 'build'), fc.constantFrom('a', 'b')),
    extraEnv: fc.dictionary(fc.constantFrom('A', 'B'), fc.string()),
    extraSidecars: fc.constant([{ name: 'agent', image: 'registry.example/agent:1' }]),
    nodeSelector: fc.constant({ pool: 'a' }),
    preStopSeconds: fc.integer({ min: 1, max: 60 }),
    serviceType: fc.constantFrom('ClusterIP', 'NodePort'),
    revisionHistoryLimit: fc.integer({ min: 0, max: 20 }),
  },
  { requiredKeys: [] },
);

describe('a selector', () => {
  const declared = (props: ComponentProps) => render((scope) => new Program(scope, 'program', props));

  test('stays, whatever else of the program changes', () => {
    const before = selectors(declared({}));
    fc.assert(
      fc.property(changes, (props) => {
        expect(selectors(declared(props))).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  test('is in the labels of the pods: the API server checks it', () => {
    fc.assert(
      fc.property(changes, (props) => {
        const { selector, template } = declared(props).find('Deployment').spec;
        expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      }),
      { numRuns: 50 },
    );
  });

  test('is never said by a version, a hash or a path', () => {
    expect(selectors(declared({}))).toEqual([
      [
        'Deployment',
        'program',
        { matchLabels: { 'app.kubernetes.io/name': 'program', 'app.kubernetes.io/instance': 'program' } },
      ],
    ]);
  });
});

test('the place of a construct in the tree does not show: the same name gives the same bytes', () => {
  const straight = render((scope) => {
    new Redis(scope, 'redis', { name: 'cache' });
    new Task(scope, 'task');
  });
  const moved = render((scope) => {
    const inner = new Chart(new Construct(scope, 'a'), 'b', {
      namespace: 'workspace',
      disableResourceNameHashes: true,
    });
    new Redis(new Construct(inner, 'c'), 'another-id', { name: 'cache' });
    new Task(inner, 'task');
  });
  expect(JSON.stringify(moved.manifests)).toBe(JSON.stringify(straight.manifests));
});

test('another part in the same namespace changes nothing of the first but the policies of its links', () => {
  const alone = render((scope) => new Program(scope, 'program')).manifests;
  const together = render((scope) => {
    new Redis(scope, 'redis');
    new Program(scope, 'program');
    new Task(scope, 'task');
  }).manifests;
  for (const manifest of alone) {
    expect(together).toContainEqual(manifest);
  }
});

describe('a release keeps its names and its volume', () => {
  const release = (props: OpenWebUiReleaseProps = {}) =>
    render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui', props);
      made.useRedis(new Redis(scope, 'redis'));
    });
  const before = release();

  test.each<[string, OpenWebUiReleaseProps]>([
    ['a new version', { version: '0.13.0', upgradingFrom: '0.12.4' }],
    ['more replicas', { replicas: 3 }],
    ['an autoscaler', { autoscaling: { minReplicas: 2, maxReplicas: 9 } }],
    ['a way in', { edge: { host: 'chat.company.com', gatewayClassName: 'envoy' } }],
    ['a sign-in', { signIn: { github: { clientId: 'id' } }, adminEmail: 'admin@company.com' }],
    ['a larger volume', { storage: { size: Size.gibibytes(20) } }],
  ])('through %s', (_what, props) => {
    expect(selectors(release(props))).toEqual(selectors(before));
    expect(addresses(release(props))).toEqual(expect.arrayContaining(addresses(before)));
    expect(volumes(release(props))).toEqual(volumes(before));
  });

  test('and a StatefulSet has them too, so that a change of kind moves people, not their data', () => {
    const statefulSet = release({ kind: ComponentKind.STATEFUL_SET });
    expect(addresses(statefulSet)).toEqual(expect.arrayContaining(addresses(before)));
  });
});

test.each<[string, ComponentProps]>([
  ['more replicas', { replicas: 3 }],
  ['an autoscaler', { autoscaling: { minReplicas: 2, maxReplicas: 9 } }],
])('the Claude service keeps its volumes through %s', (_what, props) => {
  const service = (given: ComponentProps) => render((scope) => new ClaudeService(scope, 'claude-service', given));
  expect(volumes(service(props))).toEqual(volumes(service({})));
});

test('only a change of what a pod runs gives it another template: links and labels of objects restart nobody', () => {
  const template = (declare: (made: Program, scope: Construct) => void) => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program');
      declare(made, scope);
    });
    return rendered.find('Deployment', 'program').spec.template;
  };
  const before = template(() => {});
  expect(template((made, scope) => made.connectTo(new Program(scope, 'other'), 'http', 'asks'))).toEqual(before);
  expect(template((made) => made.allowFrom({ podLabels: { app: 'x' } }, 'Peer', 'http', 'asks'))).toEqual(before);
  expect(template((made) => made._annotateService('note', 'x'))).toEqual(before);
  expect(template((made) => made.addVolume({ name: 'more', emptyDir: {} }))).not.toEqual(before);
});
