import { quoted } from '../schema/value-words';
import { dnsLabel, isWrong, mustBe } from './name-forms';
import type { Part } from './part';
import { containersOf, podSpecs } from './parts-of';
import { type RuleSet, repeated, repeatedNames } from './rule-set';

/** Source: pkg/apis/core/validation, ValidatePodSpec, and validation of the template in apps and batch. */
export const podRules: RuleSet[] = [
  {
    parts: podSpecs,
    rules: [
      {
        id: 'pod-without-containers',
        broken: (pod) => pod.has('containers') && pod.items('containers').length === 0,
        message: () => 'containers is empty; a pod needs at least one',
      },
      {
        id: 'container-name-repeated',
        broken: (pod) => repeatedNames(containersOf(pod)).length > 0,
        message: (pod) => `several containers are called ${repeatedNames(containersOf(pod)).join(', ')}`,
      },
      {
        id: 'volume-name-repeated',
        broken: (pod) => repeatedNames(pod.items('volumes')).length > 0,
        message: (pod) => `several volumes are called ${repeatedNames(pod.items('volumes')).join(', ')}`,
      },
      {
        id: 'mount-without-volume',
        broken: (pod, manifest) => mountsWithoutVolume(pod, manifest).length > 0,
        message: (pod, manifest) =>
          `volumeMounts name ${mountsWithoutVolume(pod, manifest).map(quoted).join(', ')}, which volumes does not have`,
      },
      {
        id: 'restart-policy',
        broken: (pod, manifest) => pod.given && !allowedRestarts(manifest).includes(restartPolicy(pod)),
        message: (pod, manifest) =>
          `restartPolicy is ${restartPolicy(pod)}; a ${manifest.text('kind')} needs ${allowedRestarts(manifest).join(' or ')}`,
      },
      {
        id: 'spread-repeated',
        broken: (pod) => repeated(spreads(pod)).length > 0,
        message: (pod) => `topologySpreadConstraints has ${repeated(spreads(pod)).join(', ')} more than once`,
      },
    ],
  },
  {
    parts: (manifest) => podSpecs(manifest).flatMap((pod) => pod.items('volumes')),
    rules: [
      {
        id: 'volume-name-form',
        broken: (volume) => isWrong(volume.at('name'), dnsLabel),
        message: (volume) => `name ${mustBe(volume.at('name'), dnsLabel)}`,
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

function mountsWithoutVolume(pod: Part, manifest: Part): string[] {
  const claims = manifest.text('kind') === 'StatefulSet' ? manifest.at('spec').items('volumeClaimTemplates') : [];
  const volumes = new Set([
    ...pod.items('volumes').map((volume) => volume.text('name')),
    ...claims.map((claim) => claim.at('metadata').text('name')),
  ]);
  const mounted = containersOf(pod).flatMap((container) => [
    ...container.items('volumeMounts'),
    ...container.items('volumeDevices'),
  ]);
  return [...new Set(mounted.map((mount) => mount.text('name')))].filter(
    (name): name is string => name !== undefined && !volumes.has(name),
  );
}

const EVERY_POLICY = ['Always', 'OnFailure', 'Never'];

function allowedRestarts(manifest: Part): string[] {
  const kind = manifest.text('kind') ?? '';
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
