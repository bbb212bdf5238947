import type { k8s } from 'cdk8s-plus-30';
import type { SecretKey } from './secrets';

interface Entry {
  readonly variable: k8s.EnvVar;
  /** True where a person may say otherwise through `extraEnv`. */
  readonly replaceable: boolean;
}

/**
 * The environment of one container, in the order of declaration: `$(NAME)` expands only what stands earlier.
 * Every name stands once, because Kubernetes would silently take the last of two.
 */
export class EnvironmentVariables {
  private readonly entries: Map<string, Entry>;
  private readonly late: ((env: EnvironmentVariables) => void)[] = [];
  private readonly twice: string[] = [];
  private readonly extras = new Map<string, k8s.EnvVar>();

  constructor(entries: ReadonlyMap<string, Entry> = new Map()) {
    this.entries = new Map(entries);
  }

  /** Sets a value that the construct is sure of. Error: the name is set already. */
  public set(name: string, value: string): void {
    this.add({ name, value }, false);
  }

  /** Sets several values that the construct is sure of. */
  public setAll(values: { [name: string]: string }): void {
    for (const [name, value] of Object.entries(values)) {
      this.set(name, value);
    }
  }

  /** Sets values that `extraEnv` may replace. */
  public setDefaults(values: { [name: string]: string }): void {
    for (const [name, value] of Object.entries(values)) {
      this.add({ name, value }, true);
    }
  }

  /** Takes the value from a Secret. Error: the name is set already. */
  public setSecret(name: string, key: SecretKey): void {
    this.add(key.toEnvVar(name), false);
  }

  /** Takes the value from a field of the pod, for example `metadata.name`. Error: the name is set already. */
  public setField(name: string, fieldPath: string): void {
    this.add({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } }, false);
  }

  /** Settles variables that depend on what is declared later; run at every look, on a copy of what was set. */
  public setLate(settle: (env: EnvironmentVariables) => void): void {
    this.late.push(settle);
  }

  /** Adds what a person wrote by hand; a clash with the construct's own settings is a problem reported at synth. */
  public addExtra(variable: k8s.EnvVar): void {
    if (this.extras.has(variable.name)) {
      this.twice.push(variable.name);
    }
    this.extras.set(variable.name, variable);
  }

  /** The names that were set by hand twice: as a value and from a Secret. */
  public get setTwice(): string[] {
    return [...this.twice];
  }

  public has(name: string): boolean {
    return this.settled.has(name) || this.extras.has(name);
  }

  /** The plain value of a variable; undefined when it is unset or comes from elsewhere. */
  public value(name: string): string | undefined {
    return (this.extras.get(name) ?? this.settled.get(name)?.variable)?.value;
  }

  /** The names that were set by hand although the construct sets them itself. */
  public get clashes(): string[] {
    const { settled } = this;
    return [...this.extras.keys()].filter((name) => settled.get(name)?.replaceable === false);
  }

  public render(): k8s.EnvVar[] {
    const { settled } = this;
    const own = [...settled.values()].map(({ variable }) => this.extras.get(variable.name) ?? variable);
    return [...own, ...[...this.extras.values()].filter(({ name }) => !settled.has(name))].map(withoutEmptyValue);
  }

  // Kept, it would lack what is declared after the first look.
  private get settled(): ReadonlyMap<string, Entry> {
    const all = new EnvironmentVariables(this.entries);
    for (const settle of this.late) {
      settle(all);
    }
    return all.entries;
  }

  private add(variable: k8s.EnvVar, replaceable: boolean): void {
    if (this.entries.has(variable.name)) {
      throw new Error(`the environment variable ${variable.name} is set twice by the construct`);
    }
    this.entries.set(variable.name, { variable, replaceable });
  }
}

/** The API server drops an empty value, which is the default, and every apply would find a difference. */
function withoutEmptyValue(variable: k8s.EnvVar): k8s.EnvVar {
  return variable.value === '' ? { name: variable.name } : variable;
}
