import { Size } from 'cdk8s';
import { type ContainerResources, Cpu } from 'cdk8s-plus-30';
import { OpenWebUiLogLevel } from '../../open-webui-release';
import { ComponentKind } from '../../platform/component';
import { quantityValue } from '../../platform/quantity';
import type { Draft } from '../draft';
import { databaseFromUrl, readEnvironment } from '../environment-entries';
import { HelmFindingKind } from '../finding';
import { type Conversion, list, note, prop, text } from './conversion';

const { CARRIED, DEAD, REPLACED, TO_FILL_IN } = HelmFindingKind;

/** Names, image, pods, Service, variables and probes. */
export const RELEASE_CONVERSIONS: readonly Conversion[] = [
  prop('fullnameOverride', 'name'),
  prop('nameOverride', 'name'),
  { path: 'namespaceOverride', convert: note(TO_FILL_IN, 'the namespace of the workspace') },
  prop('replicaCount', 'replicas'),
  prop('revisionHistoryLimit', 'revisionHistoryLimit'),
  prop('priorityClassName', 'priorityClassName'),
  prop('runtimeClassName', 'runtimeClassName'),
  prop('nodeSelector.**', 'nodeSelector'),
  prop('tolerations.**', 'tolerations'),
  prop('affinity.**', 'affinity'),
  prop('topologySpreadConstraints.**', 'topologySpreadConstraints'),
  prop('hostAliases.**', 'hostAliases'),
  prop('podAnnotations.**', 'podAnnotations'),
  prop('podLabels.**', 'podLabels'),
  prop('podSecurityContext.**', 'podSecurityContext'),
  prop('containerSecurityContext.**', 'securityContext'),
  prop('volumes.**', 'extraVolumes'),
  prop('volumeMounts.container.**', 'extraVolumeMounts'),
  prop('extraInitContainers.**', 'extraInitContainers'),
  prop('extraEnvFrom.**', 'extraEnvFrom'),
  prop('service.annotations.**', 'serviceAnnotations'),
  prop('service.nodePort', 'serviceNodePort'),
  prop('service.loadBalancerClass', 'serviceLoadBalancerClass'),
  prop('service.port', 'servicePort'),
  prop('serviceAccount.annotations.**', 'serviceAccountAnnotations'),
  { path: 'serviceAccount.**', convert: note(REPLACED, 'every program has an account of its own, without a token') },
  {
    path: 'service.type',
    convert: (value, draft, path) => {
      if (text(value) !== 'ClusterIP') draft.openWebUi.serviceType = text(value);
      draft.note(path, CARRIED, text(value) === 'ClusterIP' ? 'what the construct makes' : 'serviceType');
    },
  },
  {
    path: 'workload.kind',
    convert: (value, draft, path) => {
      draft.openWebUi.kind = text(value) === 'StatefulSet' ? ComponentKind.STATEFUL_SET : ComponentKind.DEPLOYMENT;
      draft.note(path, CARRIED, 'kind');
    },
  },
  { path: 'strategy.**', convert: note(REPLACED, 'the construct chooses it by volume and change of version') },
  {
    path: 'imagePullSecrets.**',
    convert: (value, draft, path) => {
      draft.openWebUi.imagePullSecrets = list(value).map((entry) => text((entry as { name?: string }).name ?? entry));
      draft.note(path, CARRIED, 'imagePullSecrets');
    },
  },
  {
    path: 'image.repository',
    convert: (value, draft, path) => {
      const usual = text(value) === 'ghcr.io/open-webui/open-webui';
      draft.note(
        path,
        usual ? CARRIED : TO_FILL_IN,
        usual ? 'the repository of the construct' : `image: ${text(value)} with the tag of a release`,
      );
    },
  },
  {
    path: 'image.tag',
    convert: (value, draft, path) => {
      const [, version] = /^v?(\d+\.\d+\.\d+)$/.exec(text(value)) ?? [];
      if (version) draft.openWebUi.version = version;
      draft.note(
        path,
        version ? CARRIED : REPLACED,
        version
          ? 'version'
          : `${text(value) || 'an empty tag'} changes under its name: the version that the library was tested with stands in its place`,
      );
    },
  },
  { path: 'image.pullPolicy', convert: note(REPLACED, 'a tag that never moves needs none; the platform decides') },
  { path: 'resources.**', convert: readResources },
  {
    path: 'databaseUrl',
    convert: (value, draft, path) =>
      text(value)
        ? databaseFromUrl(path, text(value), draft)
        : draft.note(path, REPLACED, 'empty, which is the default'),
  },
  { path: 'env.**', convert: (value, draft, path) => readEnvironment(path, value, false, draft) },
  { path: 'extraEnvVars.**', convert: (value, draft, path) => readEnvironment(path, value, true, draft) },
  { path: 'commonEnvVars.**', convert: (value, draft, path) => readEnvironment(path, value, true, draft) },
  {
    path: 'logging.level',
    convert: (value, draft, path) => {
      const level = Object.values(OpenWebUiLogLevel).find((known) => known === text(value).toUpperCase());
      if (level) draft.openWebUi.logLevel = level;
      draft.note(path, level ? CARRIED : REPLACED, level ? 'logLevel' : 'no level of the construct: INFO');
    },
  },
  { path: 'logging.components.**', convert: note(DEAD, 'the app has had one level for all since 0.7') },

  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map(
    (probe): Conversion => ({ path: `${probe}.**`, convert: readProbe }),
  ),
];

function readResources(value: unknown, draft: Draft, path: string): void {
  const { requests = {}, limits = {} } = (value ?? {}) as {
    requests?: { [name: string]: string };
    limits?: { [name: string]: string };
  };
  const cpu = (side: { [name: string]: string }) =>
    side.cpu === undefined ? undefined : Cpu.millis(Math.round(quantityValue(text(side.cpu)) * 1000));
  const size = (side: { [name: string]: string }, name: string) =>
    side[name] === undefined ? undefined : sizeOf(text(side[name]));
  const resources: ContainerResources = {
    cpu: { request: cpu(requests), limit: cpu(limits) },
    memory: { request: size(requests, 'memory'), limit: size(limits, 'memory') },
    ephemeralStorage: {
      request: size(requests, 'ephemeral-storage') ?? Size.mebibytes(256),
      limit: size(limits, 'ephemeral-storage') ?? Size.gibibytes(2),
    },
  };
  draft.openWebUi.resources = resources;
  draft.note(path, CARRIED, 'resources');
}

export function sizeOf(quantity: string): Size {
  return Size.mebibytes(Math.ceil(quantityValue(quantity) / 2 ** 20));
}

function readProbe(value: unknown, draft: Draft, path: string): void {
  if (typeof value === 'object' && value !== null && 'enabled' in value) {
    draft.note(
      `${path}.enabled`,
      DEAD,
      'pasted into the container, where no probe has such a field; without httpGet nothing is probed',
    );
  }
  draft.note(
    path,
    REPLACED,
    "the construct's own: start and life by /health, readiness by /ready, which asks database and Redis",
  );
}
