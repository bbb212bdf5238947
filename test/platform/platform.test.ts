import { App } from 'cdk8s';
import { Construct } from 'constructs';
import { EdgeKind, EgressBackend, Platform, PlatformKind } from '../../constructs/platform/platform';

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
