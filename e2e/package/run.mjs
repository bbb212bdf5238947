// Installs the packed library into an empty project and synthesizes the README's example from it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const LARGEST_BYTES = 1_000_000;
const { peerDependencies, peerDependenciesMeta, devDependencies } = readJson('package.json');

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'package-'));
try {
  npm(root, 'run', '--silent', 'build');
  const [{ filename, size, files }] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', work));
  check(size < LARGEST_BYTES, `the package has ${size} bytes, below ${LARGEST_BYTES}`);
  const strays = files
    .map((file) => file.path)
    .filter((file) => !/^(lib|node_modules)\/|^[A-Z]+(\.md)?$|^package\.json$/.test(file));
  check(strays.length === 0, `the package has nothing but the library${strays.map((file) => ` (${file})`)}`);

  const peers = Object.keys(peerDependencies)
    .filter((name) => !peerDependenciesMeta[name]?.optional)
    .map((name) => `${name}@${devDependencies[name]}`);
  fs.writeFileSync(path.join(work, 'package.json'), '{ "private": true }');
  npm(work, 'install', '--no-audit', '--no-fund', path.join(work, filename), ...peers);
  check(!fs.existsSync(path.join(work, 'node_modules', 'cdktf')), 'neither cdktf nor a cloud provider comes with it');

  const [, example] =
    /## The library\n[\s\S]*?```ts\n([\s\S]*?)```/.exec(fs.readFileSync(path.join(root, 'README.md'), 'utf8')) ?? [];
  fs.writeFileSync(path.join(work, 'app.ts'), example);
  synthesize('app');
  const yaml = fs.readFileSync(path.join(work, 'dist', 'assistant.k8s.yaml'), 'utf8');
  check(/kind: Deployment[\s\S]*name: open-webui/.test(yaml), "the README's example renders Open WebUI");

  for (const example of fs.readdirSync(path.join(root, 'examples'))) {
    const name = path.basename(example, '.ts');
    fs.rmSync(path.join(work, 'dist'), { recursive: true });
    fs.copyFileSync(path.join(root, 'examples', example), path.join(work, example));
    synthesize(name);
    check(fs.readdirSync(path.join(work, 'dist')).length === 1, `the example ${name} renders`);
  }

  fs.rmSync(path.join(work, 'dist'), { recursive: true });
  const values = path.join(root, 'test', 'fixtures', 'values-production.seed.yaml');
  npm(work, 'exec', '--no', '--', 'cdk8s-open-webui', 'values', values, '--typescript', 'values.ts');
  synthesize('values');
  const rendered = fs.readdirSync(path.join(work, 'dist')).sort();
  check(
    rendered.some((name) => name.includes('open-webui-release')),
    `the seed's Helm values render (${rendered.length} files)`,
  );
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** Checks the types of an app in the empty project, and runs it. */
function synthesize(name) {
  const bin = path.join(root, 'node_modules', '.bin');
  const types = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'Node16', '--types', 'node'];
  const inProject = { cwd: work, stdio: 'inherit' };
  execFileSync(
    path.join(bin, 'tsc'),
    [...types, '--typeRoots', path.join(root, 'node_modules/@types'), `${name}.ts`],
    inProject,
  );
  execFileSync(
    path.join(bin, 'esbuild'),
    [`${name}.ts`, '--log-level=warning', '--format=cjs', `--outfile=${name}.js`],
    inProject,
  );
  execFileSync(process.execPath, [`${name}.js`], inProject);
}

function npm(cwd, ...args) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function readJson(file) {
  return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
}

function check(holds, what) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) process.exitCode = 1;
}
