// Compiles the public API with jsii, which refuses what other languages could not use, and writes
// constructs/platform/schema/props.generated.json and docs/api.md from the API description that jsii makes.
//   node scripts/generate-props-schema.mjs           rewrites the file
//   node scripts/generate-props-schema.mjs --check   fails when the committed file is stale or the API is not clean
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiReference } from './api-reference.mjs';
import { addStructs } from './schema-from-api.mjs';
import { TypeTable } from './type-table.mjs';
import { writeOrCheck } from './write-or-check.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const output = path.join(root, 'constructs', 'platform', 'schema', 'props.generated.json');
const sources = ['constructs', 'imports'];
/** An entry point of its own, on packages that this API does not know. */
const azure = path.join(root, 'constructs', 'azure');

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'public-api-'));
try {
  copySources();
  if (compiles()) {
    const assembly = JSON.parse(fs.readFileSync(path.join(work, '.jsii'), 'utf8'));
    const table = new TypeTable();
    // The compiled library is loaded for the values of its enums, which the API description leaves out.
    addStructs(table, assembly, createRequire(path.join(work, 'package.json')));
    refuseUnexported(table);
    writeOrCheck(output, table.toText(), 'npm run schema');
    writeOrCheck(path.join(root, 'docs', 'api.md'), apiReference(assembly), 'npm run schema');
  } else {
    console.error('The public API is not one that jsii can offer to other languages: see above.');
    process.exitCode = 1;
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** jsii writes next to what it compiles, so it gets a copy of its own. */
function copySources() {
  for (const folder of sources) {
    fs.cpSync(path.join(root, folder), path.join(work, folder), {
      recursive: true,
      filter: (file) => !file.endsWith('.yaml') && !file.endsWith('.md') && file !== azure,
    });
  }
  if (!fs.existsSync(path.join(work, path.relative(root, output)))) {
    fs.writeFileSync(path.join(work, path.relative(root, output)), '{"types": {}}');
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(work, 'node_modules'));
  fs.writeFileSync(path.join(work, 'README.md'), '');
  fs.writeFileSync(path.join(work, 'package.json'), JSON.stringify(packageForJsii()));
}

function packageForJsii() {
  const { name, version, description, license, author, peerDependencies, devDependencies } = JSON.parse(
    fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const installed = Object.entries(peerDependencies).filter(([peer]) =>
    fs.existsSync(path.join(root, 'node_modules', peer, '.jsii')),
  );
  return {
    name,
    version,
    description,
    license,
    author,
    repository: { type: 'git', url: '.' },
    main: 'constructs/index.js',
    types: 'constructs/index.d.ts',
    peerDependencies: Object.fromEntries(installed),
    devDependencies,
    jsii: { outdir: 'dist', targets: {} },
  };
}

function compiles() {
  const nodeVersion = process.versions.node.split('.')[0];
  const { status, stdout, stderr } = spawnSync(
    path.join(root, 'node_modules', '.bin', 'jsii'),
    // A field may be called `namespace` or `from`: the languages that reserve the word get another name by themselves.
    ['--silence-warnings', 'reserved-word'],
    {
      cwd: work,
      encoding: 'utf8',
      // What jsii thinks of the age of this Node is not about the API.
      env: {
        ...process.env,
        JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: nodeVersion,
        JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1',
        JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
      },
    },
  );
  if (status !== 0) console.error(stdout + stderr);
  return status === 0;
}

/** A struct that a construct checks its props against has to be in the table, or nothing would be checked. */
function refuseUnexported(table) {
  for (const file of fs.readdirSync(path.join(root, 'constructs'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const text = fs.readFileSync(path.join(root, 'constructs', file), 'utf8');
    for (const [, name] of text.matchAll(/(?:checkProps\([^)]*?,|propsStruct:)\s*'(\w+)'/g)) {
      if (table.has(name)) continue;
      console.error(`constructs/${file} checks props against ${name}, which constructs/index.ts does not export.`);
      process.exitCode = 1;
    }
  }
}
