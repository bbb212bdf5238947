import type { Construct } from 'constructs';
import fc from 'fast-check';
import { ANTHROPIC_API, type ExternalHost, isPrivate, PUBLIC_ADDRESSES } from '../../constructs/platform/links';
import { EgressBackend, Platform } from '../../constructs/platform/platform';
import type { Workload } from '../../constructs/platform/workload';
import type { Manifest } from '../manifests';
import { Evaluator, type PodSet, type Policy } from '../network/evaluator';
import { type Rendered, render, type Surroundings } from '../render';
import { Program, Task } from './program';

const DNS_PODS: PodSet = { name: 'dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const METADATA_SERVICE = '169.254.169.254';

function evaluatorOf(rendered: Rendered<unknown>): Evaluator {
  return new Evaluator(rendered.ofKind('NetworkPolicy') as unknown as Policy[], (namespace) => ({
    'kubernetes.io/metadata.name': namespace,
  }));
}

/** Pods as they would run: with the labels of the rendered template. */
function podsOf(rendered: Rendered<unknown>, { name }: Workload): PodSet {
  const [owner] = [...rendered.ofKind('Deployment'), ...rendered.ofKind('Job')].filter(
    ({ spec }) => spec.template.metadata.labels['app.kubernetes.io/instance'] === name,
  );
  return { name, namespace: owner.metadata.namespace ?? '', labels: owner.spec.template.metadata.labels };
}

const PORTS = { http: 8000, admin: 9000, metrics: 9090 };
type PortName = keyof typeof PORTS;
const portNames = Object.keys(PORTS) as PortName[];

interface Graph {
  readonly size: number;
  readonly links: readonly { readonly from: number; readonly to: number; readonly port: PortName }[];
}

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    links: fc.array(
      fc.record({
        from: fc.nat(size - 1),
        to: fc.nat(size - 1),
        port: fc.constantFrom<PortName>(...portNames),
      }),
      { maxLength: 12 },
    ),
  }),
);

function declareGraph(scope: Construct, { size, links }: Graph): Workload[] {
  const programs = Array.from({ length: size }, (_, index) => {
    const made = new Program(scope, `p${index}`);
    made.addPort('admin', PORTS.admin);
    made.addPort('metrics', PORTS.metrics);
    return made;
  });
  for (const { from, to, port } of links) {
    programs[from].connectTo(programs[to], port, 'asks');
  }
  return programs;
}

