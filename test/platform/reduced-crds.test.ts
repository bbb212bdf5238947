import fs from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';

// The CRDs of Argo CD are huge: imports/crds has the fields that are rendered, as they stand in the whole ones. What
// the reduced schema takes, the whole one must take too.

const REDUCED = path.join(__dirname, '..', '..', 'imports', 'crds');
const WHOLE = path.join(__dirname, ...['..', '..', '..', 'shared', 'crds']);
const FILES = ['argoproj.io_applications.yaml', 'argoproj.io_applicationsets.yaml', 'argoproj.io_appprojects.yaml'];

interface Schema {
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly required?: readonly string[];
}

function schemaOf(folder: string, file: string): Schema {
  // biome-ignore lint/suspicious/noExplicitAny: a CRD has no type here
  const crd: any = load(fs.readFileSync(path.join(folder, file), 'utf8'));
  return crd.spec.versions.find(({ storage }: { storage: boolean }) => storage).schema.openAPIV3Schema;
}

/** Where a reduced schema says something that the whole one does not, or forgets what must be given. */
function differences(reduced: Schema, whole: Schema | undefined, at: string): string[] {
  if (whole === undefined) {
    return [`${at}: not in the whole schema`];
  }
  const { properties: ours = {}, items, required = [], ...rest } = reduced;
  const { properties: theirs = {}, items: theirItems, required: theirRequired = [], ...theirRest } = whole;
  const same = JSON.stringify(Object.entries(rest).sort()) === JSON.stringify(Object.entries(theirRest).sort());
  return [
    ...(same ? [] : [`${at}: another type`]),
    ...theirRequired.filter((name) => !required.includes(name)).map((name) => `${at}.${name}: must be given`),
    ...Object.entries(ours).flatMap(([name, schema]) => differences(schema, theirs[name], `${at}.${name}`)),
    ...(items ? differences(items, theirItems, `${at}[]`) : []),
  ];
}

if (fs.existsSync(WHOLE)) {
  it.each(FILES)('a reduced CRD takes nothing that the whole one refuses: %s', (file) => {
    expect(differences(schemaOf(REDUCED, file), schemaOf(WHOLE, file), '')).toEqual([]);
  });
} else {
  it.each(FILES)('NOT compared with the whole one, shared/crds is not beside this clone: %s', (file) => {
    process.stderr.write(`${file} was not compared: ${path.relative('', WHOLE)} is not there.\n`);
    expect(Object.keys(schemaOf(REDUCED, file).properties ?? {})).toContain('spec');
  });
}

it('notices a difference', () => {
  const whole: Schema = { properties: { a: {}, b: {} }, required: ['b'] };
  expect(differences({ properties: { c: {} } }, whole, '')).toEqual([
    '.b: must be given',
    '.c: not in the whole schema',
  ]);
});
