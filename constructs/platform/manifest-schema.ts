import { manifestRuleErrors } from './manifest-rules';
import generated from './schema/kubernetes.generated.json';
import { suggestion } from './schema/nearest-name';
import { typeErrors } from './schema/type-check';
import { type TypeDefinition, TypeTable } from './schema/type-table';
import { inWords, isPlainObject, quoted } from './schema/value-words';

const KINDS = new Map(
  Object.entries(generated.kinds).map(([apiVersion, kinds]) => [apiVersion, new Map(Object.entries(kinds))]),
);
const TYPES = new TypeTable(generated.types as unknown as { readonly [name: string]: TypeDefinition });

/**
 * What Kubernetes 1.30 would refuse in an object as it goes into the file: unknown kinds and keys, wrong types, missing
 * fields, values that are not allowed, and the rules of manifest-rules.ts. Each error is a sentence that starts with
 * the path of the field, such as `spec.template.spec.containers[0].resourcs: unknown key; did you mean resources?`.
 * Empty when the object is right.
 *
 * Not covered: CEL rules of custom resources beyond those in manifest-rules, and whatever needs a second object.
 */
export function manifestErrors(manifest: unknown): string[] {
  if (!isPlainObject(manifest)) {
    return [`expected a Kubernetes object, got ${inWords(manifest)}`];
  }
  const { apiVersion, kind } = manifest;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return (['apiVersion', 'kind'] as const)
      .filter((field) => typeof manifest[field] !== 'string')
      .map((field) => `${field}: expected a string, got ${inWords(manifest[field])}`);
  }
  const type = KINDS.get(apiVersion)?.get(kind);
  if (type === undefined) {
    return [unknownKind(apiVersion, kind)];
  }
  return [...typeErrors(TYPES.type(type), manifest), ...manifestRuleErrors(manifest)];
}

function unknownKind(apiVersion: string, kind: string): string {
  const kinds = [...(KINDS.get(apiVersion)?.keys() ?? [])];
  if (kinds.length > 0) {
    return `kind: ${quoted(kind)} is not in ${apiVersion}, which has ${kinds.join(', ')}${suggestion(kind, kinds)}`;
  }
  const homes = [...KINDS].filter(([, names]) => names.has(kind)).map(([version]) => version);
  if (homes.length > 0) {
    return `apiVersion: ${quoted(apiVersion)} has no ${kind}; write ${homes.join(' or ')}`;
  }
  const versions = [...KINDS.keys()];
  const hint = suggestion(apiVersion, versions);
  return `apiVersion: ${quoted(apiVersion)} is unknown; known are ${versions.join(', ')}${hint}`;
}
