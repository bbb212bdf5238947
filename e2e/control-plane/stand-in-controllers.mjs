import { execFileSync } from 'node:child_process';

const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The kinds that other programs bring into a cluster: of a metrics server, and of cert-manager. */
export const definitionsOfOthers = [
  definition('metrics.k8s.io', 'v1beta1', 'pods', 'PodMetrics'),
  definition('cert-manager.io', 'v1', 'certificates', 'Certificate'),
];

/** Says of every object of a namespace what the controllers of others would, if all were well. */
export async function answerForOthers(api, namespace, host) {
  const at = (group, plural) => `/apis/${group}/namespaces/${namespace}/${plural}`;
  const each = async (path, statusOf) => {
    const { items } = await api.get(path).catch(() => ({ items: [] }));
    for (const item of items) await api.merge(`${path}/${item.metadata.name}/status`, { status: statusOf(item) });
    return items.length;
  };
  const gateways = await each(at('gateway.networking.k8s.io/v1', 'gateways'), ({ spec }) => ({
    addresses: [{ type: 'IPAddress', value: '127.0.0.1' }],
    conditions: conditions('Accepted', 'Programmed'),
    listeners: spec.listeners.map(({ name }) => ({
      name,
      attachedRoutes: 1,
      supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
      conditions: conditions('Accepted', 'Programmed', 'ResolvedRefs'),
    })),
  }));
  await each(at('gateway.networking.k8s.io/v1', 'httproutes'), ({ spec }) => ({
    parents: spec.parentRefs.map((parentRef) => ({
      parentRef,
      controllerName: 'stand-in.example/controller',
      conditions: conditions('Accepted', 'ResolvedRefs'),
    })),
  }));
  await each(at('networking.k8s.io/v1', 'ingresses'), () => ({
    loadBalancer: { ingress: [{ hostname: 'localhost' }] },
  }));
  await each(at('route.openshift.io/v1', 'routes'), ({ spec }) => ({
    ingress: [{ host: spec.host, routerName: 'default', conditions: conditions('Admitted') }],
  }));
  await each(at('external-secrets.io/v1', 'secretstores'), () => ({ conditions: conditions('Ready') }));
  await each(at('external-secrets.io/v1', 'externalsecrets'), () => ({ conditions: conditions('Ready') }));
  const { items: services } = await api.get(`/api/v1/namespaces/${namespace}/services`);
  for (const { metadata } of services) {
    const name = metadata.annotations?.['service.beta.openshift.io/serving-cert-secret-name'];
    if (name) await keepCertificate(api, namespace, name, `${metadata.name}.${namespace}.svc`);
  }
  if (gateways > 0) await issueCertificate(api, namespace, host);
}

/** What a metrics server would tell of each pod, with the figures of a quiet day. */
export async function measure(api, namespace) {
  const { items } = await api.get(`/api/v1/namespaces/${namespace}/pods`);
  for (const { metadata, spec } of items) {
    await api.create(`/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`, {
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'PodMetrics',
      metadata: { name: metadata.name, labels: metadata.labels },
      timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      window: '15s',
      containers: spec.containers.map(({ name }) => ({ name, usage: { cpu: '210000000n', memory: '700000Ki' } })),
    });
  }
}

/** A certificate of 90 days for a host, and its key. */
export function selfSigned(host) {
  const pem = execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '90'].concat([
      ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', '-', '-out', '-'],
    ]),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const part = (name) => new RegExp(`-----BEGIN ${name}-----[\\s\\S]+-----END ${name}-----\\n`).exec(pem)[0];
  return { cert: part('CERTIFICATE'), key: part('PRIVATE KEY') };
}

function keepCertificate(api, namespace, name, host) {
  const { cert, key } = selfSigned(host);
  return api.create(`/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': cert, 'tls.key': key },
  });
}

async function issueCertificate(api, namespace, host) {
  await keepCertificate(api, namespace, 'open-webui-tls', host);
  const certificates = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates`;
  await api.create(certificates, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'open-webui-tls' },
    spec: { secretName: 'open-webui-tls', dnsNames: [host] },
  });
  await api.merge(`${certificates}/open-webui-tls/status`, { status: { conditions: conditions('Ready') } });
}

function conditions(...types) {
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return types.map((type) => ({ type, status: 'True', reason: type, message: '', lastTransitionTime }));
}

function definition(group, version, plural, kind) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in for a check' },
    },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(kind === 'Certificate' ? { subresources: { status: {} } } : {}),
          schema: { openAPIV3Schema: ANYTHING },
        },
      ],
    },
  };
}