describe.each([
  ['plain Kubernetes', Platform.kubernetes()],
  ['AKS', Platform.aks()],
  ['OpenShift', Platform.openshift()],
])('whatever is declared, on %s', (_name, platform) => {
  const surroundings: Surroundings = { platform };

  test('exactly the declared links pass between pods, and nothing else', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const rendered = render((scope) => declareGraph(scope, graph), surroundings);
        const evaluator = evaluatorOf(rendered);
        const pods = rendered.construct.map((program) => podsOf(rendered, program));
        const passing = pods.flatMap((from, i) =>
          pods.flatMap((to, j) =>
            [...Object.values(PORTS), 22, 53, 80, 443]
              .filter((port) => evaluator.podToPod(from, to, port))
              .map((port) => `p${i} p${j} ${port}`),
          ),
        );
        const declared = graph.links.map(({ from, to, port }) => `p${from} p${to} ${PORTS[port]}`);
        expect(passing.sort()).toEqual([...new Set(declared)].sort());
      }),
      { numRuns: 40 },
    );
  });

  test('names are looked up by those that talk to somebody, and by nobody else', () => {
    const dns: PodSet = {
      ...DNS_PODS,
      namespace: platform.dnsPeer.namespaceLabels?.['kubernetes.io/metadata.name'] ?? '',
      labels: platform.dnsPeer.podLabels ?? {},
    };
    fc.assert(
      fc.property(graphs, (graph) => {
        const rendered = render((scope) => declareGraph(scope, graph), surroundings);
        const evaluator = evaluatorOf(rendered);
        rendered.construct.forEach((program, index) => {
          const talks = graph.links.some(({ from }) => from === index);
          expect(evaluator.podToPod(podsOf(rendered, program), dns, platform.dnsPort)).toBe(talks);
        });
      }),
      { numRuns: 20 },
    );
  });

  test('pods of other namespaces, and of none of our programs, stay outside', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const rendered = render((scope) => declareGraph(scope, graph), surroundings);
        const evaluator = evaluatorOf(rendered);
        const pods = rendered.construct.map((program) => podsOf(rendered, program));
        const strangers: PodSet[] = [
          { ...pods[0], namespace: 'elsewhere' },
          { name: 'stranger', namespace: 'workspace', labels: { app: 'stranger' } },
        ];
        for (const pod of pods) {
          for (const port of Object.values(PORTS)) {
            for (const stranger of strangers) {
              expect(evaluator.podToPod(stranger, pod, port)).toBe(false);
              expect(evaluator.podToPod(pod, stranger, port)).toBe(false);
            }
            expect(evaluator.addressToPod('203.0.113.7', pod, port)).toBe(false);
            expect(evaluator.podToAddress(pod, '203.0.113.7', port)).toBe(false);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('the order of declarations does not show in a single byte', () => {
    const shuffled = graphs.chain((graph) =>
      fc.record({
        graph: fc.constant(graph),
        links: fc.shuffledSubarray([...graph.links], { minLength: graph.links.length }),
      }),
    );
    const bytes = (graph: Graph) =>
      JSON.stringify(render((scope) => declareGraph(scope, graph), surroundings).manifests);
    fc.assert(
      fc.property(shuffled, ({ graph, links }) => {
        expect(bytes({ ...graph, links })).toBe(bytes(graph));
      }),
      { numRuns: 20 },
    );
  });
});

describe('a host outside the cluster', () => {
  const leaving = (extraEgress: ExternalHost[], platform = Platform.kubernetes()) =>
    render((scope) => new Program(scope, 'program', { extraEgress }), { platform });
  const reaches = (rendered: Rendered<Program>, address: string, port: number) =>
    evaluatorOf(rendered).podToAddress(podsOf(rendered, rendered.construct), address, port);

  test('whose addresses are published is reached there and nowhere else', () => {
    const rendered = leaving([ANTHROPIC_API]);
    expect(reaches(rendered, '160.79.104.10', 443)).toBe(true);
    expect(reaches(rendered, '160.79.104.10', 80)).toBe(false);
    expect(reaches(rendered, '203.0.113.7', 443)).toBe(false);
  });

  test('whose addresses nobody knows opens the public ones on its port, and no private one', () => {
    const rendered = leaving([{ host: 'login.company.com' }]);
    expect(reaches(rendered, '203.0.113.7', 443)).toBe(true);
    expect(reaches(rendered, '203.0.113.7', 80)).toBe(false);
    for (const address of [METADATA_SERVICE, '10.0.0.1', '172.31.0.1', '192.168.1.1', '100.64.0.1', '127.0.0.1']) {
      expect(reaches(rendered, address, 443)).toBe(false);
    }
  });

  test.each([
    ['plain Kubernetes', Platform.kubernetes()],
    ['AKS', Platform.aks()],
    ['OpenShift', Platform.openshift()],
  ])('with a private address is matched by it on %s: no name filter knows private addresses', (_name, platform) => {
    const rendered = leaving([{ host: 'db.company.com', port: 5432, cidrs: ['10.225.4.0/28'] }], platform);
    expect(reaches(rendered, '10.225.4.5', 5432)).toBe(true);
    expect(reaches(rendered, '10.225.4.16', 5432)).toBe(false);
    expect(reaches(rendered, '203.0.113.7', 5432)).toBe(false);
  });

  test.each([
    ['plain Kubernetes', Platform.kubernetes()],
    ['AKS', Platform.aks()],
    ['OpenShift', Platform.openshift()],
  ])('with an empty list of addresses opens no more than one without a list on %s', (_name, platform) => {
    const empty = leaving([{ host: 'login.company.com', cidrs: [] }], platform);
    const none = leaving([{ host: 'login.company.com' }], platform);
    expect(empty.manifests).toEqual(none.manifests);
    expect(reaches(empty, METADATA_SERVICE, 443)).toBe(false);
  });

  test.each([
    ['plain Kubernetes', Platform.kubernetes()],
    ['AKS', Platform.aks()],
    ['OpenShift', Platform.openshift()],
  ])('that is an address is matched by it on %s, a private one too', (_name, platform) => {
    for (const host of ['10.1.2.3', '203.0.113.7']) {
      const rendered = leaving([{ host, port: 5432 }], platform);
      expect(rendered.problems).toEqual([]);
      expect(rendered.ofKind('CiliumNetworkPolicy')).toEqual([]);
      expect(reaches(rendered, host, 5432)).toBe(true);
      expect(reaches(rendered, '203.0.113.8', 5432)).toBe(false);
    }
  });

  test('leaves no way into the cluster', () => {
    const rendered = leaving([{ host: 'login.company.com' }]);
    const inside: PodSet = { name: 'api', namespace: 'kube-system', labels: {} };
    expect(evaluatorOf(rendered).podToPod(podsOf(rendered, rendered.construct), inside, 443)).toBe(false);
  });
});

describe('a Service by its full name', () => {
  const NAMES = ['pg-rw.databases.svc', 'pg-rw.databases.svc.cluster.local', 'pg-0.pg.databases.svc.cluster.local'];
  const pg: PodSet = { name: 'pg', namespace: 'databases', labels: {} };

  test.each(NAMES)('opens the pods of its namespace on its port, for programs and jobs alike: %s', (host) => {
    const rendered = render((scope) => {
      const extraEgress = [{ host, port: 5432 }];
      return [new Program(scope, 'program', { extraEgress }), new Task(scope, 'task', { extraEgress })];
    });
    expect(rendered.problems).toEqual([]);
    const evaluator = evaluatorOf(rendered);
    for (const workload of rendered.construct) {
      const pods = podsOf(rendered, workload);
      expect(evaluator.podToPod(pods, pg, 5432)).toBe(true);
      expect(evaluator.podToPod(pods, pg, 443)).toBe(false);
      expect(evaluator.podToPod(pods, { ...pg, namespace: 'elsewhere' }, 5432)).toBe(false);
      expect(evaluator.podToAddress(pods, '203.0.113.7', 5432)).toBe(false);
      expect(evaluator.podToPod(pods, DNS_PODS, 53)).toBe(true);
    }
  });

  test('whose addresses are given is matched by them, as the API server has to be', () => {
    const host = { host: 'kubernetes.default.svc', port: 6443, cidrs: ['10.0.0.10/32'] };
    const rendered = render((scope) => new Program(scope, 'program', { extraEgress: [host] }));
    expect(rendered.problems).toEqual([]);
    const [evaluator, pods] = [evaluatorOf(rendered), podsOf(rendered, rendered.construct)];
    expect(evaluator.podToAddress(pods, '10.0.0.10', 6443)).toBe(true);
    expect(evaluator.podToPod(pods, { ...pg, namespace: 'default' }, 6443)).toBe(false);
  });
});

describe('peers of others', () => {
  const EDGE = { namespaceLabels: { 'kubernetes.io/metadata.name': 'gateway' }, podLabels: { app: 'envoy' } };
  const envoy: PodSet = { name: 'envoy', namespace: 'gateway', labels: { app: 'envoy' } };

  test('come in by the port that is declared, when both their namespace and their labels fit', () => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program');
      made.allowFrom(EDGE, 'Edge', 'http', 'people');
      return made;
    });
    const [evaluator, pods] = [evaluatorOf(rendered), podsOf(rendered, rendered.construct)];
    expect(evaluator.podToPod(envoy, pods, 8000)).toBe(true);
    expect(evaluator.podToPod(envoy, pods, 9000)).toBe(false);
    expect(evaluator.podToPod({ ...envoy, labels: {} }, pods, 8000)).toBe(false);
    expect(evaluator.podToPod({ ...envoy, namespace: 'elsewhere' }, pods, 8000)).toBe(false);
  });

  test('follow the port when a proxy takes it over', () => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program');
      made.allowFrom(EDGE, 'Edge', 'http', 'people');
      made._redirectPort('http', 4180);
      return made;
    });
    const [evaluator, pods] = [evaluatorOf(rendered), podsOf(rendered, rendered.construct)];
    expect(evaluator.podToPod(envoy, pods, 4180)).toBe(true);
    expect(evaluator.podToPod(envoy, pods, 8000)).toBe(false);
  });

  test('are reached on the number of their own port', () => {
    const rendered = render((scope) => {
      const made = new Task(scope, 'task');
      made.connectToPeer(EDGE, 'Collector', 4317, 'traces');
      return made;
    });
    const [evaluator, pods] = [evaluatorOf(rendered), podsOf(rendered, rendered.construct)];
    expect(evaluator.podToPod(pods, envoy, 4317)).toBe(true);
    expect(evaluator.podToPod(pods, envoy, 443)).toBe(false);
  });

  test('known by addresses come in from there', () => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program');
      made.allowFrom({ cidrs: ['10.225.8.0/24'] }, 'Edge', 'http', 'people');
      return made;
    });
    const [evaluator, pods] = [evaluatorOf(rendered), podsOf(rendered, rendered.construct)];
    expect(evaluator.addressToPod('10.225.8.4', pods, 8000)).toBe(true);
    expect(evaluator.addressToPod('10.225.9.4', pods, 8000)).toBe(false);
  });

  test('that are an empty list of addresses are refused: Kubernetes would read everybody', () => {
    expect(() => {
      const { problems } = render((scope) => {
        new Program(scope, 'program').allowFrom({ cidrs: [] }, 'Edge', 'http', 'people');
      });
      throw new Error(problems.join('\n'));
    }).toThrow(/program.*cidrs/);
  });
});

