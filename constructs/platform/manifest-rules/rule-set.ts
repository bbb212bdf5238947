import type { Manifest } from './manifest';
import type { Part } from './part';

/** One thing that the API server would refuse: the same row gives the error and the negative test. */
export interface ManifestRule {
  /** Stable name, unique over all sets, in kebab case. */
  readonly id: string;
  /** True when the part breaks the rule. */
  readonly broken: (part: Part, manifest: Manifest) => boolean;
  /** What is wrong and what to write instead, without the path. */
  readonly message: (part: Part, manifest: Manifest) => string;
}

/** Rules over the same parts of a manifest. */
export interface RuleSet {
  /** The kinds that the rules are about; every kind when left out. */
  readonly kinds?: readonly string[];
  /** The parts that the rules talk about; those that are absent are passed over. */
  readonly parts: (manifest: Manifest) => readonly Part[];
  readonly rules: readonly ManifestRule[];
}

/** The sentences of the rules that a manifest breaks, each with the path of its part. */
export function brokenRules({ rules, parts }: RuleSet, manifest: Manifest): string[] {
  const errors: string[] = [];
  for (const part of parts(manifest)) {
    if (!part.given) {
      continue;
    }
    for (const rule of rules) {
      if (rule.broken(part, manifest)) {
        errors.push((part === manifest ? '' : `${part.path}: `) + rule.message(part, manifest));
      }
    }
  }
  return errors;
}

const NONE: readonly string[] = [];

/** Values that stand more than once, each named once. */
export function repeated(values: readonly string[]): readonly string[] {
  if (values.length < 2) {
    return NONE;
  }
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const value of values) {
    (seen.has(value) ? again : seen).add(value);
  }
  return [...again];
}

/** The fields of a part that are given, out of those of which exactly one must be. */
export function givenOf(part: Part, names: readonly string[]): string[] {
  return names.filter((name) => part.has(name));
}

/** `has httpGet and exec; give exactly one of exec, httpGet, tcpSocket` */
export function exactlyOne(part: Part, names: readonly string[]): string {
  const given = givenOf(part, names);
  return `${given.length === 0 ? 'has none' : `has ${given.join(' and ')}`}; give exactly one of ${names.join(', ')}`;
}
