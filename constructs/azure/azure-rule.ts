import { isWrong, mustBe, type NameForm } from '../platform/manifest-rules/name-forms';
import type { AzureEnvironmentProps } from './environment-props';

/**
 * One thing that can be wrong with an Azure environment and that `terraform validate` does not see. A row may find
 * several values wrong, each of which gets a sentence of its own.
 */
export interface AzureRule {
  /** Stable name, unique over the Azure half, in kebab case. */
  readonly id: string;
  /** What is wrong and what to write instead, each with the name of its prop; empty when all is right. */
  readonly sentences: (environment: AzureEnvironmentProps) => readonly string[];
}

/** A value and the prop that it stands in. */
export interface NamedValue {
  readonly prop: string;
  readonly value?: string;
}

/** A row for values that must have a form. */
export function formRule(
  id: string,
  form: NameForm,
  values: (environment: AzureEnvironmentProps) => readonly NamedValue[],
): AzureRule {
  return {
    id,
    sentences: (environment) =>
      values(environment)
        .filter(({ value }) => isWrong(value, form))
        .map(({ prop, value }) => `${prop}: ${mustBe(value, form)}`),
  };
}

/** A row for whole numbers between two others. */
export function boundsRule(
  id: string,
  [least, most, unit]: readonly [number, number, string],
  values: (environment: AzureEnvironmentProps) => readonly { readonly prop: string; readonly value?: number }[],
): AzureRule {
  return {
    id,
    sentences: (environment) =>
      values(environment)
        .filter(({ value }) => value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
        .map(({ prop, value }) => `${prop}: ${value} must be a whole number of ${unit} from ${least} to ${most}`),
  };
}

/** What stands in a list more than once. */
export function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
