// Writes imports/<group>.ts from imports/crds/*.yaml with `cdk8s import`.
//   node scripts/import-crds.mjs           rewrites imports/*.ts
//   node scripts/import-crds.mjs --check   fails when a committed file is stale
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const importsFolder = path.join(root, 'imports');
const crdsFolder = path.join(importsFolder, 'crds');
const check = process.argv.includes('--check');

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'import-crds-'));
try {
  for (const [group, files] of filesByGroup()) {
    // `cdk8s import` overwrites its output, so that the kinds of one group must come in one file.
    const source = path.join(work, `${group}.yaml`);
    fs.writeFileSync(source, files.map((file) => fs.readFileSync(path.join(crdsFolder, file), 'utf8')).join('---\n'));
    execFileSync(
      path.join(root, 'node_modules', '.bin', 'cdk8s'),
      // The upgrade check would be the only network access of this script.
      ['import', '--check-upgrade=false', '--no-save', '--language', 'typescript', '--output', work, source],
      { cwd: work, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' } },
    );
  }
  const generated = typeScriptFiles(work);
  const committed = typeScriptFiles(importsFolder);
  if (check) {
    const stale = [...new Set([...generated, ...committed])].filter((file) => !sameContent(file)).sort();
    if (stale.length > 0) {
      console.error(
        `${stale.map((file) => `imports/${file}`).join(', ')}: not what imports/crds/ gives; run npm run import.`,
      );
      process.exitCode = 1;
    }
  } else {
    for (const file of committed) fs.rmSync(path.join(importsFolder, file));
    for (const file of generated) fs.copyFileSync(path.join(work, file), path.join(importsFolder, file));
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** The file names carry the group: `<group>_<plural>.yaml`, as controller-gen names them. */
function filesByGroup() {
  const groups = new Map();
  for (const file of fs.readdirSync(crdsFolder).sort()) {
    if (!file.endsWith('.yaml')) continue;
    const group = file.slice(0, file.indexOf('_'));
    groups.set(group, [...(groups.get(group) ?? []), file]);
  }
  return groups;
}

function typeScriptFiles(folder) {
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort();
}

function sameContent(file) {
  const [before, after] = [path.join(importsFolder, file), path.join(work, file)];
  return fs.existsSync(before) && fs.existsSync(after) && fs.readFileSync(before).equals(fs.readFileSync(after));
}
