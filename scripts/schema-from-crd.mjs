// The custom resources, out of their CustomResourceDefinitions.
import { parse } from 'yaml';
import { javaScriptPattern } from './go-pattern.mjs';

const FORMATS = new Set(['byte', 'cidr', 'date-time', 'int32']);
const LIMITS = ['enum', 'minimum', 'maximum', 'minLength', 'maxLength'];
const COMBINATIONS = ['allOf', 'anyOf', 'oneOf', 'not'];
/** What schema/combination.ts can judge inside a combination. */
const JUDGED = new Set([...COMBINATIONS, 'properties', 'required', 'enum', 'maxLength', 'format']);

export function addCustomResource(table, text) {
  const { spec } = parse(text);
  for (const version of spec.versions) {
    const apiVersion = `${spec.group}/${version.name}`;
    const kind = spec.names.kind;
    const { apiVersion: _, kind: __, metadata, status, ...properties } = version.schema.openAPIV3Schema.properties;
    const read = new SchemaReader(table, kind);
    const type = read.object({ ...version.schema.openAPIV3Schema, properties });
    const fields = {
      apiVersion: 'string',
      kind: 'string',
      'metadata!': metadataType(table, read, kind, metadata),
    };
    const name = table.has(kind) ? `${apiVersion}.${kind}` : kind;
    table.define(name, { ...type, fields: { ...fields, ...type.fields } });
    table.addKind(apiVersion, kind, name);
  }
}

/** Every object has the metadata of Kubernetes; a CRD may narrow fields of it (EgressFirewall: its name). */
function metadataType(table, read, kind, metadata) {
  if (!metadata?.properties) return 'ObjectMeta';
  const narrowed = read.object(metadata).fields;
  return table.intern(`${kind}.metadata`, { fields: { ...table.fieldsOf('ObjectMeta'), ...narrowed } });
}

class SchemaReader {
  #table;
  #kind;

  constructor(table, kind) {
    this.#table = table;
    this.#kind = kind;
  }

  /** The expression that stands for a schema; `field` gives the name to a type that has none yet. */
  expression(field, schema) {
    if (schema['x-kubernetes-preserve-unknown-fields']) return schema.type === 'object' ? 'any{}' : 'any';
    if (schema['x-kubernetes-int-or-string']) return this.#scalar(field, 'intOrString', schema);
    if (schema.type === 'array') return this.#list(field, schema);
    if (schema.type === 'object' && schema.additionalProperties) return this.#map(field, schema);
    if (schema.type === 'object') return this.#name(field, this.object(schema));
    if (schema.type) return this.#scalar(field, schema.type, schema);
    return 'any';
  }

  object(schema) {
    const fields = {};
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      fields[schema.required?.includes(name) ? `${name}!` : name] = this.expression(name, property);
    }
    return {
      fields,
      ...pick(schema, ['minProperties', 'maxProperties']),
      ...combinations(schema),
      ...defaults(schema),
    };
  }

  #list(field, schema) {
    const items = this.expression(field, schema.items);
    const rest = pick(schema, ['minItems', 'maxItems']);
    if (schema['x-kubernetes-list-type'] === 'set') rest.distinct = true;
    if (schema['x-kubernetes-list-map-keys']) rest.distinctBy = schema['x-kubernetes-list-map-keys'];
    return Object.keys(rest).length === 0 ? `${items}[]` : this.#name(field, { items, ...rest });
  }

  #map(field, schema) {
    const values = schema.additionalProperties === true ? 'any' : this.expression(field, schema.additionalProperties);
    const rest = pick(schema, ['minProperties', 'maxProperties']);
    return Object.keys(rest).length === 0 ? `${values}{}` : this.#name(field, { values, ...rest });
  }

  #scalar(field, primitive, schema) {
    const rest = pick(schema, LIMITS);
    if (schema.pattern) Object.assign(rest, javaScriptPattern(schema.pattern));
    if (FORMATS.has(schema.format)) rest.format = schema.format;
    // An int-or-string repeats its two types as anyOf.
    const { anyOf, ...withoutTypes } = schema;
    Object.assign(rest, combinations(primitive === 'intOrString' ? withoutTypes : schema));
    return Object.keys(rest).length === 0 ? primitive : this.#name(field, { is: primitive, ...rest });
  }

  #name(field, definition) {
    return this.#table.intern(`${this.#kind}.${field}`, definition);
  }
}

function combinations(schema) {
  const found = pick(schema, COMBINATIONS);
  refuseUnknownKeywords(found);
  return found;
}

function refuseUnknownKeywords(fragment) {
  for (const [keyword, value] of Object.entries(fragment)) {
    if (!JUDGED.has(keyword)) throw new Error(`schema/combination.ts cannot judge "${keyword}" yet: teach it first.`);
    const inner = keyword === 'properties' ? Object.values(value) : keyword === 'not' ? [value] : value;
    if (COMBINATIONS.includes(keyword) || keyword === 'properties') inner.forEach(refuseUnknownKeywords);
  }
}

/** A combination is judged after the API server has filled the defaults in, so that it needs them beside it. */
function defaults(schema) {
  if (!COMBINATIONS.some((keyword) => schema[keyword])) return {};
  const found = Object.entries(schema.properties ?? {}).filter(([, property]) => property.default !== undefined);
  return found.length === 0
    ? {}
    : { defaults: Object.fromEntries(found.map(([name, property]) => [name, property.default])) };
}

function pick(schema, keywords) {
  return Object.fromEntries(keywords.filter((keyword) => schema[keyword] !== undefined).map((k) => [k, schema[k]]));
}
