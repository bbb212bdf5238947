import type { Construct } from 'constructs';
import { isWrong, mustBe, type NameForm } from './manifest-rules/name-forms';
import { propsErrors } from './props-schema';

/** Refuses unknown keys and wrong types in props, all at once. Types alone do not: data may come from JSON. */
export function checkProps(scope: Construct, struct: string, props: unknown): void {
  const errors = propsErrors(struct, props);
  if (errors.length > 0) {
    throw new Error(errors.map((error) => `[${scope.node.path}] ${error}`).join('\n'));
  }
}

/**
 * Refuses the same in the options of a factory, whose product stands nowhere in the tree yet.
 * @param factory name that begins the sentences, for example `Platform.aks`
 */
export function checkOptions(factory: string, struct: string, options: unknown): void {
  const errors = propsErrors(struct, options);
  if (errors.length > 0) {
    throw new Error(errors.map((error) => `${factory}: ${error}`).join('\n'));
  }
}

/**
 * Refuses a name in the words of its prop. At once: every object takes the name, and each would report it in words of
 * its own.
 */
export function checkName(scope: Construct, prop: string, name: string, form: NameForm): void {
  if (isWrong(name, form)) {
    throw new Error(`[${scope.node.path}] ${prop}: ${mustBe(name, form)}`);
  }
}
