import fs from 'node:fs';
import path from 'node:path';
import type { Construct } from 'constructs';
import { render, type Surroundings } from './render';

/** One rule, and a set-up that breaks it and nothing else. */
export interface BrokenRule {
  readonly rule: string;
  /** What the set-up is, for the title. */
  readonly when: string;
  readonly declare: (scope: Construct) => unknown;
  readonly surroundings?: Surroundings;
  /** The whole sentence, without the path of the construct. */
  readonly sentence: string;
  /** Sentences that cannot but come with it. @default - none */
  readonly alongside?: readonly string[];
}

const PATH = /^\[[^\]]*\] /;

/** The check of the objects may say the same once more in its own words; it has tests of its own. */
function isOfConstruct(problem: string): boolean {
  return !/^\[[^\]]*\] [A-Z][A-Za-z]+ [a-z0-9.-]+: [a-z]/.test(problem);
}

/** The rules of a file of the library, read from its text, so that a new row without a case is noticed. */
export function ruleIds(file: string): string[] {
  const text = fs.readFileSync(path.join(__dirname, '..', file), 'utf8');
  return [...text.matchAll(/^\s*id: '([^']+)'/gm)].map(([, id]) => id);
}

/** Declares the tests of a file's rules: each is broken at least once, alone, and none is left out. */
export function describeRules(file: string, cases: readonly BrokenRule[]): void {
  describe(`the rules of ${file}`, () => {
    test('are all broken below', () => {
      expect([...new Set(cases.map(({ rule }) => rule))].sort()).toEqual([...ruleIds(file)].sort());
    });

    test.each(cases.map((broken) => [broken.rule, broken.when, broken] as const))('%s: %s', (_rule, _when, broken) => {
      const { problems } = render(broken.declare, broken.surroundings);
      const sentences = problems.filter(isOfConstruct).map((problem) => problem.replace(PATH, ''));
      expect(sentences.sort()).toEqual([broken.sentence, ...(broken.alongside ?? [])].sort());
    });
  });
}
