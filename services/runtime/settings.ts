import { FileSecret, FixedSecret, type SecretSource } from './secret-source';
import type { SettingForm } from './setting-forms';

interface Described {
  /** Name of the environment variable. */
  readonly name: string;
  /** One sentence or less, for `--help`. Unit included. */
  readonly meaning: string;
}

/** A variable without which the program does not start. */
export interface RequiredVariable<T> extends Described {
  readonly parse: SettingForm<T>;
  readonly required: true;
}

/** A variable with a default, written as one would write it in the environment. */
export interface DefaultedVariable<T> extends Described {
  readonly parse: SettingForm<T>;
  readonly default: string;
}

/** A variable that may be absent; its value is then `undefined`. */
export interface OptionalVariable<T> extends Described {
  readonly parse: SettingForm<T>;
}

/**
 * A secret: the text in `<NAME>`, or a file named by `<NAME>_FILE`, which is read again when it changes.
 * A file that is missing or empty is an error when the secret is required, and no error otherwise.
 */
export interface SecretVariable extends Described {
  readonly secret: true;
  readonly required?: true;
  /** Checked at the start; a fault never quotes the value. */
  readonly parse?: SettingForm<string>;
}

export type Variable =
  | RequiredVariable<unknown>
  | DefaultedVariable<unknown>
  | OptionalVariable<unknown>
  | SecretVariable;

/** The variables of a program by the names that the code uses. */
export interface SettingsTable {
  readonly [key: string]: Variable;
}

type ValueOf<V> = V extends { readonly secret: true }
  ? V extends { readonly required: true }
    ? SecretSource
    : SecretSource | undefined
  : V extends { readonly parse: SettingForm<infer T> }
    ? V extends { readonly required: true } | { readonly default: string }
      ? T
      : T | undefined
    : never;

/**
 * The values of a table. A secret is a live `SecretSource`; an optional one is `undefined` only when neither the
 * variable nor its `_FILE` is set, so that a file that is still missing counts as configured.
 */
export type Settings<Table> = { readonly [Key in keyof Table]: ValueOf<Table[Key]> };

/** What a program refuses to start with: one sentence for each fault. */
export class ConfigurationError extends Error {
  constructor(public readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** A part of the environment, as `process.env` has it. */
export interface Environment {
  readonly [name: string]: string | undefined;
}

/**
 * Reads every variable of the table. An empty text counts as not set.
 * Error: `ConfigurationError` with the faults of all variables.
 */
export function readSettings<Table extends SettingsTable>(table: Table, env: Environment): Settings<Table> {
  const faults: string[] = [];
  const values: { [key: string]: unknown } = {};
  for (const [key, variable] of Object.entries(table)) {
    values[key] = 'secret' in variable ? readSecret(variable, env, faults) : readValue(variable, env, faults);
  }
  if (faults.length === 0) return values as Settings<Table>;
  for (const value of Object.values(values)) if (value instanceof FileSecret) value.close();
  throw new ConfigurationError(faults);
}

function readValue(
  variable: RequiredVariable<unknown> | DefaultedVariable<unknown> | OptionalVariable<unknown>,
  env: Environment,
  faults: string[],
): unknown {
  const given = env[variable.name] || ('default' in variable ? variable.default : undefined);
  if (given === undefined) {
    if ('required' in variable) faults.push(`${variable.name} is not set: write ${variable.parse.form}`);
    return undefined;
  }
  const value = variable.parse.read(given);
  if (value === undefined) faults.push(`${variable.name} is ${JSON.stringify(given)}: write ${variable.parse.form}`);
  return value;
}

function readSecret(variable: SecretVariable, env: Environment, faults: string[]): SecretSource | undefined {
  const { name, parse, required } = variable;
  const given = env[name];
  const path = env[`${name}_FILE`];
  if (given && path) {
    faults.push(`${name} and ${name}_FILE are both set: give the secret in one of them`);
    return undefined;
  }
  if (!given && !path) {
    if (required) faults.push(`${name} is not set: give the secret in it, or the path of a file in ${name}_FILE`);
    return undefined;
  }
  const source = path ? new FileSecret(path, { keepLast: required === true }) : new FixedSecret(given ?? '');
  const value = source.value();
  if (value === undefined) {
    if (required) faults.push(`${name}_FILE: ${path} is missing, empty or not readable: mount the secret there`);
  } else if (parse && parse.read(value) === undefined) {
    faults.push(`${path ? `${name}_FILE: the content` : name} does not have its form: write ${parse.form}`);
  }
  return source;
}

/** Every variable with its default and meaning, one paragraph each, in the order of the table. */
export function helpText(table: SettingsTable): string {
  const lines = Object.values(table).map((variable) => {
    const form = variable.parse ? ` Form: ${variable.parse.form}.` : '';
    return `  ${headingOf(variable)}\n      ${variable.meaning}${form}`;
  });
  return `${lines.join('\n')}\n`;
}

function headingOf(variable: Variable): string {
  const name = 'secret' in variable ? `${variable.name} or ${variable.name}_FILE` : variable.name;
  if ('required' in variable) return `${name} (required)`;
  return 'default' in variable ? `${name} (default: ${variable.default})` : `${name} (not set)`;
}
