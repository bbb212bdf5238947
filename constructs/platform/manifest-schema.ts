import { manifestRuleErrors } from './manifest-rules';
import { brokenCombinations } from './schema/combination';
import { FieldPath } from './schema/field-path';
import generated from './schema/kubernetes.generated.json';
import { suggestion } from './schema/nearest-name';
import { singleValueErrors } from './schema/single-value';
import { type Type, type TypeDefinition, TypeTable } from './schema/type-table';
import { inWords, isPlainObject, quoted } from './schema/value-words';

const KINDS = generated.kinds as { readonly [apiVersion: string]: { readonly [kind: string]: string } };
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
  const type = KINDS[apiVersion]?.[kind];
  if (type === undefined) {
    return [unknownKind(apiVersion, kind)];
  }
  const check = new SchemaCheck();
  check.value(TYPES.type(type), manifest);
  return [...check.errors, ...manifestRuleErrors(manifest)];
}

function unknownKind(apiVersion: string, kind: string): string {
  const kinds = KINDS[apiVersion];
  if (kinds) {
    const names = Object.keys(kinds);
    return `kind: ${quoted(kind)} is not in ${apiVersion}, which has ${names.join(', ')}${suggestion(kind, names)}`;
  }
  const homes = Object.keys(KINDS).filter((version) => KINDS[version][kind]);
  const versions = homes.length > 0 ? homes : Object.keys(KINDS);
  const known = homes.length > 0 ? `${kind} is in ${homes.join(', ')}` : `known are ${versions.join(', ')}`;
  return `apiVersion: ${quoted(apiVersion)} is unknown; ${known}${suggestion(apiVersion, versions)}`;
}

/** Walks a value along its type and collects what does not fit. */
class SchemaCheck {
  public readonly errors: string[] = [];
  private readonly path = new FieldPath();

  public value(type: Type, value: unknown): void {
    if (value === null) {
      this.add('null is not allowed; leave the key out');
    } else if (type.shape === 'object') {
      this.object(type, value);
    } else if (type.shape === 'list') {
      this.list(type, value);
    } else if (type.shape === 'map') {
      this.map(type, value);
    } else {
      this.addAll(singleValueErrors(type, value));
      this.addAll(brokenCombinations(type.definition, value));
    }
  }

  private object(type: Type, value: unknown): void {
    if (!isPlainObject(value)) {
      this.add(`expected an object, got ${inWords(value)}`);
      return;
    }
    for (const key of Object.keys(value)) {
      // What JSON leaves out is not there.
      if (value[key] === undefined) {
        continue;
      }
      this.path.push(key);
      const field = type.fields.get(key);
      if (field) {
        this.value(field.type, value[key]);
      } else {
        this.add(`unknown key${suggestion(key, type.fields.keys())}`);
      }
      this.path.pop();
    }
    for (const [name, field] of type.fields) {
      if (field.required && value[name] === undefined) {
        this.path.push(name);
        this.add('missing; it must be given');
        this.path.pop();
      }
    }
    this.count(type, Object.keys(value).length);
    this.addAll(brokenCombinations(type.definition, value, type.definition.defaults));
  }

  private map(type: Type, value: unknown): void {
    if (!isPlainObject(value)) {
      this.add(`expected an object, got ${inWords(value)}`);
      return;
    }
    for (const key of Object.keys(value)) {
      if (value[key] !== undefined) {
        this.path.push(key);
        this.value(type.element as Type, value[key]);
        this.path.pop();
      }
    }
    this.count(type, Object.keys(value).length);
  }

  private list(type: Type, value: unknown): void {
    if (!Array.isArray(value)) {
      this.add(`expected a list, got ${inWords(value)}`);
      return;
    }
    for (const [index, item] of value.entries()) {
      this.path.push(index);
      this.value(type.element as Type, item);
      this.path.pop();
    }
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = type.definition;
    if (value.length < minItems || value.length > maxItems) {
      this.add(`has ${value.length} entries; ${bounds(minItems, maxItems)} allowed`);
    }
    this.distinct(type.definition, value);
  }

  private distinct({ distinct, distinctBy }: TypeDefinition, list: unknown[]): void {
    if (!distinct && !distinctBy) {
      return;
    }
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const key = JSON.stringify(distinctBy && isPlainObject(item) ? distinctBy.map((name) => item[name]) : item);
      if (seen.has(key)) {
        this.path.push(index);
        this.add(distinctBy ? `repeats an entry with the same ${distinctBy.join(' and ')}` : 'repeats an entry');
        this.path.pop();
      }
      seen.add(key);
    }
  }

  private count({ definition }: Type, keys: number): void {
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = definition;
    if (keys < minProperties || keys > maxProperties) {
      this.add(`has ${keys} keys; ${bounds(minProperties, maxProperties)} allowed`);
    }
  }

  private addAll(sentences: string[]): void {
    for (const sentence of sentences) {
      this.add(sentence);
    }
  }

  private add(sentence: string): void {
    this.errors.push(this.path.depth === 0 ? sentence : `${this.path}: ${sentence}`);
  }
}

function bounds(least: number, most: number): string {
  if (least === most) {
    return `exactly ${least} is`;
  }
  return most === Number.POSITIVE_INFINITY ? `at least ${least} are` : `${least} to ${most} are`;
}
