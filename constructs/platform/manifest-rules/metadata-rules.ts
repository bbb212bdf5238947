import { quoted } from '../schema/value-words';
import { type Manifest, POD_KINDS } from './manifest';
import {
  dnsLabel,
  dnsSubdomain,
  isWrong,
  labelKey,
  labelValue,
  mustBe,
  type NameForm,
  pathSegment,
  serviceName,
} from './name-forms';
import type { Part } from './part';
import type { RuleSet } from './rule-set';

const ANNOTATION_BYTES = 256 * 1024;

const FORM_OF_NAME: { readonly [kind: string]: NameForm } = {
  Namespace: dnsLabel,
  Service: serviceName,
  Role: pathSegment,
  ClusterRole: pathSegment,
  RoleBinding: pathSegment,
  ClusterRoleBinding: pathSegment,
};

const formOfName = ({ kind }: Manifest): NameForm => FORM_OF_NAME[kind] ?? dnsSubdomain;

/** The metadata of the object and of the pods it makes. */
function everyMetadata(manifest: Manifest): Part[] {
  const ownPods = POD_KINDS.includes(manifest.kind) && manifest.kind !== 'Pod';
  return [manifest.at('metadata'), ...(ownPods ? [manifest.podTemplate.at('metadata')] : [])];
}

/** Everywhere that labels stand: on objects, and where objects or nodes are chosen by them. */
function labelMaps(manifest: Manifest): Part[] {
  const { kind, spec } = manifest;
  return [
    ...everyMetadata(manifest).map((metadata) => metadata.at('labels')),
    kind === 'Service' ? spec.at('selector') : spec.at('selector').at('matchLabels'),
    spec.at('podSelector').at('matchLabels'),
    ...(POD_KINDS.includes(kind) ? [manifest.podSpec.at('nodeSelector')] : []),
  ];
}

/** Source: pkg/apis/core/validation, ValidateObjectMeta; "Labels and Selectors", "Annotations". */
export const metadataRules: RuleSet[] = [
  {
    parts: (manifest) => [manifest.at('metadata')],
    rules: [
      {
        id: 'name-missing',
        broken: (metadata) => !metadata.has('name'),
        message: () => 'name is missing; every object needs one',
      },
    ],
  },
  {
    parts: (manifest) => [manifest.at('metadata').at('name')],
    rules: [
      {
        id: 'name-form',
        broken: (name, manifest) => isWrong(name.text(), formOfName(manifest)),
        message: (name, manifest) => mustBe(name.text(), formOfName(manifest)),
      },
    ],
  },
  {
    parts: (manifest) => [manifest.at('metadata').at('namespace')],
    rules: [
      {
        id: 'namespace-form',
        broken: (namespace) => isWrong(namespace.text(), dnsLabel),
        message: (namespace) => mustBe(namespace.text(), dnsLabel),
      },
    ],
  },
  {
    parts: labelMaps,
    rules: [
      {
        id: 'label-key',
        broken: (labels) => wrongLabelKeys(labels).length > 0,
        message: (labels) => `the keys ${wrongLabelKeys(labels).map(quoted).join(', ')} must be ${labelKey.words}`,
      },
      {
        id: 'label-value',
        broken: (labels) => wrongLabelValues(labels).length > 0,
        message: (labels) =>
          `the values ${wrongLabelValues(labels).map(quoted).join(', ')} must be ${labelValue.words}`,
      },
    ],
  },
  {
    parts: (manifest) => everyMetadata(manifest).map((metadata) => metadata.at('annotations')),
    rules: [
      {
        id: 'annotation-key',
        broken: (annotations) => wrongAnnotationKeys(annotations).length > 0,
        message: (annotations) =>
          `${wrongAnnotationKeys(annotations).map(quoted).join(', ')} must be ${labelKey.words}`,
      },
      {
        id: 'annotation-size',
        broken: (annotations) => bytes(annotations) > ANNOTATION_BYTES,
        message: (annotations) => `${bytes(annotations)} bytes in all; at most ${ANNOTATION_BYTES} are allowed`,
      },
    ],
  },
];

function wrongLabelKeys(labels: Part): string[] {
  return labels.keys.filter((key) => !labelKey.holds(key));
}

function wrongLabelValues(labels: Part): string[] {
  const wrong: string[] = [];
  for (const key of labels.keys) {
    const value = labels.text(key);
    if (value !== undefined && !labelValue.holds(value)) {
      wrong.push(value);
    }
  }
  return wrong;
}

/** Unlike those of labels, keys of annotations may have upper-case letters before the slash. */
function wrongAnnotationKeys(annotations: Part): string[] {
  return annotations.keys.filter((key) => !labelKey.holds(key.toLowerCase()));
}

function bytes(annotations: Part): number {
  return annotations.keys.reduce(
    (sum, key) => sum + Buffer.byteLength(key) + Buffer.byteLength(annotations.text(key) ?? ''),
    0,
  );
}
