import type { Construct } from 'constructs';

/**
 * One thing that can be wrong with a set-up: the same row gives the error, the line in the documentation and the
 * negative test.
 */
export interface Rule<T> {
  /** Stable name, unique over the library, in kebab case. */
  readonly id: string;
  /** True when the subject breaks the rule. */
  readonly broken: (subject: T) => boolean;
  /** What is wrong and what to write instead, as a sentence. */
  readonly message: (subject: T) => string;
}

/** Checks the table at synth, so that all errors of all constructs appear together. */
export function checkAtSynth<T>(scope: Construct, rules: readonly Rule<T>[], subject: () => T): void {
  scope.node.addValidation({
    validate: () => {
      const seen = subject();
      return rules.filter((rule) => rule.broken(seen)).map((rule) => rule.message(seen));
    },
  });
}