describe('on Cilium, where names are matched', () => {
  const rendered = render(
    (scope) => {
      const database = { host: 'db.company.com', port: 5432, cidrs: ['10.225.4.0/28'] };
      const made = new Program(scope, 'program', {
        extraEgress: [ANTHROPIC_API, { host: 'login.company.com' }, { host: 'smtp.company.com', port: 587 }, database],
      });
      made.connectTo(new Program(scope, 'other'), 'http', 'asks');
      return made;
    },
    { platform: Platform.aks() },
  );

  test('as a manifest', () => {
    expect(rendered.problems).toEqual([]);
    expect(rendered.find('CiliumNetworkPolicy')).toMatchSnapshot();
  });

  test('no public address is opened beside them: the two policies add up', () => {
    const { egress } = rendered.find('NetworkPolicy', 'program').spec;
    expect(JSON.stringify(egress)).not.toContain('0.0.0.0/0');
    expect(JSON.stringify(egress)).toContain('10.225.4.0/28');
  });

  test('DNS passes only through the proxy that learns the addresses, and only for these names and Services', () => {
    const { egress } = rendered.find('CiliumNetworkPolicy').spec;
    expect(egress[0].toPorts[0].rules.dns.map(({ matchName }: { matchName?: string }) => matchName)).toEqual([
      undefined,
      'api.anthropic.com',
      'db.company.com',
      'login.company.com',
      'smtp.company.com',
    ]);
    expect(JSON.stringify(rendered.find('NetworkPolicy', 'program').spec.egress)).not.toContain('kube-dns');
  });

  test('the name of a private host can be looked up too', () => {
    const { egress } = rendered.find('CiliumNetworkPolicy').spec;
    expect(JSON.stringify(egress[0].toPorts[0].rules.dns)).toContain('db.company.com');
  });

  test('the resolver asks for a host as it is first: below the search domains the policy refuses it', () => {
    expect(rendered.find('Deployment', 'program').spec.template.spec.dnsConfig).toEqual({
      options: [{ name: 'ndots', value: '1' }],
    });
    expect(rendered.find('Deployment', 'other').spec.template.spec).not.toHaveProperty('dnsConfig');
  });

  test('programs that leave for nowhere, or for private addresses only, have no such policy', () => {
    const { ofKind } = { ofKind: (kind: string) => rendered.ofKind(kind).map(({ metadata }) => metadata.name) };
    expect(ofKind('CiliumNetworkPolicy')).toEqual(['program-hosts']);
  });
});

