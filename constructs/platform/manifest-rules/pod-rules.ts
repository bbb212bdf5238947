import { quoted } from '../schema/value-words';
import { type Manifest, POD_KINDS } from './manifest';
import { dnsLabel, isWrong, mustBe } from './name-forms';
import type { Part } from './part';
import { type RuleSet, repeated } from './rule-set';

/** Source: pkg/apis/core/validation, ValidatePodSpec, and validation of the template in apps and batch. */
export const podRules: RuleSet[] = [
  {
    kinds: POD_KINDS,
    parts: (manifest) => [manifest.podSpec],
    rules: [
      {
        id: 'pod-without-containers',
        broken: (pod) => pod.has('containers') && pod.items('containers').length === 0,
        message: () => 'containers is empty; a pod needs at least one',
      },
      {
        id: 'container-name-repeated',
        broken: (_, manifest) => repeated(containerNames(manifest)).length > 0,
        message: (_, manifest) => `several containers are called ${repeated(containerNames(manifest)).join(', ')}`,
      },
      {
        id: 'volume-name-repeated',
        broken: (pod) => repeated(pod.texts('volumes', 'name')).length > 0,
        message: (pod) => `several volumes are called ${repeated(pod.texts('volumes', 'name')).join(', ')}`,
      },
      {
        id: 'mount-without-volume',
        broken: (_, manifest) => mountsWithoutVolume(manifest).length > 0,
        message: (_, manifest) =>
          `volumeMounts name ${mountsWithoutVolume(manifest).map(quoted).join(', ')}, which volumes does not have`,
      },
      {
        id: 'restart-policy',
        broken: (pod, manifest) => !allowedRestarts(manifest).includes(restartPolicy(pod)),
        message: (pod, manifest) =>
          `restartPolicy is ${restartPolicy(pod)}; a ${manifest.kind} needs ${allowedRestarts(manifest).join(' or ')}`,
      },
      {
        id: 'spread-repeated',
        broken: (pod) => repeated(spreads(pod)).length > 0,
        message: (pod) => `topologySpreadConstraints has ${repeated(spreads(pod)).join(', ')} more than once`,
      },
    ],
  },
  {
    kinds: POD_KINDS,
    parts: (manifest) => manifest.podSpec.items('volumes'),
    rules: [
      {
        id: 'volume-name-form',
        broken: (volume) => isWrong(volume.text('name'), dnsLabel),
        message: (volume) => `name ${mustBe(volume.text('name'), dnsLabel)}`,
      },
      {
        id: 'volume-source',
        broken: (volume) => sources(volume).length !== 1,
        message: (volume) =>
          sources(volume).length === 0
            ? 'has no source; add one, such as emptyDir, configMap, secret or persistentVolumeClaim'
            : `has the sources ${sources(volume).join(' and ')}; leave one`,
      },
    ],
  },
];

function containerNames({ podSpec }: Manifest): string[] {
  return [...podSpec.texts('initContainers', 'name'), ...podSpec.texts('containers', 'name')];
}

function mountsWithoutVolume(manifest: Manifest): string[] {
  const claims = manifest.kind === 'StatefulSet' ? manifest.spec.items('volumeClaimTemplates') : [];
  const volumes = new Set([
    ...manifest.podSpec.texts('volumes', 'name'),
    ...claims.map((claim) => claim.at('metadata').text('name')),
  ]);
  const missing = new Set<string>();
  for (const container of manifest.containers) {
    for (const name of [...container.texts('volumeMounts', 'name'), ...container.texts('volumeDevices', 'name')]) {
      if (!volumes.has(name)) {
        missing.add(name);
      }
    }
  }
  return [...missing];
}

const EVERY_POLICY = ['Always', 'OnFailure', 'Never'];

function allowedRestarts({ kind }: Manifest): string[] {
  if (kind === 'Job' || kind === 'CronJob') {
    return ['OnFailure', 'Never'];
  }
  return kind === 'Pod' ? EVERY_POLICY : ['Always'];
}

function restartPolicy(pod: Part): string {
  return pod.text('restartPolicy') ?? 'Always';
}

function spreads(pod: Part): string[] {
  return pod
    .items('topologySpreadConstraints')
    .map((spread) => `${spread.text('topologyKey')} ${spread.text('whenUnsatisfiable')}`);
}

function sources(volume: Part): string[] {
  return volume.keys.filter((key) => key !== 'name');
}
