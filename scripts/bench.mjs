// Ratios within one run, never times alone: `npm run bench`. Exit code 1 when one is over its limit.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const RUNS = 15;
/** As package.json starts them: a run this short gains nothing from optimized code, garbage collection or threads. */
const FLAGS = ['--no-opt', '--single-threaded', '--no-incremental-marking', '--max-semi-space-size=64'];
const LIMITS = {
  synthOverRequire: 2.5,
  memoryMiB: 200,
  infraOverRequire: 2,
  infraMemoryMiB: 150,
  doubling: 2.6,
  configMapBytes: 1_048_576,
};

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
let failed = 0;
try {
  const dist = path.join(work, 'dist');
  const require30 = ['-e', "require('cdk8s-plus-30')"];
  const synth = [...FLAGS, bundle('main.ts'), '--out', dist];

  const [base, app] = medians([require30, synth]);
  const command = median(
    () => execFileSync('npm', ['run', 'synth', '--', '--out', dist], { cwd: root, stdio: 'ignore' }),
    5,
  );
  report('synth of all environments, over require(cdk8s-plus-30)', app / base, LIMITS.synthOverRequire, '×');
  console.log(`      ${base.toFixed(0)} ms, ${app.toFixed(0)} ms; \`npm run synth\`: ${command.toFixed(0)} ms`);
  report('memory of the synth', peakMemory(synth), LIMITS.memoryMiB, 'MiB');

  const infra = [...FLAGS, bundle('infra.ts'), '--out', path.join(work, 'cdktf.out')];
  const [imports, stacks] = medians([['-e', requireInfra()], infra]);
  report(
    'Terraform of all environments, over require(cdktf) and its imports',
    stacks / imports,
    LIMITS.infraOverRequire,
    '×',
  );
  console.log(`      ${imports.toFixed(0)} ms, ${stacks.toFixed(0)} ms`);
  report('memory of it', peakMemory(infra), LIMITS.infraMemoryMiB, 'MiB');

  const sizes = [2_500, 5_000, 10_000, 20_000];
  const tenantsBench = bundle('scripts/tenants-bench.ts');
  const runs = sizes.map((count) => ({ count, ...tenants(tenantsBench, count) }));
  for (const [index, run] of runs.entries()) {
    const ratio = index === 0 ? undefined : run.milliseconds / runs[index - 1].milliseconds;
    console.log(`      ${run.count} tenants: ${run.milliseconds.toFixed(0)} ms, ${run.configMaps} ConfigMaps`);
    if (ratio) report(`${run.count} tenants over ${runs[index - 1].count}`, ratio, LIMITS.doubling, '×');
  }
  report('largest ConfigMap', Math.max(...runs.map(({ largest }) => largest)), LIMITS.configMapBytes, 'bytes');
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

/** Loads cdktf and each module of a provider that the Azure half imports. */
function requireInfra() {
  const folder = path.join(root, 'constructs', 'azure');
  const files = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  const modules = files.flatMap((text) => text.match(/@cdktf\/provider-[a-z]+\/lib\/[a-z0-9-]+/g) ?? []);
  return ['cdktf', ...new Set(modules)].map((name) => `require('${name}');`).join('');
}

/** Medians of several commands, run in turn so that a slow moment of the machine meets all of them. */
function medians(commands) {
  const times = commands.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    commands.forEach((args, index) => {
      times[index].push(milliseconds(() => execFileSync(process.execPath, args, { cwd: root, stdio: 'ignore' })));
    });
  }
  return times.map(middle);
}

function median(action, runs) {
  return middle(Array.from({ length: runs }, () => milliseconds(action)));
}

function middle(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

function milliseconds(action) {
  const start = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Largest resident set of a Node process, as the kernel counted it. Unit: MiB. */
function peakMemory(args) {
  const reporter = path.join(work, 'memory.cjs');
  fs.writeFileSync(reporter, "process.on('exit', () => console.error(process.resourceUsage().maxRSS));\n");
  const { stderr, status } = spawnSync(process.execPath, ['--require', reporter, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stderr.trim().split('\n').pop()) / 1024;
}

function tenants(file, count) {
  const output = execFileSync(process.execPath, [file, String(count)], { encoding: 'utf8' });
  return JSON.parse(output);
}

function report(title, value, limit, unit) {
  const ok = value <= limit;
  if (!ok) failed++;
  console.log(
    `${ok ? 'ok   ' : 'OVER '} ${title}: ${unit === 'bytes' ? value : value.toFixed(2)} ${unit} (limit ${limit})`,
  );
}
