import generated from './schema/props.generated.json';
import { typeErrors } from './schema/type-check';
import { type TypeDefinition, TypeTable } from './schema/type-table';

const TYPES = new TypeTable(generated.types as { readonly [name: string]: TypeDefinition });

/**
 * What does not fit in the props of this library: unknown keys, wrong types, missing and unlisted values. Each error is
 * a sentence that starts with the path inside the props, such as `replicas: expected a number, got the string "3"`.
 *
 * `struct` is the name of an exported props interface. One that the library does not export is not checked, so that
 * constructs of others can build on the bases of this one; `npm run schema` refuses such a name in our own constructs.
 */
export function propsErrors(struct: string, value: unknown): string[] {
  return TYPES.has(struct) ? typeErrors(TYPES.type(struct), value) : [];
}
