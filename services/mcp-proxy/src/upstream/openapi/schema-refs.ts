import { isObject } from '../../protocol/json-rpc';
import type { JsonObject } from '../upstream';

/** A schema that grows beyond this when its references are written out is no use to a model. */
const MAX_NODES = 5_000;

/** The schema cannot be written out: it refers to another document, to nothing, or to far too much. */
export class UnusableSchema extends Error {}

/**
 * A copy of a part of an OpenAPI document with its references replaced by what they name. Only references within the
 * document are followed: any other would be a request to a place that the document chose. A schema that contains itself
 * ends in "anything" where it would begin again.
 */
export function withoutRefs(document: JsonObject, part: unknown): unknown {
  let nodes = 0;
  const open = new Set<string>();
  const copy = (node: unknown): unknown => {
    nodes += 1;
    if (nodes > MAX_NODES) throw new UnusableSchema('too large');
    if (Array.isArray(node)) return node.map(copy);
    if (!isObject(node)) return node;
    const { $ref: reference } = node;
    if (typeof reference !== 'string') return mapped(node, copy);
    if (open.has(reference)) return {};
    open.add(reference);
    const target = copy(lookUp(document, reference));
    open.delete(reference);
    return target;
  };
  return copy(part);
}

function mapped(node: JsonObject, copy: (child: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, copy(child)]));
}

function lookUp(document: JsonObject, reference: string): unknown {
  if (!reference.startsWith('#/')) throw new UnusableSchema('refers to another document');
  let node: unknown = document;
  for (const step of reference.slice(2).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isObject(node) || !Object.hasOwn(node, key)) throw new UnusableSchema('refers to nothing');
    node = node[key];
  }
  return node;
}
