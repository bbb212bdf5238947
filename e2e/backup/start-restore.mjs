import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../control-plane/cluster.mjs';

// The commands of the runbooks that start a suspended job and tell it something, with a real API server and its
// controllers: a Job's template may change only in a few fields, and only before it has run.
// Usage: node e2e/backup/start-restore.mjs <folder of the control plane's programs, as .ci/install-control-plane.sh prints it>

const root = resolve(import.meta.dirname, '../..');
const RUNBOOKS = ['docs/backup-and-restore.md', 'docs/move-to-phase-2.md'];
/** The release of jobs.ts, which the runbooks have as a variable. */
const RELEASE = 'openwebui';
const count = { passed: 0, failed: 0 };

const ANEW = String.raw`delete job -l (\S+) --ignore-not-found\n\s*kubectl apply -f \S+-backup\S+\n\s*kubectl -n \S+ `;
const PATCH = String.raw`patch "\$\(kubectl -n \S+ get job -l (\S+)=(\S+) -o name\)" \\\n\s*-p '([^']+)'`;

/** What a runbook says: which jobs, by their label, are patched with what, and which are made anew before. */
function patches() {
  return RUNBOOKS.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8').replaceAll('$release', RELEASE);
    return [...text.matchAll(new RegExp(`(?:${ANEW})?${PATCH}`, 'g'))].map(([, anew, label, value, patch]) => ({
      anew,
      label,
      value,
      patch,
    }));
  });
}

function check(what, problem) {
  count[problem ? 'failed' : 'passed'] += 1;
  process.stdout.write(`${problem ? 'WRONG' : 'ok   '} ${what}${problem ? `: ${problem}` : ''}\n`);
}

/** Leaves a job of another version beside this one, and does what the runbook does before it looks for its one job. */
async function makeAnew(cluster, manifests, { anew, label, value }, { metadata, spec }) {
  const { name, namespace, labels } = metadata;
  const template = { metadata: { labels }, spec: spec.template.spec };
  const older = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: `${name}-older`, labels } };
  const made = await cluster.kubectl(
    ['create', `--namespace=${namespace}`, '-f', '-'],
    JSON.stringify({ ...older, spec: { suspend: true, template } }),
  );
  await cluster.kubectl(['delete', 'job', '-l', anew, '--ignore-not-found', `--namespace=${namespace}`]);
  await cluster.kubectl(['apply', '-f', manifests]);
  const found = await cluster.kubectl([
    'get',
    'job',
    '-l',
    `${label}=${value}`,
    '-o',
    'name',
    `--namespace=${namespace}`,
  ]);
  const only = made.code === 0 && found.stdout === `job.batch/${name}\n`;
  check(
    `${value} is the one job that the runbook finds, also after an upgrade`,
    only ? '' : made.stderr + found.stdout,
  );
}

async function startedPod(cluster, job, annotations) {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const pods = await cluster.list('pods');
    const pod = pods.find(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === job);
    if (pod) {
      const wrong = Object.entries(annotations).filter(([key, value]) => pod.metadata.annotations?.[key] !== value);
      return wrong.map(([key]) => `its pod does not have ${key}`).join(', ');
    }
    await sleep(250);
  }
  return 'no pod was created';
}

const folder = mkdtempSync(join(tmpdir(), 'start-restore-'));
const cluster = new Cluster(process.argv[2]);
try {
  const program = join(folder, 'jobs.js');
  execFileSync(
    join(root, 'node_modules/.bin/esbuild'),
    [
      join(import.meta.dirname, 'jobs.ts'),
      '--bundle',
      '--platform=node',
      '--log-level=warning',
      `--outfile=${program}`,
    ],
    { stdio: 'inherit' },
  );
  const manifests = join(folder, 'jobs.yaml');
  execFileSync(process.execPath, [program, manifests], { stdio: 'inherit' });
  await cluster.start();
  const applied = await cluster.kubectl(['apply', '-f', manifests]);
  check('the jobs are taken, suspended', applied.code === 0 ? '' : applied.stderr);
  const jobs = await cluster.list('jobs');
  const known = patches();
  check('the runbooks start jobs', known.length >= 4 ? '' : `${known.length} commands were found`);
  for (const { anew, label, value, patch } of known) {
    const job = jobs.find(({ metadata }) => metadata.labels?.[label] === value);
    // The jobs of the copy between namespaces are told nothing.
    if (!job && value.startsWith('data-') && !patch.includes('annotations')) continue;
    const title = `${value} is started with ${patch}`;
    if (!job) {
      check(title, 'there is no such job');
      continue;
    }
    const { name, namespace } = job.metadata;
    if (value.endsWith('-restore')) check(`${value} is made anew first`, anew ? '' : 'an older version has one too');
    // Two runbooks may start the same job: each starts a new one.
    if (anew) await makeAnew(cluster, manifests, { anew, label, value }, job);
    else await cluster.kubectl(['replace', '--force', '-f', manifests]);
    const { code, stderr } = await cluster.kubectl(['patch', `job/${name}`, `--namespace=${namespace}`, '-p', patch]);
    const annotations = JSON.parse(patch).spec.template?.metadata.annotations ?? {};
    check(title, code === 0 ? await startedPod(cluster, name, annotations) : stderr);
    if (code === 0) {
      const again = await cluster.kubectl([
        'patch',
        `job/${name}`,
        `--namespace=${namespace}`,
        '-p',
        '{"spec":{"template":{"metadata":{"annotations":{"late":"true"}}}}}',
      ]);
      check(`${value} cannot be told otherwise once it runs`, again.code === 0 ? 'the patch was taken' : '');
    }
  }
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`);
process.exitCode = count.failed > 0 ? 1 : 0;
