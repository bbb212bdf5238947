import type { k8s } from 'cdk8s-plus-30';

/** A pod template as it stands in YAML. */
export interface PodTemplate {
  readonly metadata: { readonly labels: { [key: string]: string }; readonly annotations?: { [key: string]: string } };
  readonly spec: k8s.PodSpec;
}

/** What the values are made of: the workload that the construct would have rendered. */
export interface ChartValuesSource {
  readonly name: string;
  readonly kind: string;
  readonly replicas?: number;
  readonly strategy?: unknown;
  readonly revisionHistoryLimit?: number;
  readonly template: PodTemplate;
  readonly claimName: string;
  readonly subPath?: string;
  readonly servicePort: number;
}

/** Labels that the chart gives its pods: written twice, one of them would be lost. */
const LABELS_OF_THE_CHART = [
  ...['helm.sh/chart', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by', 'app.kubernetes.io/name'],
  ...['app.kubernetes.io/instance', 'app.kubernetes.io/component'],
];
/** The container of the chart that fills a new volume. */
const COPY_APP_DATA = 'copy-app-data';

/**
 * The values with which the official chart renders the same workload. Source: the templates of the chart 16.0.0.
 * The parts that have constructs of their own (Ollama, Pipelines, Redis, Tika, Ingress) are off in the chart.
 */
export function chartValues(source: ChartValuesSource): { [key: string]: unknown } {
  const { template } = source;
  const { spec } = template;
  const [main] = spec.containers;
  const copy = spec.initContainers?.find(({ name }) => name === COPY_APP_DATA);
  return {
    fullnameOverride: source.name,
    workload: { kind: source.kind },
    replicaCount: source.replicas ?? 1,
    revisionHistoryLimit: source.revisionHistoryLimit,
    strategy: source.strategy,
    image: imageOf(main),
    imagePullSecrets: spec.imagePullSecrets,
    podLabels: without(template.metadata.labels, LABELS_OF_THE_CHART),
    podAnnotations: template.metadata.annotations,
    serviceAccount: { enable: true, create: false, name: spec.serviceAccountName, automountServiceAccountToken: false },
    priorityClassName: spec.priorityClassName,
    runtimeClassName: spec.runtimeClassName,
    nodeSelector: spec.nodeSelector,
    tolerations: spec.tolerations,
    affinity: spec.affinity,
    topologySpreadConstraints: spec.topologySpreadConstraints,
    hostAliases: spec.hostAliases,
    podSecurityContext: spec.securityContext,
    containerSecurityContext: main.securityContext,
    resources: main.resources,
    startupProbe: main.startupProbe,
    readinessProbe: main.readinessProbe,
    livenessProbe: main.livenessProbe,
    copyAppData: { resources: copy?.resources ?? main.resources },
    extraInitContainers: spec.initContainers?.filter(({ name }) => name !== COPY_APP_DATA),
    persistence: { enabled: true, existingClaim: source.claimName, subPath: source.subPath ?? '', provider: 'local' },
    volumes: spec.volumes?.filter(({ name }) => name !== 'data'),
    volumeMounts: { initContainer: [], container: main.volumeMounts?.filter(({ name }) => name !== 'data') },
    service: { port: source.servicePort, containerPort: 8080 },
    extraEnvFrom: main.envFrom,
    extraEnvVars: (main.env ?? []).filter(({ name }) => name !== 'ENABLE_WEBSOCKET_SUPPORT').map(escaped),
    // Left on, each of these sets variables that stand in extraEnvVars already, and Kubernetes takes one of the two.
    ollama: { enabled: false },
    ollamaUrlsFromExtraEnv: true,
    pipelines: { enabled: false },
    tika: { enabled: false },
    openaiBaseApiUrl: '',
    openaiBaseApiUrls: [],
    websocket: { enabled: true, manager: '', redis: { enabled: false } },
    ingress: { enabled: false },
    route: { enabled: false },
    sso: { enabled: false },
  };
}

function imageOf({ image = '', imagePullPolicy }: k8s.Container): object {
  const colon = image.lastIndexOf(':');
  return { repository: image.slice(0, colon), tag: image.slice(colon + 1), pullPolicy: imagePullPolicy };
}

/** The chart reads values of variables as templates: braces of our own, as in `{{USER_GROUPS}}`, have to be quoted. */
function escaped(variable: k8s.EnvVar): k8s.EnvVar {
  return variable.value === undefined
    ? variable
    : { ...variable, value: variable.value.replaceAll('{{', '{{ "{{" }}') };
}

function without(labels: { [key: string]: string }, names: readonly string[]): { [key: string]: string } {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
