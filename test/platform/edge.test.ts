import type { Construct } from 'constructs';
import { Edge, type EdgeProps } from '../../constructs/platform/edge';
import { EdgeKind, Platform } from '../../constructs/platform/platform';
import { describeRules } from '../broken-rules';
import { kubernetes, render } from '../render';
import { Program } from './program';

const HOST = 'chat.company.com';
const OWN_GATEWAY = { host: HOST, gatewayClassName: 'envoy' };

function edge(props: Partial<EdgeProps>, platform = kubernetes()) {
  return render((scope) => new Edge(scope, 'edge', new Program(scope, 'program'), { host: HOST, ...props }), {
    platform,
  });
}
const objectsOf = (props: Partial<EdgeProps>, platform = kubernetes()) => {
  const rendered = edge(props, platform);
  expect(rendered.problems).toEqual([]);
  return rendered.manifests.filter(({ kind }) => ['Ingress', 'Route', 'HTTPRoute', 'Gateway'].includes(kind));
};

describe('as manifests', () => {
  test('of the Gateway API, with a Gateway of its own', () => {
    expect(objectsOf({ ...OWN_GATEWAY, clusterIssuer: 'letsencrypt-prod' })).toMatchSnapshot();
  });

  test('of the Gateway API, at a Gateway that others run', () => {
    expect(
      objectsOf({ sharedGateway: { name: 'main', namespace: 'gateway-system', sectionName: 'https' } }),
    ).toMatchSnapshot();
  });

  test('as an Ingress', () => {
    expect(objectsOf({ clusterIssuer: 'letsencrypt-prod' }, Platform.kind())).toMatchSnapshot();
  });

  test('as a Route of OpenShift', () => {
    expect(objectsOf({ additionalHosts: ['ai.company.com'] }, Platform.openshift())).toMatchSnapshot();
  });
});

test.each([
  [Platform.kubernetes(), EdgeKind.HTTP_ROUTE],
  [Platform.aks(), EdgeKind.HTTP_ROUTE],
  [Platform.kind(), EdgeKind.INGRESS],
  [Platform.openshift(), EdgeKind.ROUTE],
])('is what the platform has, unless somebody says otherwise (%#)', (platform, kind) => {
  expect(edge({}, platform).construct.kind).toBe(kind);
  expect(edge({ kind: EdgeKind.INGRESS }, platform).construct.kind).toBe(EdgeKind.INGRESS);
});

describe('people', () => {
  test('type an address without a trailing slash, with the scheme that the edge speaks', () => {
    expect(edge(OWN_GATEWAY).construct.url).toBe('https://chat.company.com');
    expect(edge({ tls: false }, Platform.kind()).construct.url).toBe('http://chat.company.com');
  });

  test('may wait for an hour, at every kind of edge: models think for minutes', () => {
    expect(objectsOf({}, Platform.kind())[0].metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
      'nginx.ingress.kubernetes.io/proxy-send-timeout': '3600',
    });
    expect(objectsOf({}, Platform.openshift())[0].metadata.annotations).toMatchObject({
      'haproxy.router.openshift.io/timeout': '3600s',
      'haproxy.router.openshift.io/timeout-tunnel': '3600s',
    });
    const [route] = objectsOf(OWN_GATEWAY).filter(({ metadata }) => metadata.name === 'program' && metadata);
    expect(route).toBeDefined();
    expect(edge(OWN_GATEWAY).find('HTTPRoute', 'program').spec.rules[0].timeouts).toEqual({
      request: '3600s',
      backendRequest: '3600s',
    });
  });

  test('come in through one door: only the edge may open connections to the pods', () => {
    const { ingress } = edge(OWN_GATEWAY).find('NetworkPolicy', 'program').spec;
    expect(ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway-system' } } }],
        ports: [{ port: 8000, protocol: 'TCP' }],
      },
    ]);
  });
});

