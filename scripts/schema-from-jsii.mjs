// The core kinds, out of the API description that cdk8s-plus-30 ships: every type and property there carries its real
// name in `docs.custom.schema` (clusterIP, where the TypeScript property is clusterIp).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { constraints, coreClasses, required } from './core-kinds.mjs';

const require = createRequire(import.meta.url);
const { types: assembly } = JSON.parse(fs.readFileSync(require.resolve('cdk8s-plus-30/.jsii'), 'utf8'));
const { k8s } = require('cdk8s-plus-30');
const PREFIX = 'cdk8s-plus-30.k8s.';
const PRIMITIVES = { string: 'string', number: 'integer', boolean: 'boolean', any: 'any', date: 'date' };

export function addCoreKinds(table) {
  const facts = new Facts();
  const names = shortNames();
  const roots = new Set(coreClasses.map((name) => `${PREFIX}${name}Props`));
  for (const [fqn, name] of names) {
    const own = fields(table, fqn, names, facts);
    table.define(name, { fields: roots.has(fqn) ? rootFields(own) : own });
  }
  for (const name of coreClasses) {
    const { apiVersion, kind } = k8s[name].GVK;
    table.addKind(apiVersion, kind, names.get(`${PREFIX}${name}Props`));
  }
  facts.refuseUnused();
}

/** Every struct that the kinds reach, with the last part of its name, or all of it where two share that part. */
function shortNames() {
  const reached = new Set();
  const visit = (fqn) => {
    if (reached.has(fqn)) return;
    reached.add(fqn);
    for (const property of assembly[fqn].properties ?? []) {
      const reference = referencedStruct(property.type);
      if (reference) visit(reference);
    }
  };
  for (const name of coreClasses) visit(`${PREFIX}${name}Props`);
  const last = (fqn) => schemaName(fqn).split('.').pop();
  const count = {};
  for (const fqn of reached) count[last(fqn)] = (count[last(fqn)] ?? 0) + 1;
  return new Map([...reached].map((fqn) => [fqn, count[last(fqn)] > 1 ? schemaName(fqn) : last(fqn)]));
}

/**
 * The two words every object starts with are no props in cdk8s-plus. A claim inside a StatefulSet goes without them,
 * and for a whole object they are asked for before its type is known. No object is taken without metadata.
 */
function rootFields({ metadata, 'metadata!': given, ...rest }) {
  return { apiVersion: 'string', kind: 'string', 'metadata!': given ?? metadata, ...rest };
}

function fields(table, fqn, names, facts) {
  const result = {};
  for (const property of assembly[fqn].properties ?? []) {
    const name = property.docs.custom.schema.split('#')[1];
    const id = `${schemaName(fqn)}#${name}`;
    const mustBeGiven = !property.optional || facts.isRequired(id);
    const constraint = facts.constraint(id);
    result[mustBeGiven ? `${name}!` : name] = expression(property.type, names, (primitive) =>
      constraint ? table.intern(`${names.get(fqn)}.${name}`, { is: primitive, ...constraint }) : primitive,
    );
  }
  return result;
}

/** `[]` and `{}` follow the element they hold; a constraint belongs to the innermost element. */
function expression(type, names, constrained) {
  if (type.collection) {
    const suffix = type.collection.kind === 'array' ? '[]' : '{}';
    return expression(type.collection.elementtype, names, constrained) + suffix;
  }
  if (type.primitive) return constrained(PRIMITIVES[type.primitive]);
  if (type.fqn === `${PREFIX}Quantity`) return 'quantity';
  if (type.fqn === `${PREFIX}IntOrString`) return 'intOrString';
  return names.get(type.fqn);
}

function referencedStruct(type) {
  if (type.collection) return referencedStruct(type.collection.elementtype);
  return type.fqn && assembly[type.fqn].kind === 'interface' ? type.fqn : undefined;
}

/** `core.v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`. */
function schemaName(fqn) {
  return assembly[fqn].docs.custom.schema.replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis)\./, '');
}

/** What core-kinds.mjs says beyond the assembly; every line of it must meet a field, or it is a misspelling. */
class Facts {
  #unused = new Set([...Object.keys(constraints), ...required]);

  isRequired(id) {
    this.#unused.delete(id);
    return required.includes(id);
  }

  constraint(id) {
    this.#unused.delete(id);
    return constraints[id];
  }

  refuseUnused() {
    if (this.#unused.size > 0) {
      throw new Error(`core-kinds.mjs names fields that no core kind has: ${[...this.#unused].join(', ')}`);
    }
  }
}
