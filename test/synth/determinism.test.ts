import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

function treeOf(folder: string): { [file: string]: string } {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      .map((file) => [path.relative(folder, file), fs.readFileSync(file, 'utf8')]),
  );
}

describe('the same input gives the same bytes', () => {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'determinism-'));
  const program = path.join(work, 'main.js');
  const run = (name: string, cwd: string, env: NodeJS.ProcessEnv) => {
    const out = path.join(work, name);
    execFileSync(process.execPath, [program, '--out', out], { cwd, env: { ...process.env, ...env }, stdio: 'pipe' });
    return treeOf(out);
  };

  beforeAll(() => {
    execFileSync(
      path.join(ROOT, 'node_modules', '.bin', 'esbuild'),
      ['main.ts', '--bundle', '--platform=node', '--target=node20', `--outfile=${program}`],
      { cwd: ROOT, stdio: 'pipe' },
    );
  });
  afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

  test('in a second run, another time zone, another locale and another working directory', () => {
    const first = run('first', ROOT, { TZ: 'UTC', LANG: 'C' });
    expect(Object.keys(first).length).toBeGreaterThan(20);
    expect(run('second', ROOT, { TZ: 'UTC', LANG: 'C' })).toEqual(first);
    expect(
      run('elsewhere', os.tmpdir(), { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }),
    ).toEqual(first);
  });
});
