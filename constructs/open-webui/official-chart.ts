import { isDeepStrictEqual } from 'node:util';
import { ApiObject, Chart, Helm, JsonPatch } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-30';
import type { OpenWebUiRelease } from '../open-webui-release';
import { chartValues, type PodTemplate } from './chart-values';

/** Where the official Helm chart is, and with what it is rendered. */
export interface OfficialChart {
  /** Name in the repository, an `oci://` address, or a folder. @default `open-webui` */
  readonly chart?: string;
  /** Address of the repository; unused with `oci://` or a folder. @default - the project's own */
  readonly repository?: string;
  /** @default `16.0.0` - unused with a folder */
  readonly version?: string;
  /** Path of the program `helm`, 3.8 or newer. @default `helm` */
  readonly helmExecutable?: string;
}

const REPOSITORY = 'https://helm.openwebui.com';
const VERSION = '16.0.0';

/** Fields of the container, and of the pod, that the chart must have rendered as they were given to it. */
const OF_THE_CONTAINER = [
  ...['image', 'imagePullPolicy', 'resources', 'securityContext', 'startupProbe', 'readinessProbe', 'livenessProbe'],
  ...['envFrom'],
] as const;
const OF_THE_POD = [
  ...['securityContext', 'serviceAccountName', 'automountServiceAccountToken', 'nodeSelector', 'tolerations'],
  ...['affinity', 'topologySpreadConstraints', 'hostAliases', 'priorityClassName', 'runtimeClassName'],
  ...['imagePullSecrets', 'enableServiceLinks'],
] as const;

/** Puts the official chart's workload into the place of the construct's, with values computed from that. */
export function inflate(release: OpenWebUiRelease, given: OfficialChart): void {
  const own = release.node.findChild(release.kind) as ApiObject;
  const wanted = own.toJson();
  const local = given.chart !== undefined && /^(?:\.{0,2}\/|oci:\/\/)/.test(given.chart);
  const isFolder = local && !given.chart?.startsWith('oci://');
  release.node.tryRemoveChild(release.kind);
  const helm = render(release, {
    chart: given.chart ?? 'open-webui',
    repo: local ? undefined : (given.repository ?? REPOSITORY),
    version: isFolder ? undefined : (given.version ?? VERSION),
    helmExecutable: given.helmExecutable,
    releaseName: release.name,
    namespace: Chart.of(release).namespace,
    values: chartValues({
      name: release.name,
      kind: release.kind,
      replicas: wanted.spec.replicas,
      strategy: wanted.spec.strategy,
      revisionHistoryLimit: wanted.spec.revisionHistoryLimit,
      template: wanted.spec.template,
      claimName: release.storage.claimName,
      subPath: release.storage.props.subPath,
      servicePort: release.servicePort('http'),
    }),
  });
  removeWhatWeRender(release, helm);
  const workload = helm.apiObjects.find(({ kind, name }) => kind === release.kind && name === release.name);
  if (!workload) {
    throw new Error(
      `${release.name}: the chart rendered no ${release.kind} of that name: is it the chart open-webui, version 13 or newer?`,
    );
  }
  addWhatTheChartLacks(workload, wanted.spec);
  const before = declared(release);
  release.node.addValidation({
    validate: () =>
      isDeepStrictEqual(declared(release), before)
        ? lostIn(release.name, own.toJson().spec.template, workload.toJson().spec.template)
        : [
            `${release.name}: something was declared after inflateChart, and the chart does not have it: call inflateChart last`,
          ],
  });
}

/** What the methods of a release change. */
function declared({ _models, _tools, _ollamaUrls, _redis, _userJwtSecret, _behindProxy }: OpenWebUiRelease): unknown[] {
  return [_models.length, _tools.length, _ollamaUrls.length, _redis?.host, _userJwtSecret?.secretName, _behindProxy];
}

function render(release: OpenWebUiRelease, props: ConstructorParameters<typeof Helm>[2]): Helm {
  try {
    return new Helm(release, 'Chart', props);
  } catch (error) {
    const message = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(
      message.includes('unable to execute')
        ? `${release.name}: the official chart needs the program helm, which "${props.helmExecutable ?? 'helm'}" is not: install it, name it in helmExecutable, or leave inflateChart out`
        : `${release.name}: helm could not render ${props.chart}: ${message}`,
    );
  }
}

/** Objects that the construct renders too: its own are the ones that policies, edges and jobs refer to. */
function removeWhatWeRender(release: OpenWebUiRelease, helm: Helm): void {
  const rendered = new Set(helm.apiObjects);
  const own = Chart.of(release).node.findAll().filter(ApiObject.isApiObject);
  const names = new Set(own.filter((object) => !rendered.has(object)).map(({ kind, name }) => `${kind}/${name}`));
  for (const object of rendered) {
    if (names.has(`${object.kind}/${object.name}`)) {
      helm.node.tryRemoveChild(object.node.id);
    }
  }
}

/** What no value of the chart can say. */
function addWhatTheChartLacks(workload: ApiObject, wanted: { replicas?: number; template: PodTemplate }): void {
  const { terminationGracePeriodSeconds, containers } = wanted.template.spec;
  const pod = '/spec/template/spec';
  workload.addJsonPatch(
    JsonPatch.add(`${pod}/terminationGracePeriodSeconds`, terminationGracePeriodSeconds),
    ...(containers[0].lifecycle ? [JsonPatch.add(`${pod}/containers/0/lifecycle`, containers[0].lifecycle)] : []),
    // An autoscaler owns the number, and the chart always writes one.
    ...(wanted.replicas === undefined ? [JsonPatch.remove('/spec/replicas')] : []),
  );
}

/** What the chart was told and did not render: silently ignored values are the reason for this check. */
function lostIn(name: string, wanted: PodTemplate, rendered: PodTemplate): string[] {
  const [main, actual] = [wanted.spec.containers[0], rendered.spec.containers[0]];
  const lost = [
    ...OF_THE_CONTAINER.filter((field) => !isDeepStrictEqual(main[field], actual?.[field])),
    ...OF_THE_POD.filter((field) => !isDeepStrictEqual(wanted.spec[field], rendered.spec[field])),
    ...missing('volume', wanted.spec.volumes, rendered.spec.volumes),
    ...missing('mount', main.volumeMounts, actual?.volumeMounts),
    ...missing(
      'init container',
      wanted.spec.initContainers?.filter((c) => c.name !== 'copy-app-data'),
      rendered.spec.initContainers,
    ),
    ...missing('variable', main.env, actual?.env),
    ...repeated(actual?.env),
    ...Object.entries(wanted.metadata.labels)
      .filter(([label, value]) => label !== 'app.kubernetes.io/managed-by' && rendered.metadata.labels[label] !== value)
      .map(([label]) => `label ${label}`),
  ];
  return lost.length === 0
    ? []
    : [
        `${name}: the chart did not render what it was told, ${lost.join(', ')}: take another version of the chart, or leave inflateChart out`,
      ];
}

interface Named {
  readonly name: string;
}

function missing<T extends Named>(what: string, wanted: readonly T[] = [], rendered: readonly T[] = []): string[] {
  return wanted
    .filter((entry) => !rendered.some((candidate) => isDeepStrictEqual(entry, candidate)))
    .filter(({ name }) => name !== 'ENABLE_WEBSOCKET_SUPPORT')
    .map(({ name }) => `${what} ${name}`);
}

function repeated(env: readonly k8s.EnvVar[] = []): string[] {
  const names = env.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(
    (name) => `variable ${name} once`,
  );
}
