import fs from 'node:fs';
import path from 'node:path';
import { formErrors } from '../../constructs/azure/environment-form';
import { environmentSentences } from '../../constructs/azure/environment-rules';
import { rich, small } from './samples';

const CONSTRUCTS = path.join(__dirname, '..', '..', 'constructs');
const read = (file: string) => fs.readFileSync(path.join(CONSTRUCTS, file), 'utf8');

/** The fields of the interfaces of a file, in the words of the table; `!` when they must be given. */
function declared(file: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [, name, base = '', body] of read(file).matchAll(
    /^export interface (\w+)(?: extends (\w+))? \{\n([\s\S]*?)^\}/gm,
  )) {
    const own = [...body.matchAll(/^ {2}readonly (\w+)(\??):/gm)].map(([, field, mark]) =>
      mark ? field : `${field}!`,
    );
    found.set(name, [...(found.get(base) ?? []), ...own].sort());
  }
  return found;
}

describe('the form of an Azure environment', () => {
  const table = read('azure/environment-form.ts');
  const files = fs.readdirSync(path.join(CONSTRUCTS, 'azure')).filter((file) => file.endsWith('-props.ts'));

  test.each([...files.map((file) => `azure/${file}`), 'slo/objective.ts'])('is what %s declares', (file) => {
    for (const [name, fields] of declared(file)) {
      const [, line = 'nothing'] = new RegExp(`^ {2}${name}: \\{\\s*fields:\\s*'([^']*)'`, 'm').exec(table) ?? [];
      expect([
        name,
        line
          .split(' ')
          .map((field) => field.split(':')[0])
          .sort(),
      ]).toEqual([name, fields]);
    }
  });

  test.each([small, rich])('fits $name', (environment) => {
    expect(formErrors(environment)).toEqual([]);
  });

  test('says what is unknown, missing or of another type, before any rule', () => {
    const { keyVault: _, ...rest } = small;
    const environment = { ...rest, database: { ...small.database, geoRedundantBackups: true, storageGib: '128' } };
    expect(environmentSentences(environment as never)).toEqual([
      'database.geoRedundantBackups: unknown key; did you mean geoRedundantBackup?',
      'database.storageGib: expected a number, got the string "128"',
      'keyVault: missing; it must be given',
    ]);
  });
});
