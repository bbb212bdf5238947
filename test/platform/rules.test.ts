import fs from 'node:fs';
import path from 'node:path';
import { App } from 'cdk8s';
import { Construct } from 'constructs';
import { checkAtSynth, type Rule } from '../../constructs/platform/rules';
import { problemsOf } from '../../synth/render';

const CONSTRUCTS = path.join(__dirname, '..', '..', 'constructs');
const idsByFile = fs
  .readdirSync(CONSTRUCTS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map(
    (file) =>
      [file, [...fs.readFileSync(path.join(CONSTRUCTS, file), 'utf8').matchAll(/^\s*id: '([^']+)',$/gm)]] as const,
  )
  .flatMap(([file, matches]) => matches.map(([, id]) => ({ file, id })));

describe('the ids of rules', () => {
  test('are in kebab case', () => {
    expect(idsByFile.length).toBeGreaterThan(20);
    expect(idsByFile.filter(({ id }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  test('are unique over the library: documentation and tests refer to them', () => {
    const repeated = idsByFile.filter(({ id, file }) =>
      idsByFile.some((other) => other.id === id && other.file !== file),
    );
    expect(repeated).toEqual([]);
  });
});

describe('a table of rules', () => {
  interface Subject {
    readonly name: string;
    readonly size: number;
  }
  const rules: readonly Rule<Subject>[] = [
    { id: 'small', broken: ({ size }) => size > 1, message: ({ name }) => `${name} is too large: write 1` },
    { id: 'named', broken: ({ name }) => name === '', message: () => 'the name is empty: write one' },
    { id: 'even', broken: ({ size }) => size % 2 === 1, message: ({ name }) => `${name} is odd: write 2` },
  ];
  const problems = (...subjects: Subject[]) => {
    const app = new App();
    for (const [index, subject] of subjects.entries()) {
      checkAtSynth(new Construct(app, `c${index}`), rules, () => subject);
    }
    return problemsOf(app);
  };

  test('gives every sentence at once, each with the path of its construct', () => {
    expect(problems({ name: 'a', size: 3 }, { name: '', size: 2 })).toEqual([
      '[c0] a is too large: write 1',
      '[c0] a is odd: write 2',
      '[c1]  is too large: write 1',
      '[c1] the name is empty: write one',
    ]);
  });

  test('says nothing of what is right', () => {
    expect(problems({ name: 'a', size: 0 })).toEqual([]);
  });

  test('looks as late as it can: what is declared afterwards counts', () => {
    const app = new App();
    let subject: Subject = { name: 'a', size: 3 };
    checkAtSynth(new Construct(app, 'c'), rules, () => subject);
    subject = { name: 'a', size: 0 };
    expect(problemsOf(app)).toEqual([]);
  });
});
