// Bundles the service into dist/main.js. The embedded database's files stand beside it: it looks for them there.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
/** Where to write; `dist` unless the first argument says otherwise. */
const dist = resolve(process.argv[2] ?? join(here, 'dist'));
const database = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'));

await mkdir(dist, { recursive: true });
const options = {
  absWorkingDir: here,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};
const { metafile } = await build({
  ...options,
  metafile: true,
  entryPoints: ['src/main.ts'],
  outfile: join(dist, 'main.js'),
  // The output is CommonJS, in which modules have no URL of their own.
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'bundleUrl' },
  // Parts that are optional and not installed.
  external: ['pg-native', '@anthropic-ai/claude-agent-sdk'],
});
await writeFile(join(dist, 'bundle.json'), JSON.stringify(metafile));
// The test tool that is published beside it.
await build({ ...options, entryPoints: ['fake-anthropic/cli.ts'], outfile: join(dist, 'fake-anthropic.js') });
for (const file of ['pglite.wasm', 'pglite.data', 'initdb.wasm'])
  await copyFile(join(database, file), join(dist, file));