describe('the NetworkPolicy lets in', () => {
  const lets = (props: Partial<EdgeProps>, platform: Platform) => {
    const rendered = edge(props, platform);
    expect(rendered.problems).toEqual([]);
    const [{ from }] = rendered.find('NetworkPolicy', 'program').spec.ingress;
    return from;
  };
  const namespace = (name: string) => [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }];
  const shared = { sharedGateway: { name: 'main', namespace: 'istio-ingress', sectionName: 'https' } };
  const router = [{ namespaceSelector: { matchLabels: { 'policy-group.network.openshift.io/ingress': '' } } }];

  test.each([
    ['an Ingress of kind', {}, Platform.kind(), namespace('ingress-nginx')],
    ['an Ingress of any platform', {}, Platform.aks({ edge: EdgeKind.INGRESS }), namespace('ingress-nginx')],
    ['an Ingress by its own kind', { kind: EdgeKind.INGRESS }, Platform.kubernetes(), namespace('ingress-nginx')],
    ['a Gateway of others', shared, Platform.kubernetes(), namespace('istio-ingress')],
    [
      'a Gateway of others on kind',
      { ...shared, kind: EdgeKind.HTTP_ROUTE },
      Platform.kind(),
      namespace('istio-ingress'),
    ],
    ['a Route', {}, Platform.openshift(), router],
  ])('%s', (_, props, platform, peers) => {
    expect(lets(props, platform)).toEqual(peers);
  });

  test('what the platform says, whatever the edge', () => {
    const edgePeer = { cidrs: ['10.0.8.0/24'] };
    const addresses = [{ ipBlock: { cidr: '10.0.8.0/24' } }];
    expect(lets(OWN_GATEWAY, Platform.kubernetes({ edgePeer }))).toEqual(addresses);
    expect(lets(shared, Platform.kubernetes({ edgePeer }))).toEqual(addresses);
    expect(lets({ ingressClassName: 'traefik' }, Platform.kind({ edgePeer }))).toEqual(addresses);
  });
});

describe('TLS', () => {
  const secretsOf = (props: Partial<EdgeProps>) =>
    edge({ ...OWN_GATEWAY, ...props })
      .find('Gateway')
      .spec.listeners.flatMap((listener: { tls?: { certificateRefs: { name: string }[] } }) =>
        (listener.tls?.certificateRefs ?? []).map(({ name }) => name),
      );

  test('has a certificate of that name at a Gateway and at an Ingress', () => {
    expect(secretsOf({})).toEqual(['program-tls']);
    expect(secretsOf({ tlsSecretName: 'wildcard' })).toEqual(['wildcard']);
    expect(objectsOf({ tlsSecretName: 'wildcard' }, Platform.kind())[0].spec.tls).toEqual([
      { hosts: [HOST], secretName: 'wildcard' },
    ]);
  });

  test('is what plain HTTP is sent to, and nothing else is served on port 80', () => {
    const rendered = edge(OWN_GATEWAY);
    const redirect = rendered.find('HTTPRoute', 'program-redirect').spec;
    expect(redirect.parentRefs).toMatchObject([{ name: 'program', sectionName: 'http' }]);
    expect(redirect.rules[0].filters).toEqual([
      { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } },
    ]);
    expect(rendered.find('HTTPRoute', 'program').spec.parentRefs).toMatchObject([{ sectionName: 'https' }]);
  });

  test('covers every host with a listener of its own', () => {
    const rendered = edge({ ...OWN_GATEWAY, additionalHosts: ['ai.company.com'] });
    expect(rendered.problems).toEqual([]);
    const { listeners } = rendered.find('Gateway').spec;
    expect(listeners.map(({ name, hostname }: { name: string; hostname?: string }) => [name, hostname])).toEqual([
      ['http', undefined],
      ['https', HOST],
      ['https-1', 'ai.company.com'],
    ]);
    expect(rendered.find('HTTPRoute', 'program').spec.parentRefs).toMatchObject([
      { sectionName: 'https' },
      { sectionName: 'https-1' },
    ]);
  });

  test('is left out as a whole where it is switched off', () => {
    const development = kubernetes({ production: false });
    const rendered = edge({ ...OWN_GATEWAY, tls: false }, development);
    expect(rendered.problems).toEqual([]);
    expect(rendered.ofKind('HTTPRoute')).toHaveLength(1);
    expect(rendered.find('Gateway').spec.listeners).toHaveLength(1);
    expect(objectsOf({ tls: false }, Platform.kind())[0].spec).not.toHaveProperty('tls');
    expect(objectsOf({ tls: false }, Platform.openshift({ production: false }))[0].spec).not.toHaveProperty('tls');
  });

  test('reaches the pods too where a proxy in the pod asks for it: the router then checks its certificate', () => {
    const rendered = edge({}, Platform.openshift());
    expect(rendered.find('Route').spec.tls.termination).toBe('edge');
    rendered.construct._reencrypt = true;
    expect(rendered.find('Route').spec.tls).toEqual({
      termination: 'reencrypt',
      insecureEdgeTerminationPolicy: 'Redirect',
    });
  });
});

