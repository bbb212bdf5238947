import type { Construct } from 'constructs';
import { propsErrors } from './props-schema';

/** Refuses unknown keys and wrong types in props, all at once. Types alone do not: data may come from JSON. */
export function checkProps(scope: Construct, struct: string, props: unknown): void {
  const errors = propsErrors(struct, props);
  if (errors.length > 0) {
    throw new Error(errors.map((error) => `[${scope.node.path}] ${error}`).join('\n'));
  }
}
