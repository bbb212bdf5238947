import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';

// Making a database takes seconds, and more on a busy machine.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'claude-service-embedded-'));
let found: {
  settings: object;
  types: object[];
  codes: string[];
  together: number;
  flushed: number;
  unflushed: number;
  grown: number[];
  kept: number;
  dead: { dead: number }[];
};
beforeAll(() => {
  const program = join(folder, 'program.js');
  buildSync({
    entryPoints: [join(__dirname, 'embedded-program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'bundleUrl' },
  });
  const pglite = dirname(require.resolve('@electric-sql/pglite'));
  for (const file of ['pglite.wasm', 'pglite.data', 'initdb.wasm'])
    copyFileSync(join(pglite, file), join(folder, file));
  found = JSON.parse(execFileSync(process.execPath, [program, join(folder, 'database')], { encoding: 'utf8' }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a commit is on the disk when it is answered, unless the statement says that it need not be', () => {
  expect(found.settings).toEqual({ fsync: 'on', method: 'fsync', buffers: '16MB' });
  expect(found.flushed).toBeGreaterThan(0);
  expect(found.unflushed).toBe(0);
});

test('values come as the server’s driver gives them', () => {
  expect(found.types).toEqual([
    { whole: 7, number: 0.5, yes: true, text: 'ä\n"', nothing: null, time: '2026-11-21T09:30:00.000Z' },
  ]);
});

test('a failed statement has its code, can fail again, and leaves the others alone', () => {
  expect(found.codes).toEqual(['23505', '23505', '42703']);
  expect(found.together).toBe(20);
});

test('its log does not grow for ever, and dead rows are cleared away', () => {
  expect(found.kept).toBeLessThan(found.grown.reduce((sum, count) => sum + count, 0));
  expect(Math.max(...found.grown)).toBeLessThanOrEqual(found.grown[0] * 2 + 1);
  expect(found.dead[0].dead).toBeLessThan(1000);
});
