import type { Part } from './part';

/** One thing that the API server would refuse: the same row gives the error and the negative test. */
export interface ManifestRule {
  /** Stable name, unique over all sets, in kebab case. */
  readonly id: string;
  /** True when the part breaks the rule. */
  readonly broken: (part: Part, manifest: Part) => boolean;
  /** What is wrong and what to write instead, without the path. */
  readonly message: (part: Part, manifest: Part) => string;
}

/** Rules over the same parts of a manifest. */
export interface RuleSet {
  readonly rules: readonly ManifestRule[];
  /** The parts that the rules talk about; none when the manifest has no such thing. */
  readonly parts: (manifest: Part) => Part[];
}

/** The sentences of the rules that a manifest breaks, each with the path of its part. */
export function brokenRules({ rules, parts }: RuleSet, manifest: Part): string[] {
  return parts(manifest).flatMap((part) =>
    rules
      .filter((rule) => rule.broken(part, manifest))
      .map((rule) => (part === manifest ? '' : `${part.path}: `) + rule.message(part, manifest)),
  );
}

/** Values that stand more than once, each named once. */
export function repeated(values: readonly (string | undefined)[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const value of values) {
    if (value !== undefined) {
      (seen.has(value) ? again : seen).add(value);
    }
  }
  return [...again];
}

export function repeatedNames(parts: readonly Part[]): string[] {
  return repeated(parts.map((part) => part.text('name')));
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