test('a Gateway has the annotations and the address that its controller asks for, beside those of cert-manager', () => {
  const rendered = edge({
    gatewayClassName: 'envoy',
    clusterIssuer: 'letsencrypt-prod',
    gatewayAnnotations: { 'alb.networking.azure.io/alb-id': 'id' },
    gatewayAddresses: [{ type: 'alb.networking.azure.io/alb-frontend', value: 'frontend' }],
  });
  expect(rendered.problems).toEqual([]);
  const { metadata, spec } = rendered.find('Gateway');
  expect(metadata.annotations).toEqual({
    'alb.networking.azure.io/alb-id': 'id',
    'cert-manager.io/cluster-issuer': 'letsencrypt-prod',
  });
  expect(spec.addresses).toEqual([{ type: 'alb.networking.azure.io/alb-frontend', value: 'frontend' }]);
});

describe('cert-manager', () => {
  const solvers = (props: Partial<EdgeProps>, platform = kubernetes()) =>
    edge(props, platform)
      .ofKind('NetworkPolicy')
      .filter(({ metadata }) => metadata.name === 'acme-solver');

  test('answers challenges in pods of its own, which the default denial would close', () => {
    expect(solvers({ ...OWN_GATEWAY, clusterIssuer: 'letsencrypt-prod' })).toHaveLength(1);
    expect(solvers(OWN_GATEWAY)).toHaveLength(0);
  });

  test('is challenged through the very edges that ask for certificates', () => {
    const shared = (host: string) => ({ host, kind: EdgeKind.INGRESS, clusterIssuer: 'letsencrypt-prod' });
    const rendered = render(
      (scope) => {
        new Edge(scope, 'edge-1', new Program(scope, 'first'), shared('a.company.com'));
        new Edge(scope, 'edge-2', new Program(scope, 'second'), shared('b.company.com'));
        new Edge(scope, 'edge-3', new Program(scope, 'third'), { ...OWN_GATEWAY, clusterIssuer: 'letsencrypt-prod' });
      },
      { platform: Platform.kubernetes() },
    );
    const [{ from }] = rendered.find('NetworkPolicy', 'acme-solver').spec.ingress;
    expect(from.map((peer: PolicyPeer) => peer.namespaceSelector.matchLabels['kubernetes.io/metadata.name'])).toEqual([
      'ingress-nginx',
      'gateway-system',
    ]);
  });

  test("makes no certificate for a Route: the router's is used", () => {
    expect(solvers({ clusterIssuer: 'letsencrypt-prod' }, Platform.openshift())).toHaveLength(0);
  });
});

describe('an HTTPRoute', () => {
  test('writes out what the API server would fill in: Argo CD otherwise reports a difference for ever', () => {
    const { parentRefs, rules } = edge(OWN_GATEWAY).find('HTTPRoute', 'program').spec;
    expect(parentRefs[0]).toMatchObject({ group: 'gateway.networking.k8s.io', kind: 'Gateway' });
    expect(rules[0].backendRefs).toEqual([{ group: '', kind: 'Service', name: 'program', port: 8000, weight: 1 }]);
    expect(rules[0].matches).toEqual([{ path: { type: 'PathPrefix', value: '/' } }]);
  });

  test('has the rules of others before its own, and their filters on it', () => {
    const rule = {
      matches: [{ path: { type: 'Exact', value: '/robots.txt' } }],
      backendRefs: [{ group: '', kind: 'Service', name: 'static', port: 80, weight: 1 }],
    };
    const filter = {
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: { set: [{ name: 'x-frame-options', value: 'DENY' }] },
    };
    const rendered = edge({ ...OWN_GATEWAY, additionalRules: [rule], filters: [filter] });
    expect(rendered.problems).toEqual([]);
    const { rules } = rendered.find('HTTPRoute', 'program').spec;
    expect(rules[0]).toEqual(rule);
    expect(rules[1].filters).toEqual([filter]);
  });
});

