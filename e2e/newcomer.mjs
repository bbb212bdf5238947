// README.md from top to bottom, as somebody who has just cloned the repository pastes it: a fresh clone of HEAD in a
// temporary folder, every block of commands in its order, `kubectl` against a real API server.
//   node e2e/newcomer.mjs [--without-tests]      the tests take minutes, and are a step of CI of their own
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from './control-plane/cluster.mjs';

const root = path.resolve(import.meta.dirname, '..');
const withoutTests = process.argv.includes('--without-tests');
/** Of the tables only these: the others are steps of CI of their own, or need more than Node. */
const FROM_TABLES = /^npm run (lint|check|infra|demo)$/;
const SECONDS = 900;

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'newcomer-'));
const clone = path.join(work, 'clone');
const project = path.join(work, 'project');
const leftOut = [];
let failed = 0;
let passed = 0;

const cluster = await startCluster();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await cluster?.stop();
    fs.rmSync(work, { recursive: true, force: true });
    process.exit(1);
  });
}
const environment = {
  ...process.env,
  npm_config_prefer_offline: 'true',
  npm_config_loglevel: 'error',
  ...(cluster && { PATH: `${cluster.bin}:${process.env.PATH}`, KUBECONFIG: cluster.kubeconfig }),
};
try {
  execFileSync('git', ['clone', '--quiet', root, clone]);
  const commit = execFileSync('git', ['log', '-1', '--format=%h %s'], { cwd: clone, encoding: 'utf8' }).trim();
  console.log(`README.md of ${commit}`);
  const readme = fs.readFileSync(path.join(clone, 'README.md'), 'utf8');
  for (const { block, table } of commandsOf(readme)) await follow(block, table);
} finally {
  await cluster?.stop();
  fs.rmSync(work, { recursive: true, force: true });
}
console.log(`\n${passed} pasted, ${failed} failed, ${leftOut.length} left out`);
for (const line of leftOut) console.log(`  left out: ${line}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** The blocks of commands, and the commands in the first cells of tables, in the order of the page. */
function commandsOf(page) {
  const found = page.matchAll(/^```sh\n(?<block>[\s\S]*?)^```$|^\| (?<cell>`[^|]*`[^|]*) \|/gm);
  return [...found].flatMap(({ groups: { block, cell } }) => {
    if (block !== undefined) return [{ block, table: false }];
    const commands = [...cell.matchAll(/`((?:npm|npx|node|bash) [^`]+)`/g)];
    return commands.map(([, command]) => ({ block: command, table: true }));
  });
}

async function follow(block, table) {
  const name = block.trim().split('\n')[0].slice(0, 90);
  if (table && !FROM_TABLES.test(block)) return leaveOut(name, 'a check of its own');
  const missing = /^(?:sudo )?(docker|podman|kind|az|oc|helm|terraform)\b/m.exec(block);
  if (missing) return leaveOut(name, `needs ${missing[1]}`);
  if (/\bkubectl\b/.test(block) && !cluster) return leaveOut(name, 'no Go, so that no API server could be built');
  if (/^npx cdk8s-open-webui\b/m.test(block)) return paste(name, block, await emptyProject());
  if (/^npm run demo\b/m.test(block)) return demonstrate(name, block);
  const kept = withoutTests ? block.replaceAll(/^.*\bnpm test\b.*$/gm, '') : block;
  if (kept !== block) leaveOut('npm test', '--without-tests');
  if (kept.trim() !== '') await paste(name, kept, clone);
}

function leaveOut(name, why) {
  leftOut.push(`${name} (${why})`);
}

async function paste(name, block, cwd) {
  const begin = Date.now();
  const progress = setInterval(() => console.log(`      … ${name} (${seconds(begin)})`), 15_000);
  const { code, output } = await bash(block, cwd);
  clearInterval(progress);
  report(code === 0, name, begin, output);
}

function report(good, name, begin, output) {
  console.log(`${good ? 'ok   ' : 'WRONG'} ${name} (${seconds(begin)})`);
  if (good) passed++;
  else {
    failed++;
    console.log(output.split('\n').slice(-25).join('\n'));
  }
}

/** A shell that stops at the first command that fails, as a person would. */
function bash(script, cwd) {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], { cwd, env: environment, timeout: SECONDS * 1000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, output })));
}

/** The library's own section is about another project: one that has installed the package. */
async function emptyProject() {
  if (!fs.existsSync(project)) {
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }');
    fs.copyFileSync(path.join(clone, 'test/fixtures/values-production.seed.yaml'), path.join(project, 'values.yaml'));
    const packed = `npm run --silent build && npm pack --silent --pack-destination ${work}`;
    await paste('(npm pack, in the place of the registry)', packed, clone);
    const { peerDependencies, peerDependenciesMeta, devDependencies } = JSON.parse(
      fs.readFileSync(path.join(clone, 'package.json'), 'utf8'),
    );
    const peers = Object.keys(peerDependencies)
      .filter((name) => !peerDependenciesMeta[name]?.optional)
      .map((name) => `${name}@${devDependencies[name]}`);
    await paste('(npm install, into an empty project)', `npm install ${work}/*.tgz ${peers.join(' ')}`, project);
  }
  return project;
}

/** Starts what runs until Ctrl-C, pastes what it prints, and presses Ctrl-C. */
async function demonstrate(name, block) {
  const begin = Date.now();
  const child = spawn('bash', ['-c', block], { cwd: clone, env: environment, detached: true });
  const ended = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve(code === 0 || signal === 'SIGINT')),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  while (!output.includes('Ctrl-C') && child.exitCode === null && Date.now() - begin < SECONDS * 1000) await sleep(200);
  const printed = output.split('\n').filter((line) => /^(for|curl) /.test(line));
  for (const command of printed) await paste(command.slice(0, 60), command, clone);
  if (child.exitCode === null) process.kill(-child.pid, 'SIGINT');
  // npm ends by the signal itself; the program has said goodbye before.
  const well = (await ended) && /^Ended;/m.test(output);
  report(printed.length > 0 && well, `${name}, and Ctrl-C`, begin, output);
}

async function startCluster() {
  let bin;
  try {
    const script = path.join(root, '.ci/install-control-plane.sh');
    bin = execFileSync('bash', [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  } catch {
    return undefined;
  }
  // The cluster keeps its files to itself, in a folder of the temporary one.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = path.join(work, 'cluster');
  fs.mkdirSync(process.env.TMPDIR);
  const started = new Cluster(bin);
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await started.start();
  const [folder] = fs.readdirSync(path.join(work, 'cluster'));
  return { bin, kubeconfig: path.join(work, 'cluster', folder, 'kubeconfig'), stop: () => started.stop() };
}

function seconds(begin) {
  return `${((Date.now() - begin) / 1000).toFixed(0)} s`;
}
