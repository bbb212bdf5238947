import { App } from 'cdk8s';
import { Construct } from 'constructs';
import {
  EdgeKind,
  EgressBackend,
  Platform,
  PlatformKind,
  type PlatformOptions,
} from '../../constructs/platform/platform';
import { describeRules } from '../broken-rules';
import { Program } from './program';

test('each kind of cluster, as one object that components ask', () => {
  const platforms = [Platform.aks(), Platform.openshift(), Platform.kind(), Platform.kubernetes()];
  expect(platforms.map(({ type, edge, egress }) => [type, edge, egress])).toEqual([
    [PlatformKind.AKS, EdgeKind.HTTP_ROUTE, EgressBackend.CILIUM],
    [PlatformKind.OPENSHIFT, EdgeKind.ROUTE, EgressBackend.EGRESS_FIREWALL],
    [PlatformKind.KIND, EdgeKind.INGRESS, EgressBackend.NETWORK_POLICY],
    [PlatformKind.KUBERNETES, EdgeKind.HTTP_ROUTE, EgressBackend.NETWORK_POLICY],
  ]);
  expect(platforms).toMatchSnapshot();
});

describe('what is known of each kind', () => {
  test('DNS answers on 5353 on OpenShift: its pods listen there, behind the Service', () => {
    expect(Platform.openshift()).toMatchObject({
      dnsPort: 5353,
      dnsPeer: { podLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
    });
    expect(Platform.aks()).toMatchObject({ dnsPort: 53, dnsPeer: { podLabels: { 'k8s-app': 'kube-dns' } } });
  });

  test('images that `kind load` brought are in no registry', () => {
    expect(Platform.kind().imagePullPolicy).toBe('IfNotPresent');
    expect(Platform.kubernetes().imagePullPolicy).toBe('Always');
  });

  test('only kind is for development', () => {
    expect(Platform.kind().production).toBe(false);
    expect([Platform.aks(), Platform.openshift(), Platform.kubernetes()].every(({ production }) => production)).toBe(
      true,
    );
  });

  test('Azure Files is there on every AKS, a class for several nodes nowhere else', () => {
    expect(Platform.aks().sharedStorageClass).toBe('azurefile-csi');
    expect(Platform.openshift().sharedStorageClass).toBeUndefined();
  });

  test('no user id on OpenShift, where the namespace has a range of its own', () => {
    expect(Platform.openshift().podSecurityContext()).toEqual({
      runAsNonRoot: true,
      fsGroupChangePolicy: undefined,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });
});

test('says otherwise where it is told to, false included', () => {
  expect(Platform.aks({ production: false, zones: false, edge: EdgeKind.INGRESS })).toMatchObject({
    production: false,
    zones: false,
    edge: EdgeKind.INGRESS,
    egress: EgressBackend.CILIUM,
  });
});

describe('which platform a construct has', () => {
  const app = new App();
  const outer = new Construct(app, 'outer');
  const inner = new Construct(outer, 'inner');
  const aks = Platform.aks();
  const kind = Platform.kind();

  test('is that of the nearest scope above', () => {
    aks.attach(outer);
    expect(Platform.of(inner)).toBe(aks);
    kind.attach(inner);
    expect(Platform.of(inner)).toBe(kind);
    expect(Platform.of(outer)).toBe(aks);
  });

  test('is plain Kubernetes where nobody said anything', () => {
    expect(Platform.of(app).type).toBe(PlatformKind.KUBERNETES);
  });
});

test.each([
  ['aks', { storageClas: 'fast' }, 'Platform.aks: storageClas: unknown key; did you mean storageClass?'],
  ['openshift', { edge: 'Foo' }, 'Platform.openshift: edge: '],
  ['kind', { production: 'no' }, 'Platform.kind: production: '],
  ['kubernetes', { edgePeer: { labels: {} } }, 'Platform.kubernetes: edgePeer.labels: unknown key'],
] as const)('an option that Platform.%s does not know is refused: %j', (kind, options, sentence) => {
  expect(() => Platform[kind](options as unknown as PlatformOptions)).toThrow(sentence);
});

const withOptions = (options: PlatformOptions) => ({
  declare: (scope: Construct) => new Program(scope, 'program'),
  surroundings: { platform: Platform.aks(options) },
});

describeRules('constructs/platform/platform.ts', [
  ...[{}, { namespaceLabels: {} }, { cidrs: [] }].map((peer) => ({
    rule: 'peer-names-somebody',
    when: JSON.stringify(peer),
    ...withOptions({ edgePeer: peer }),
    sentence:
      'Platform.aks: edgePeer names nobody, which policies read as everybody: write namespaceLabels, podLabels or cidrs, or leave it out',
  })),
  {
    rule: 'peer-labels-or-addresses',
    when: 'both',
    ...withOptions({ monitoringPeer: { podLabels: { app: 'x' }, cidrs: ['10.0.0.0/8'] } }),
    sentence:
      'Platform.aks: monitoringPeer has labels and cidrs, and only the addresses would count: write one of them',
  },
  {
    rule: 'peer-addresses',
    when: 'an address without its length',
    ...withOptions({ edgePeer: { cidrs: ['10.0.0.0/8', '10.0.0.1'] } }),
    sentence: 'Platform.aks: "10.0.0.1" in edgePeer.cidrs is no address range: write it like 10.0.0.0/8',
  },
]);
