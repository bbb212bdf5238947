// Takes the files of .changeset/ into CHANGELOG.md and the next version, and writes that version wherever it stands: the
// services and the images have the version of the library. Needs Node 22.11 or newer, which changesets asks for.
//   node scripts/next-version.mjs
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const CHANGESETS = '@changesets/cli@3.0.3';
const root = path.resolve(import.meta.dirname, '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 11)) {
  console.error(
    `next-version: changesets needs Node 22.11 or newer, this is ${process.versions.node}: take a newer one.`,
  );
  process.exit(1);
}

const changes = fs.readdirSync(path.join(root, '.changeset')).filter((name) => /^(?!README).*\.md$/.test(name));
if (changes.length === 0) {
  console.error('next-version: there is no file in .changeset/, so there is nothing to release.');
  process.exit(1);
}

const manifest = json('package.json');
const { version: before, workspaces } = manifest;
// Changesets knows a root package only as one of the workspaces, and npm does not want it there.
write('package.json', { ...manifest, workspaces: ['.', ...workspaces] });
try {
  run('npx', '--yes', CHANGESETS, 'version');
} finally {
  write('package.json', { ...json('package.json'), workspaces });
}

const { version } = json('package.json');
for (const parent of ['services', 'images']) {
  for (const name of fs.readdirSync(path.join(root, parent))) {
    const own = path.join(parent, name, 'package.json');
    if (fs.existsSync(path.join(root, own)) && json(own).version) write(own, { ...json(own), version });
    replace(path.join(parent, name, 'Containerfile'), `ARG VERSION=${before}`, `ARG VERSION=${version}`);
  }
}
replace(path.join('constructs', 'version.ts'), `VERSION = '${before}'`, `VERSION = '${version}'`);
run('npm', 'install', '--package-lock-only');
run('npm', 'run', '--silent', 'synth');
run('npx', 'jest', '--updateSnapshot', ...testsWithImages());
console.log(
  `${before} → ${version}: look at CHANGELOG.md, dist/ and the snapshots, run the tests, commit, and tag the commit as v${version}.`,
);

/** The tests whose snapshots have an image of this repository in them. */
function testsWithImages() {
  const snapshots = path.join(root, '__snapshots__');
  return fs
    .readdirSync(snapshots, { recursive: true })
    .filter((name) => name.endsWith('.snap'))
    .filter((name) => fs.readFileSync(path.join(snapshots, name), 'utf8').includes(`ghcr.io/company/`))
    .map((name) => path.join('test', name.slice(0, -'.snap'.length)));
}

function json(file) {
  return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
}

function write(file, content) {
  fs.writeFileSync(path.join(root, file), `${JSON.stringify(content, null, 2)}\n`);
}

function replace(file, from, to) {
  const at = path.join(root, file);
  if (!fs.existsSync(at)) return;
  const text = fs.readFileSync(at, 'utf8');
  if (!text.includes(from))
    throw new Error(`${file} does not say "${from}": write the version there by hand, and here`);
  fs.writeFileSync(at, text.replaceAll(from, to));
}

function run(program, ...args) {
  console.log(`${program} ${args.join(' ')}`);
  execFileSync(program, args, { cwd: root, stdio: 'inherit' });
}
