import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
/** An import or a re-export that is there at run time, and what it is from. */
const FROM = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s+)?'([^']+)'/gm;

function file(from: string, specifier: string): string {
  const base = path.join(path.dirname(from), specifier);
  const found = [base, `${base}.ts`, path.join(base, 'index.ts')].find(
    (name) => fs.existsSync(name) && fs.statSync(name).isFile(),
  );
  if (found === undefined) throw new Error(`${from} imports ${specifier}, which is not there`);
  return found;
}

/** The packages and the files that a file loads, through all that it imports. */
function loaded(entry: string): { readonly packages: string[]; readonly files: string[] } {
  const [packages, files, open] = [new Set<string>(), new Set<string>(), [path.join(ROOT, entry)]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (files.has(next)) continue;
    files.add(next);
    for (const [, specifier] of next.endsWith('.json') ? [] : fs.readFileSync(next, 'utf8').matchAll(FROM)) {
      if (specifier.startsWith('.')) open.push(file(next, specifier));
      else packages.add(specifier);
    }
  }
  return { packages: [...packages], files: [...files].map((name) => path.relative(ROOT, name)) };
}

describe('what is loaded', () => {
  test('by the Azure half: CDKTF and single resources, nothing that renders manifests', () => {
    const { packages } = loaded('constructs/azure/index.ts');
    expect(
      packages.filter(
        (name) => !/^(cdktf|constructs|node:\w+|@cdktf\/provider-azure(rm|ad)\/lib\/[a-z0-9-]+)$/.test(name),
      ),
    ).toEqual([]);
    expect(packages).toContain('cdktf');
  });

  test('by the library: nothing of the Azure half', () => {
    const { packages, files } = loaded('constructs/index.ts');
    expect(packages.filter((name) => name.includes('cdktf'))).toEqual([]);
    expect(files.filter((name) => name.startsWith('constructs/azure/'))).toEqual([]);
    expect(packages).toContain('cdk8s');
  });

  test.each(['environments/azure/index.ts', 'constructs/azure/environment-rules.ts', 'constructs/slo/burn-rate.ts'])(
    'by %s: no package, so that both halves may read it',
    (entry) => {
      expect(loaded(entry).packages.filter((name) => !name.startsWith('node:'))).toEqual([]);
    },
  );
});
