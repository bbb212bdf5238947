import { quoted } from '../schema/value-words';
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
import { podTemplates } from './parts-of';
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

const formOfName = (manifest: Part): NameForm => FORM_OF_NAME[manifest.text('kind') ?? ''] ?? dnsSubdomain;

/** The metadata of the object and of the pods it makes. */
const everyMetadata = (manifest: Part): Part[] => [
  manifest.at('metadata'),
  ...podTemplates(manifest)
    .filter((template) => template !== manifest)
    .map((template) => template.at('metadata')),
];

const labelMaps = (manifest: Part): Part[] => [
  ...everyMetadata(manifest).map((metadata) => metadata.at('labels')),
  ...selectors(manifest),
];

/** Maps of labels that choose objects; nodeSelector too is one. */
function selectors(manifest: Part): Part[] {
  const spec = manifest.at('spec');
  return [
    spec.at('selector').at('matchLabels'),
    spec.at('podSelector').at('matchLabels'),
    ...(manifest.text('kind') === 'Service' ? [spec.at('selector')] : []),
    ...podTemplates(manifest).map((template) => template.at('spec').at('nodeSelector')),
  ];
}

/** Source: pkg/apis/core/validation, ValidateObjectMeta; "Labels and Selectors", "Annotations". */
export const metadataRules: RuleSet[] = [
  {
    parts: (manifest) => [manifest.at('metadata').at('name')],
    rules: [
      {
        id: 'name-missing',
        broken: (name) => !name.given,
        message: () => 'missing; every object needs a name',
      },
      {
        id: 'name-form',
        broken: (name, manifest) => isWrong(name, formOfName(manifest)),
        message: (name, manifest) => mustBe(name, formOfName(manifest)),
      },
    ],
  },
  {
    parts: (manifest) => [manifest.at('metadata').at('namespace')],
    rules: [
      {
        id: 'namespace-form',
        broken: (namespace) => isWrong(namespace, dnsLabel),
        message: (namespace) => mustBe(namespace, dnsLabel),
      },
    ],
  },
  {
    parts: (manifest) => labelMaps(manifest).flatMap((labels) => labels.keys.map((key) => labels.at(key))),
    rules: [
      {
        id: 'label-key',
        broken: (label) => !labelKey.holds(label.key),
        message: (label) => `the key ${quoted(label.key)} must be ${labelKey.words}`,
      },
      {
        id: 'label-value',
        broken: (label) => isWrong(label, labelValue),
        message: (label) => mustBe(label, labelValue),
      },
    ],
  },
  {
    parts: (manifest) => everyMetadata(manifest).map((metadata) => metadata.at('annotations')),
    rules: [
      {
        id: 'annotation-key',
        broken: (annotations) => wrongKeys(annotations).length > 0,
        message: (annotations) => `${wrongKeys(annotations).map(quoted).join(', ')} must be ${labelKey.words}`,
      },
      {
        id: 'annotation-size',
        broken: (annotations) => bytes(annotations) > ANNOTATION_BYTES,
        message: (annotations) => `${bytes(annotations)} bytes in all; at most ${ANNOTATION_BYTES} are allowed`,
      },
    ],
  },
];

/** Unlike those of labels, keys of annotations may have upper-case letters before the slash. */
function wrongKeys(annotations: Part): string[] {
  return annotations.keys.filter((key) => !labelKey.holds(key.toLowerCase()));
}

function bytes(annotations: Part): number {
  return annotations.keys.reduce(
    (sum, key) => sum + Buffer.byteLength(key) + Buffer.byteLength(annotations.text(key) ?? ''),
    0,
  );
}