test.each([
  [OWN_GATEWAY, kubernetes(), 'HTTPRoute'],
  [{}, Platform.kind(), 'Ingress'],
  [{}, Platform.openshift(), 'Route'],
])('annotations come on top of those that the edge needs (%#)', (props, platform, kind) => {
  const annotated = edge({ ...props, annotations: { note: 'x' } }, platform).find(kind, 'program').metadata;
  const plain = edge(props, platform).find(kind, 'program').metadata;
  expect(annotated.annotations).toEqual({ ...plain.annotations, note: 'x' });
});

interface PolicyPeer {
  readonly namespaceSelector: { readonly matchLabels: { readonly [label: string]: string } };
}

const made = (props: Partial<EdgeProps>) => (scope: Construct) =>
  new Edge(scope, 'edge', new Program(scope, 'program'), { ...OWN_GATEWAY, ...props });
const INGRESS = { kind: EdgeKind.INGRESS, gatewayClassName: undefined };
const SHARED = { gatewayClassName: undefined, sharedGateway: { name: 'main', sectionName: 'https' } };
const twoEdges = (first: Partial<EdgeProps>, second: Partial<EdgeProps>) => (scope: Construct) => {
  new Edge(scope, 'edge-1', new Program(scope, 'first'), { ...OWN_GATEWAY, ...first });
  new Edge(scope, 'edge-2', new Program(scope, 'second'), { ...OWN_GATEWAY, ...second });
};

test.each([
  ['at another Gateway', SHARED, { ...SHARED, sharedGateway: { name: 'internal', sectionName: 'https' } }],
  [
    'at a Gateway of that name in another namespace',
    SHARED,
    { ...SHARED, sharedGateway: { name: 'main', namespace: 'a', sectionName: 'https' } },
  ],
  ['at an edge of another kind, while people move from one to the other', INGRESS, {}],
])('the host of another program is somebody else’s %s', (_, first, second) => {
  expect(render(twoEdges(first, second)).problems).toEqual([]);
});

test('a shared Gateway may serve a host on all its listeners where nothing has to be encrypted', () => {
  const sharedGateway = { name: 'main', namespace: 'a' };
  expect(edge({ sharedGateway, kind: EdgeKind.HTTP_ROUTE }, Platform.kind()).problems).toEqual([]);
  expect(edge({ sharedGateway, tls: false, kind: EdgeKind.HTTP_ROUTE }, Platform.kind()).problems).toEqual([]);
});

test('a program may have two edges for one host, as while people move', () => {
  const { problems } = render((scope) => {
    const program = new Program(scope, 'program');
    new Edge(scope, 'edge-1', program, OWN_GATEWAY);
    new Edge(program, 'edge-2', program, { ...OWN_GATEWAY, ...INGRESS });
  });
  expect(problems).toEqual([]);
});

const notAHost = (host: string) =>
  `"${host}" is not a host name: write it without scheme, port and path, in lower case, for example chat.company.com`;

