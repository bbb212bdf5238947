import { manifestRules } from '../../constructs/platform/manifest-rules';
import { isSchedule } from '../../constructs/platform/manifest-rules/cron-schedule';
import { manifestErrors } from '../../constructs/platform/manifest-schema';
import { goodManifest, type KubernetesObject } from './good-manifests';

interface BrokenRule {
  readonly id: string;
  readonly kind: string;
  readonly change: (manifest: KubernetesObject) => void;
  readonly error: string;
}

const pod = (manifest: KubernetesObject) =>
  manifest.kind === 'Pod' ? manifest.spec : (manifest.spec.jobTemplate ?? manifest).spec.template.spec;
const container = (manifest: KubernetesObject) => pod(manifest).containers[0];
const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers[0]`;

/** One right object, one change, one error: every rule of the table stands here. */
const brokenRules: BrokenRule[] = [
  {
    id: 'name-missing',
    kind: 'ConfigMap',
    change: ({ metadata }) => delete metadata.name,
    error: 'metadata: name is missing; every object needs one',
  },
  {
    id: 'name-form',
    kind: 'Service',
    change: ({ metadata }) => Object.assign(metadata, { name: '3rd-service' }),
    error:
      'metadata.name: "3rd-service" must be a DNS label that starts with a letter: at most 63 lower-case letters, digits and hyphens',
  },
  {
    id: 'namespace-form',
    kind: 'ConfigMap',
    change: ({ metadata }) => Object.assign(metadata, { namespace: 'open.webui' }),
    error:
      'metadata.namespace: "open.webui" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
  },
  {
    id: 'label-key',
    kind: 'Deployment',
    change: ({ spec }) => Object.assign(spec.template.metadata.labels, { 'a b': 'c' }),
    error:
      'spec.template.metadata.labels: the keys "a b" must be a key such as name or example.com/name: at most 63 letters, digits, "-", "_" and "." after the slash',
  },
  {
    id: 'label-value',
    kind: 'ConfigMap',
    change: ({ metadata }) => Object.assign(metadata.labels, { version: 'v1+dev' }),
    error:
      'metadata.labels: the values "v1+dev" must be at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends, or empty',
  },
  {
    id: 'annotation-key',
    kind: 'ConfigMap',
    change: ({ metadata }) => Object.assign(metadata, { annotations: { '/x': 'y' } }),
    error:
      'metadata.annotations: "/x" must be a key such as name or example.com/name: at most 63 letters, digits, "-", "_" and "." after the slash',
  },
  {
    id: 'annotation-size',
    kind: 'ConfigMap',
    change: ({ metadata }) => Object.assign(metadata, { annotations: { big: 'x'.repeat(262144) } }),
    error: 'metadata.annotations: 262147 bytes in all; at most 262144 are allowed',
  },
  {
    id: 'pod-without-containers',
    kind: 'Deployment',
    change: (it) => Object.assign(pod(it), { containers: [] }),
    error: `${POD}: containers is empty; a pod needs at least one`,
  },
  {
    id: 'container-name-repeated',
    kind: 'Deployment',
    change: (it) => Object.assign(pod(it).initContainers[0], { name: 'open-webui' }),
    error: `${POD}: several containers are called open-webui`,
  },
  {
    id: 'volume-name-repeated',
    kind: 'Deployment',
    change: (it) => pod(it).volumes.push({ name: 'tmp', emptyDir: {} }),
    error: `${POD}: several volumes are called tmp`,
  },
  {
    id: 'mount-without-volume',
    kind: 'CronJob',
    change: (it) => container(it).volumeMounts.push({ name: 'cache', mountPath: '/cache' }),
    error: 'spec.jobTemplate.spec.template.spec: volumeMounts name "cache", which volumes does not have',
  },
  {
    id: 'restart-policy',
    kind: 'Job',
    change: (it) => delete pod(it).restartPolicy,
    error: `${POD}: restartPolicy is Always; a Job needs OnFailure or Never`,
  },
  {
    id: 'spread-repeated',
    kind: 'Deployment',
    change: (it) => pod(it).topologySpreadConstraints.push(pod(it).topologySpreadConstraints[0]),
    error: `${POD}: topologySpreadConstraints has topology.kubernetes.io/zone ScheduleAnyway more than once`,
  },
  {
    id: 'volume-name-form',
    kind: 'Deployment',
    change: (it) => pod(it).volumes.push({ name: 'Cache', emptyDir: {} }),
    error: `${POD}.volumes[2]: name "Cache" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends`,
  },
  {
    id: 'volume-source',
    kind: 'Deployment',
    change: (it) => Object.assign(pod(it).volumes[1], { secret: { secretName: 'x' } }),
    error: `${POD}.volumes[1]: has the sources emptyDir and secret; leave one`,
  },
  {
    id: 'container-name-form',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it), { name: 'open_webui' }),
    error: `${CONTAINER}: name "open_webui" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends`,
  },
  {
    id: 'image-form',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it), { image: 'open-webui:v1 ' }),
    error: `${CONTAINER}: image "open-webui:v1 " must be a name without spaces`,
  },
  {
    id: 'environment-name-repeated',
    kind: 'Deployment',
    change: (it) => container(it).env.push({ name: 'PORT', value: '8081' }),
    error: `${CONTAINER}: env sets PORT more than once`,
  },
  {
    id: 'environment-name-form',
    kind: 'Deployment',
    change: (it) => container(it).env.push({ name: '1ST', value: 'x' }),
    error: `${CONTAINER}: env "1ST" must be letters, digits, "_", "-" and ".", not starting with a digit`,
  },
  {
    id: 'port-name-repeated',
    kind: 'Deployment',
    change: (it) => container(it).ports.push({ name: 'http', containerPort: 9090 }),
    error: `${CONTAINER}: several ports are called http`,
  },
  {
    id: 'port-repeated',
    kind: 'Deployment',
    change: (it) => container(it).ports.push({ name: 'web', containerPort: 8080 }),
    error: `${CONTAINER}: ports has 8080/TCP more than once`,
  },
  {
    id: 'mount-path-repeated',
    kind: 'Deployment',
    change: (it) => container(it).volumeMounts.push({ name: 'data', mountPath: '/tmp' }),
    error: `${CONTAINER}: volumeMounts mounts /tmp more than once`,
  },
  {
    id: 'request-above-limit',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).resources.requests, { memory: '2049Mi' }),
    error: `${CONTAINER}: resources requests more than it limits: memory`,
  },
  {
    id: 'escalation-contradicted',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).securityContext, { privileged: true }),
    error: `${CONTAINER}: securityContext denies allowPrivilegeEscalation and grants privileged or SYS_ADMIN; take one back`,
  },
  {
    id: 'port-name-form',
    kind: 'Deployment',
    change: (it) => container(it).ports.push({ name: 'prometheus-metrics', containerPort: 9090 }),
    error: `${CONTAINER}.ports[1]: name "prometheus-metrics" must be a port name: at most 15 lower-case letters, digits and single hyphens, with a letter and no hyphen at the ends`,
  },
  {
    id: 'environment-value-twice',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).env[2], { value: 'x' }),
    error: `${CONTAINER}.env[2]: has value and valueFrom; leave one`,
  },
  {
    id: 'environment-value-source',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).env[2], { valueFrom: {} }),
    error: `${CONTAINER}.env[2]: valueFrom has none; give exactly one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef`,
  },
  {
    id: 'environment-source',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).envFrom[0], { secretRef: { name: 'x' } }),
    error: `${CONTAINER}.envFrom[0]: has configMapRef and secretRef; give exactly one of configMapRef, secretRef`,
  },
  {
    id: 'mount-sub-path',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).volumeMounts[0], { subPathExpr: '$(POD_NAME)' }),
    error: `${CONTAINER}.volumeMounts[0]: has subPath and subPathExpr; leave one`,
  },
  {
    id: 'sub-path-form',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).volumeMounts[0], { subPath: '../etc' }),
    error: `${CONTAINER}.volumeMounts[0]: subPath "../etc" must be relative and without ".."`,
  },
  {
    id: 'probe-handler',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).livenessProbe, { tcpSocket: { port: 8080 } }),
    error: `${CONTAINER}.livenessProbe: has exec and tcpSocket; give exactly one of exec, httpGet, tcpSocket, grpc`,
  },
  {
    id: 'probe-success-threshold',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).livenessProbe, { successThreshold: 2 }),
    error: `${CONTAINER}.livenessProbe: successThreshold is 2; only a readinessProbe may have other than 1`,
  },
  {
    id: 'probe-http-path',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).startupProbe.httpGet, { path: 'health' }),
    error: `${CONTAINER}.startupProbe: httpGet.path "health" must start with "/"`,
  },
  {
    id: 'probe-port-unknown',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).startupProbe.httpGet, { port: 'web' }),
    error: `${CONTAINER}.startupProbe: port "web" is no port of this container; name one of ports, or write its number`,
  },
  {
    id: 'hook-handler',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it).lifecycle, { preStop: {} }),
    error: `${CONTAINER}.lifecycle.preStop: has none; give exactly one of exec, httpGet, sleep, tcpSocket`,
  },
  {
    id: 'init-container-probe',
    kind: 'Deployment',
    change: (it) => delete pod(it).initContainers[1].restartPolicy,
    error: `${POD}.initContainers[1]: has startupProbe; an init container has none, unless its restartPolicy is Always`,
  },
  {
    id: 'container-restart-policy',
    kind: 'Deployment',
    change: (it) => Object.assign(container(it), { restartPolicy: 'Always' }),
    error: `${CONTAINER}: has restartPolicy, which only an init container may have; move it to initContainers to run it as a sidecar`,
  },
  {
    id: 'selector-empty',
    kind: 'Deployment',
    change: ({ spec }) => Object.assign(spec, { selector: {} }),
    error: 'spec: selector is empty; give the labels of the template in selector.matchLabels',
  },
  {
    id: 'selector-mismatch',
    kind: 'StatefulSet',
    change: ({ spec }) => Object.assign(spec.selector.matchLabels, { tier: 'web' }),
    error: 'spec: selector wants tier=web, which template.metadata.labels does not have',
  },
  {
    id: 'claim-template-repeated',
    kind: 'StatefulSet',
    change: ({ spec }) => spec.volumeClaimTemplates.push(spec.volumeClaimTemplates[0]),
    error: 'spec: several volumeClaimTemplates are called data',
  },
  {
    id: 'rolling-update-with-recreate',
    kind: 'Deployment',
    change: ({ spec }) => Object.assign(spec.strategy, { type: 'Recreate' }),
    error: 'spec: strategy is Recreate and has rollingUpdate; leave rollingUpdate out',
  },
  {
    id: 'rollout-without-room',
    kind: 'Deployment',
    change: ({ spec }) => Object.assign(spec.strategy, { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } }),
    error:
      'spec: strategy.rollingUpdate has maxSurge and maxUnavailable 0, so that no pod could be replaced; raise one',
  },
  {
    id: 'autoscaler-bounds',
    kind: 'HorizontalPodAutoscaler',
    change: ({ spec }) => Object.assign(spec, { minReplicas: 11 }),
    error: 'spec: minReplicas 11 is above maxReplicas 10',
  },
  {
    id: 'metric-source',
    kind: 'HorizontalPodAutoscaler',
    change: ({ spec }) => Object.assign(spec.metrics[0], { type: 'Pods' }),
    error: 'spec.metrics[0]: type is Pods, so give pods and no other source',
  },
  {
    id: 'metric-target',
    kind: 'HorizontalPodAutoscaler',
    change: ({ spec }) => Object.assign(spec.metrics[0].resource.target, { averageValue: '1' }),
    error:
      'spec.metrics[0]: resource.target has averageUtilization and averageValue; give exactly one of averageUtilization, averageValue, value',
  },
  {
    id: 'disruption-budget-twice',
    kind: 'PodDisruptionBudget',
    change: ({ spec }) => Object.assign(spec, { maxUnavailable: 1 }),
    error: 'spec: has minAvailable and maxUnavailable; leave one',
  },
  {
    id: 'job-name-length',
    kind: 'Job',
    change: ({ metadata }) => Object.assign(metadata, { name: 'a'.repeat(64) }),
    error:
      'metadata.name becomes a label of the pods, so it must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
  },
  {
    id: 'cron-job-name-length',
    kind: 'CronJob',
    change: ({ metadata }) => Object.assign(metadata, { name: 'a'.repeat(53) }),
    error: 'metadata.name is longer than 52 characters; its Jobs add a suffix to it',
  },
  {
    id: 'cron-job-schedule',
    kind: 'CronJob',
    change: ({ spec }) => Object.assign(spec, { schedule: 'every night' }),
    error: 'spec.schedule "every night" must have five fields, such as "15 3 * * *", or be one such as @daily',
  },
  {
    id: 'service-without-ports',
    kind: 'Service',
    change: ({ spec }) => delete spec.ports,
    error: 'spec: ports is empty; a Service needs one, unless clusterIP is None or type is ExternalName',
  },
  {
    id: 'service-port-unnamed',
    kind: 'Service',
    change: ({ spec }) => delete spec.ports[1].name,
    error: 'spec: of several ports one has no name; name each',
  },
  {
    id: 'service-port-name-repeated',
    kind: 'Service',
    change: ({ spec }) => Object.assign(spec.ports[1], { name: 'http' }),
    error: 'spec: several ports are called http',
  },
  {
    id: 'service-port-repeated',
    kind: 'Service',
    change: ({ spec }) => Object.assign(spec.ports[1], { port: 80 }),
    error: 'spec: ports has 80/TCP more than once',
  },
  {
    id: 'external-name-missing',
    kind: 'Service',
    change: ({ spec }) => Object.assign(spec, { type: 'ExternalName' }),
    error: 'spec: type is ExternalName, so externalName must be given',
  },
  {
    id: 'headless-type',
    kind: 'Service',
    change: ({ spec }) => Object.assign(spec, { clusterIP: 'None', type: 'NodePort' }),
    error: 'spec: clusterIP is None, so type must be ClusterIP, not NodePort',
  },
  {
    id: 'service-port-name-form',
    kind: 'Service',
    change: ({ spec }) => Object.assign(spec.ports[0], { name: 'HTTP' }),
    error:
      'spec.ports[0]: name "HTTP" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
  },
  {
    id: 'service-target-port',
    kind: 'Service',
    change: ({ spec }) => Object.assign(spec.ports[0], { targetPort: 0 }),
    error: 'spec.ports[0]: targetPort 0 is no port; write 1 to 65535',
  },
  {
    id: 'peer-empty',
    kind: 'NetworkPolicy',
    change: ({ spec }) => spec.ingress[0].from.push({}),
    error:
      'spec.ingress[0].from[1]: is empty; give podSelector, namespaceSelector or ipBlock (podSelector: {} is every pod)',
  },
  {
    id: 'peer-address-and-selector',
    kind: 'NetworkPolicy',
    change: ({ spec }) => Object.assign(spec.egress[0].to[0], { podSelector: {} }),
    error: 'spec.egress[0].to[0]: has ipBlock next to a selector; write two entries',
  },
  {
    id: 'peer-address',
    kind: 'NetworkPolicy',
    change: ({ spec }) => spec.egress[0].to[0].ipBlock.except.push('10.0.0.0/33'),
    error: 'spec.egress[0].to[0]: "10.0.0.0/33" is no address range such as 10.0.0.0/8',
  },
  {
    id: 'policy-port-form',
    kind: 'NetworkPolicy',
    change: ({ spec }) => Object.assign(spec.ingress[0].ports[0], { port: '8080' }),
    error:
      'spec.ingress[0].ports[0]: port "8080" must be a port name: at most 15 lower-case letters, digits and single hyphens, with a letter and no hyphen at the ends',
  },
  {
    id: 'policy-port-range',
    kind: 'NetworkPolicy',
    change: ({ spec }) => Object.assign(spec.egress[0].ports[0], { endPort: 442 }),
    error: 'spec.egress[0].ports[0]: endPort needs a port number that is not above it',
  },
  {
    id: 'ingress-empty',
    kind: 'Ingress',
    change: ({ spec }) => delete spec.rules,
    error: 'spec: has neither rules nor defaultBackend; give one',
  },
  {
    id: 'ingress-host',
    kind: 'Ingress',
    change: ({ spec }) => Object.assign(spec.rules[0], { host: 'https://chat.company.com' }),
    error:
      'spec.rules[0]: host "https://chat.company.com" must be a host name such as chat.example.com or *.example.com',
  },
  {
    id: 'ingress-path',
    kind: 'Ingress',
    change: ({ spec }) => Object.assign(spec.rules[0].http.paths[0], { path: 'chat' }),
    error: 'spec.rules[0].http.paths[0]: path "chat" must start with "/"',
  },
  {
    id: 'ingress-backend',
    kind: 'Ingress',
    change: ({ spec }) => Object.assign(spec, { defaultBackend: {} }),
    error: 'spec.defaultBackend: has none; give exactly one of service, resource',
  },
  {
    id: 'ingress-backend-port',
    kind: 'Ingress',
    change: ({ spec }) => Object.assign(spec.rules[0].http.paths[0].backend.service.port, { number: 80 }),
    error: 'spec.rules[0].http.paths[0].backend: service.port has name and number; give exactly one of name, number',
  },
  {
    id: 'redirect-with-backend',
    kind: 'HTTPRoute',
    change: ({ spec }) =>
      Object.assign(spec.rules[0], { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] }),
    error: 'spec.rules[0]: has a RequestRedirect filter and backendRefs; leave the backendRefs out',
  },
  {
    id: 'redirect-with-rewrite',
    kind: 'HTTPRoute',
    change: ({ spec }) => {
      delete spec.rules[0].backendRefs;
      spec.rules[0].filters = [
        { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } },
        { type: 'URLRewrite', urlRewrite: { hostname: 'chat.company.com' } },
      ];
    },
    error: 'spec.rules[0]: has a RequestRedirect and a URLRewrite filter; leave one',
  },
  {
    id: 'filter-type',
    kind: 'HTTPRoute',
    change: ({ spec }) => Object.assign(spec.rules[0].filters[0], { type: 'ResponseHeaderModifier' }),
    error:
      'spec.rules[0].filters[0]: type is ResponseHeaderModifier, so give responseHeaderModifier and no other filter',
  },
  {
    id: 'backend-port',
    kind: 'HTTPRoute',
    change: ({ spec }) => delete spec.rules[0].backendRefs[0].port,
    error: 'spec.rules[0].backendRefs[0]: refers to a Service, so port must be given',
  },
  {
    id: 'match-path',
    kind: 'HTTPRoute',
    change: ({ spec }) => Object.assign(spec.rules[0].matches[0].path, { value: '/a/../b' }),
    error: 'spec.rules[0].matches[0].path: value "/a/../b" must be a clean path that starts with "/"',
  },
  {
    id: 'listener-tls',
    kind: 'Gateway',
    change: ({ spec }) => Object.assign(spec.listeners[0], { protocol: 'HTTP' }),
    error: 'spec.listeners[0]: has tls and protocol HTTP; write protocol HTTPS, or leave tls out',
  },
  {
    id: 'listener-certificate',
    kind: 'Gateway',
    change: ({ spec }) => delete spec.listeners[0].tls.certificateRefs,
    error: 'spec.listeners[0]: ends TLS without a certificate; give tls.certificateRefs',
  },
  {
    id: 'route-passthrough-insecure',
    kind: 'Route',
    change: ({ spec }) =>
      Object.assign(spec.tls, { termination: 'passthrough', insecureEdgeTerminationPolicy: 'Allow' }),
    error: 'spec.tls: termination is passthrough, so insecureEdgeTerminationPolicy must be None or Redirect',
  },
  {
    id: 'route-certificate-twice',
    kind: 'Route',
    change: ({ spec }) => Object.assign(spec.tls, { certificate: 'PEM', externalCertificate: { name: 'chat-tls' } }),
    error: 'spec.tls: has certificate and externalCertificate; leave one',
  },
  {
    id: 'data-size',
    kind: 'ConfigMap',
    change: ({ data }) => Object.assign(data, { 'tenants.json': 'ü'.repeat(2 ** 19) }),
    error: 'the data has 1048579 bytes; the API server takes less than 1048576, so split it over several objects',
  },
  {
    id: 'data-key-form',
    kind: 'ConfigMap',
    change: ({ data }) => Object.assign(data, { 'personas/sales.md': '' }),
    error:
      'the keys "personas/sales.md" must be a file name: at most 253 letters, digits, "-", "_" and ".", neither "." nor starting with ".."',
  },
  {
    id: 'data-key-twice',
    kind: 'ConfigMap',
    change: ({ data }) => Object.assign(data, { logo: '' }),
    error: 'logo stands in data and in binaryData; leave one',
  },
  {
    id: 'claim-access-mode',
    kind: 'PersistentVolumeClaim',
    change: ({ spec }) => Object.assign(spec, { accessModes: [] }),
    error: 'spec: accessModes is empty; give one, such as ReadWriteOnce',
  },
  {
    id: 'claim-size',
    kind: 'StatefulSet',
    change: ({ spec }) => Object.assign(spec.volumeClaimTemplates[0].spec.resources.requests, { storage: '0' }),
    error: 'spec.volumeClaimTemplates[0].spec: resources.requests.storage must be a size above 0, such as 20Gi',
  },
  {
    id: 'limit-order',
    kind: 'LimitRange',
    change: ({ spec }) => Object.assign(spec.limits[0].defaultRequest, { cpu: '1500m' }),
    error: 'spec.limits[0]: defaultRequest.cpu is above default.cpu; the order is min ≤ defaultRequest ≤ default ≤ max',
  },
  {
    id: 'role-verbs',
    kind: 'Role',
    change: ({ rules }) => Object.assign(rules[0], { verbs: [] }),
    error: 'rules[0]: verbs is empty; give what may be done, such as get',
  },
  {
    id: 'role-urls',
    kind: 'Role',
    change: ({ rules }) => Object.assign(rules[0], { nonResourceURLs: ['/metrics'] }),
    error: 'rules[0]: nonResourceURLs belongs to a ClusterRole',
  },
  {
    id: 'role-resources',
    kind: 'Role',
    change: ({ rules }) => delete rules[0].apiGroups,
    error: 'rules[0]: needs apiGroups ("" for the core group) and resources',
  },
  {
    id: 'subject-namespace',
    kind: 'RoleBinding',
    change: ({ subjects }) => delete subjects[0].namespace,
    error: 'subjects[0]: is a ServiceAccount, so namespace must be given',
  },
];

it.each(brokenRules)('$id', ({ kind, change, error }) => {
  const manifest = goodManifest(kind);
  change(manifest);
  expect(manifestErrors(manifest)).toEqual([error]);
});

it('has a broken object for each rule of the table, and no id twice', () => {
  const ids = manifestRules.map(({ id }) => id);
  expect(brokenRules.map(({ id }) => id).sort()).toEqual([...new Set(ids)].sort());
  expect(ids).toHaveLength(new Set(ids).size);
});

it('lets pass what only looks wrong', () => {
  const headless = goodManifest('Service');
  headless.spec = { clusterIP: 'None', selector: headless.spec.selector };
  const external = goodManifest('Service');
  external.spec = { type: 'ExternalName', externalName: 'postgres.company.com' };
  const allowAll = goodManifest('NetworkPolicy');
  allowAll.spec.ingress = [{}];
  const stateful = goodManifest('StatefulSet');
  const bare = goodManifest('Pod');
  delete bare.spec.restartPolicy;
  for (const manifest of [headless, external, allowAll, stateful, bare]) {
    expect(manifestErrors(manifest)).toEqual([]);
  }
});

it('never throws on an object that has lists for objects and objects for lists', () => {
  for (const kind of ['Deployment', 'Service', 'HTTPRoute', 'NetworkPolicy', 'ConfigMap', 'Role', 'LimitRange']) {
    const manifest = goodManifest(kind);
    for (const key of Object.keys(manifest).filter((name) => name !== 'apiVersion' && name !== 'kind')) {
      for (const wrong of [null, [], [null], {}, 'x', 7]) {
        expect(() => manifestErrors({ ...manifest, [key]: wrong })).not.toThrow();
      }
    }
  }
});

test.each([
  ['15 2 * * *', true],
  ['*/15 2-4 ? jan mon-fri', true],
  ['@daily', true],
  ['@every 1h30m', true],
  ['60 2 * * *', false],
  ['0 2 * * 7', false],
  ['0 2 L * *', false],
  ['@every day', false],
])('the schedule "%s" is one that the controller of CronJobs reads: %s', (schedule, read) => {
  expect(isSchedule(schedule)).toBe(read);
});