test('a program that reaches the API server alone looks up names like any other, on Cilium too', () => {
  const kubernetes = { host: 'kubernetes.default.svc', port: 6443, cidrs: ['10.0.0.10/32'] };
  const rendered = render((scope) => new Program(scope, 'program', { extraEgress: [kubernetes] }), {
    platform: Platform.aks(),
  });
  expect(rendered.find('CiliumNetworkPolicy').spec.egress).toEqual([
    { toEntities: ['kube-apiserver'], toPorts: [{ ports: [{ port: '6443', protocol: 'TCP' }] }] },
  ]);
  const ports = rendered.find('NetworkPolicy', 'program').spec.egress.flatMap((rule: Manifest) => rule.ports);
  expect(ports.map(({ port }: Manifest) => port)).toEqual([53, 53, 6443]);
});

test('a Cilium platform can be told to use plain policies', () => {
  const rendered = render((scope) => new Program(scope, 'program', { extraEgress: [ANTHROPIC_API] }), {
    platform: Platform.aks({ egress: EgressBackend.NETWORK_POLICY }),
  });
  expect(rendered.ofKind('CiliumNetworkPolicy')).toEqual([]);
  expect(JSON.stringify(rendered.find('NetworkPolicy', 'program').spec.egress)).toContain('160.79.104.0/23');
});

test('DNS goes over UDP and, for long answers, TCP', () => {
  const rendered = render((scope) => new Program(scope, 'a').connectTo(new Program(scope, 'b'), 'http', 'asks'));
  const [dns] = rendered.find('NetworkPolicy', 'a').spec.egress;
  expect(dns.ports).toEqual([
    { port: 53, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ]);
});

describe('which addresses are private', () => {
  test.each([
    [['10.225.4.0/28'], true],
    [['172.16.0.0/12'], true],
    [['172.32.0.0/16'], false],
    [['192.168.0.0/16'], true],
    [['100.64.0.0/10'], true],
    [['100.128.0.0/16'], false],
    [['fd00::/8'], true],
    [['160.79.104.0/23'], false],
    [['10.1.0.0/16', '203.0.113.0/24'], false],
    [[], false],
  ])('%j: %s', (cidrs, expected) => {
    expect(isPrivate({ host: 'x', cidrs })).toBe(expected);
  });

  test('without a list: false', () => {
    expect(isPrivate({ host: 'x' })).toBe(false);
  });

  test('every private range is left out of the public ones', () => {
    const [ipv4, ipv6] = PUBLIC_ADDRESSES;
    for (const range of [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      '169.254.0.0/16',
      '127.0.0.0/8',
    ]) {
      expect(ipv4.except).toContain(range);
    }
    expect(ipv6.except).toEqual(expect.arrayContaining(['fc00::/7', 'fe80::/10', '::1/128']));
  });
});