describeRules('constructs/platform/edge-rules.ts', [
  ...[
    'https://chat.company.com',
    'chat.company.com:443',
    'chat.company.com/ai',
    'Chat.company.com',
    'localhost',
    '',
  ].map((host) => ({ rule: 'host-name', when: `"${host}"`, declare: made({ host }), sentence: notAHost(host) })),
  {
    rule: 'host-name',
    when: 'a further host',
    declare: made({ additionalHosts: ['*.company.com'] }),
    sentence: notAHost('*.company.com'),
  },
  {
    rule: 'hosts-differ',
    when: 'the main host again',
    declare: made({ additionalHosts: ['ai.company.com', HOST] }),
    sentence: 'chat.company.com: additionalHosts names chat.company.com once more: leave it out',
  },
  ...(
    [
      [{ kind: EdgeKind.INGRESS }, 'gatewayClassName', 'an Ingress'],
      [
        { kind: EdgeKind.ROUTE, clusterIssuer: 'x', tlsSecretName: 'x', filters: [], maxBodySize: '1m' },
        'tlsSecretName, clusterIssuer, maxBodySize, gatewayClassName, filters',
        'a Route',
      ],
      [
        { ...SHARED, gatewayClassName: 'envoy', clusterIssuer: 'x', gatewayAnnotations: {}, gatewayAddresses: [] },
        'clusterIssuer, gatewayClassName, gatewayAnnotations, gatewayAddresses',
        'an HTTPRoute at a shared Gateway',
      ],
      [{ ingressClassName: 'x' }, 'ingressClassName', 'an HTTPRoute with a Gateway of its own'],
    ] as const
  ).map(([props, idle, place]) => ({
    rule: 'edge-knows-the-prop',
    when: place,
    declare: made(props as Partial<EdgeProps>),
    sentence: `chat.company.com: ${idle} would change nothing at ${place}: leave out what does not belong there, or choose another kind`,
  })),
  ...[0, -5, 1.5].map((timeoutSeconds) => ({
    rule: 'edge-timeout',
    when: `${timeoutSeconds} s`,
    declare: made({ timeoutSeconds }),
    sentence: `chat.company.com: timeoutSeconds ${timeoutSeconds} is no time: write a whole number of seconds of at least 1`,
  })),
  {
    rule: 'body-size',
    when: 'in words',
    declare: made({ kind: EdgeKind.INGRESS, gatewayClassName: undefined, maxBodySize: '100 MB' }),
    sentence:
      'chat.company.com: maxBodySize "100 MB" is no size of nginx: write a number with k, m or g behind it, for example 100m',
  },
  ...(
    [
      ['one class of Gateway', {}, {}],
      [
        'a Gateway of others',
        SHARED,
        { ...SHARED, sharedGateway: { name: 'main', namespace: 'workspace', sectionName: 'https' } },
      ],
      ['one class of Ingress', INGRESS, { ...INGRESS, ingressClassName: 'nginx' }],
      ['the further hosts', { host: 'a.company.com', additionalHosts: [HOST] }, {}],
    ] as const
  ).map(([when, first, second]) => ({
    rule: 'hosts-of-one-program',
    when,
    declare: twoEdges(first as Partial<EdgeProps>, second as Partial<EdgeProps>),
    sentence: 'chat.company.com would lead to first and to second: give one of them another host',
  })),
  {
    rule: 'edge-tls',
    when: 'off in production',
    declare: made({ tls: false }),
    sentence:
      'chat.company.com would be served without TLS: leave tls out, or use a platform with production set to false',
  },
  {
    rule: 'shared-gateway-listener',
    when: 'the plain listener of a shared Gateway would serve it too',
    declare: made({ gatewayClassName: undefined, sharedGateway: { name: 'main' } }),
    sentence:
      "chat.company.com would also be served without TLS, by the listener of the Gateway main for plain HTTP: write the name of its HTTPS listener in sharedGateway, for example sectionName: 'https'",
  },
  {
    rule: 'gateway-known',
    when: 'neither of the two',
    declare: made({ gatewayClassName: undefined }),
    sentence:
      'chat.company.com: an HTTPRoute needs a Gateway: write gatewayClassName for one of its own, or sharedGateway for one that exists',
  },
  ...(
    [
      ['a Gateway of its own', {}, 'the Gateway class envoy'],
      ['a Gateway of others, somewhere', SHARED, 'the Gateway main'],
      [
        'another class of Ingress',
        { gatewayClassName: undefined, kind: EdgeKind.INGRESS, ingressClassName: 'traefik' },
        'the Ingress class traefik',
      ],
    ] as const
  ).map(([when, props, whose]) => ({
    rule: 'edge-peer-known',
    when,
    declare: made(props as Partial<EdgeProps>),
    surroundings: { platform: Platform.kubernetes() },
    sentence: `chat.company.com: the NetworkPolicies would not let in the pods of ${whose}, whose namespace only you know: write edgePeer in the platform, as in { edgePeer: { namespaceLabels: { 'kubernetes.io/metadata.name': '<namespace>' } } }`,
  })),
  {
    rule: 'azure-gateway-known',
    when: 'a Gateway of Azure without its annotations',
    declare: made({ gatewayClassName: 'azure-alb-external', gatewayAnnotations: { note: 'x' } }),
    sentence:
      'chat.company.com: Application Gateway for Containers programs a Gateway only with its annotations: write alb.networking.azure.io/alb-namespace and alb-name, or alb-id, in gatewayAnnotations',
  },
]);
