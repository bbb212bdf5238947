import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Cluster } from './cluster.mjs';
import { neededDefinitions, readManifests } from './manifests.mjs';
import { missingReferences } from './references.mjs';
import { missingPods, missingPodsAtMaximum, startCronJobs } from './workloads.mjs';

const root = resolve(import.meta.dirname, '../..');
const [bin, ...names] = process.argv.slice(2);
const CONFLICT_ADVICE = /^Please review the fields above[\s\S]*?#conflicts$/gm;
// The API marks this field "replace", so kubectl sends it each time and says "configured"; the server changes nothing
// (source: k8s.io/api/policy/v1, PodDisruptionBudgetSpec.Selector).
const ONLY_A_SELECTOR = /^\{"spec":\{"selector":\{"matchLabels":\{[^{}]*\}\}\}\}$/;
const count = { passed: 0, failed: 0, skipped: 0 };
let running;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, async () => {
    await running?.stop();
    process.exit(130);
  });
}

const folders = (names.length > 0 ? names : renderedEnvironments()).map((name) =>
  name.includes('/') ? resolve(name) : join(root, 'dist', name),
);
if (folders.length === 0)
  record('dist', 'FAIL', 'there is an environment to apply', ['dist/ is empty: run npm run synth']);
for (const folder of folders) await checkEnvironment(folder);
process.stdout.write(
  `${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}\n`,
);
process.exitCode = count.failed > 0 ? 1 : 0;

function renderedEnvironments() {
  const dist = join(root, 'dist');
  if (!existsSync(dist)) return [];
  // The folders of GitOps tools hold nothing of a workspace: they go where the tool is.
  return readdirSync(dist, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('gitops-'))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** Every environment gets a cluster of its own: two may hold the same namespace. */
async function checkEnvironment(folder) {
  const environment = basename(folder);
  const check = async (what, run) => {
    const problems = await run().catch((error) => [error.message]);
    record(environment, problems.length > 0 ? 'FAIL' : 'ok', what, problems);
    return problems.length === 0;
  };
  if (!existsSync(folder)) {
    record(environment, 'FAIL', 'the environment is rendered', [`there is no folder ${folder}: run npm run synth`]);
    return;
  }
  const cluster = new Cluster(bin);
  running = cluster;
  try {
    say(environment, 'starting etcd, kube-apiserver and kube-controller-manager');
    if (await check('the control plane starts', () => cluster.start().then(() => []))) {
      await checkObjects(cluster, folder, environment, check);
    }
  } finally {
    await cluster.stop();
    running = undefined;
  }
}

async function checkObjects(cluster, folder, environment, check) {
  let objects = [];
  const readable = await check('its files are YAML', async () => {
    objects = readManifests(folder);
    return [];
  });
  if (!readable) return;
  await check('the custom resource definitions it uses are taken', () => installDefinitions(cluster, objects));

  say(environment, `applying ${objects.length} objects`);
  let applied = [];
  const created = await check(`kubectl apply -f creates all ${objects.length} objects, without a warning`, async () => {
    const result = await cluster.kubectl(['apply', '--filename', folder, '--warnings-as-errors']);
    applied = lines(result.stdout);
    const problems = failed(result);
    if (problems.length > 0 || applied.length === objects.length) return problems;
    return [`${objects.length} objects are in the files, ${applied.length} were created`];
  });
  // What follows would only repeat the refusals of the first apply.
  if (!created) return;

  const unchanged = applied.map((line) => line.replace(/ \S+$/, ' unchanged'));
  await check('a second kubectl apply -f leaves every object unchanged', () =>
    changes(cluster, ['apply', '--filename', folder], unchanged),
  );
  if (existsSync(join(folder, 'Kustomization'))) {
    await check('kubectl apply -k has the same objects, unchanged', () =>
      changes(cluster, ['apply', '--kustomize', folder], unchanged),
    );
  }

  for (const namespace of namespacesOfOthers(folder)) {
    await check(`what belongs into the namespace ${namespace} is taken where that exists`, async () => {
      const made = failed(await cluster.kubectl(['create', 'namespace', namespace]));
      const files = join(folder, namespace);
      return made.length > 0
        ? made
        : failed(await cluster.kubectl(['apply', '--filename', files, '--warnings-as-errors']));
    });
  }

  const secrets = await applySecrets(cluster, folder, environment, check);
  const complete = await check('the controllers create every pod', async () => {
    await startCronJobs(cluster);
    return missingPods(cluster);
  });
  const kinds = ['ConfigMap', 'PersistentVolumeClaim', ...(secrets ? ['Secret'] : [])];
  await check(`every ${kinds.join(', ')} that a pod refers to exists`, () => missingReferences(cluster, kinds));

  if (!complete) return;
  say(environment, 'growing the autoscaled Deployments to their maximum and rolling all at once');
  await check('the quota holds every pod at the maximum, in a rolling update', () => missingPodsAtMaximum(cluster));
  await check('kubectl apply --server-side then has no conflict', async () =>
    failed(await cluster.kubectl(['apply', '--server-side', '--filename', folder, '--warnings-as-errors'])),
  );
}

/** An environment's folder of another name holds what a person applies to that namespace. */
function namespacesOfOthers(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'Kustomization')))
    .map((entry) => entry.name);
}

async function installDefinitions(cluster, objects) {
  const definitions = neededDefinitions(join(root, 'imports/crds'), objects);
  if (definitions.length === 0) return [];
  // Created, not applied: an applied object carries a copy of itself as an annotation, and these are too large for one.
  const problems = failed(
    await cluster.kubectl(
      ['create', '--filename=-'],
      definitions.map((definition) => JSON.stringify(definition)).join('\n'),
    ),
  );
  if (problems.length > 0) return problems;
  const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);
  return failed(await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...names]));
}

/** The development Secrets of an environment; a folder outside dist/ may bring its own as secrets/*.yaml. */
async function applySecrets(cluster, folder, environment, check) {
  const own = join(folder, 'secrets');
  if (existsSync(own)) {
    return check('its Secrets are taken', async () => failed(await cluster.kubectl(['apply', '--filename', own])));
  }
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (!scripts.secrets || folder !== join(root, 'dist', environment)) {
    record(environment, 'skip', 'its development Secrets: there is no npm run secrets for it', []);
    return false;
  }
  return check('the development Secrets of npm run secrets are taken', async () => {
    const args = ['run', '--silent', 'secrets', '--', environment];
    const secrets = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    if (secrets.trim() === '') return [];
    return failed(await cluster.kubectl(['apply', '--filename=-', '--warnings-as-errors'], secrets));
  });
}

async function changes(cluster, args, unchanged) {
  const result = await cluster.kubectl([...args, '--v=9']);
  if (result.code !== 0) return failed(await cluster.kubectl(args));
  const seen = lines(result.stdout).map((line) =>
    line.replace(/^(poddisruptionbudget\S+) configured$/, '$1 unchanged'),
  );
  const names = seen.map((line) => line.split(' ')[0]);
  return [
    ...seen.filter((line) => !unchanged.includes(line)),
    ...unchanged.filter((line) => !names.includes(line.split(' ')[0])).map((line) => `missing: ${line}`),
    ...patches(result.stderr),
  ];
}

/**
 * What kubectl sends again although no file changed: empty lists, which the server drops, and lists that it completed
 * with defaults. Left out or written out in the manifest, they are no difference any more.
 */
function patches(log) {
  const sent = /"Request Body" body=("\{(?:\\.|[^"\\])*")\n.*\n.* -XPATCH .*'https?:\/\/[^/]+([^?']+)/g;
  return (
    [...log.matchAll(sent)]
      .map(([, body, path]) => ({ body: JSON.parse(body), path }))
      .filter(({ body, path }) => !(path.includes('/poddisruptionbudgets/') && ONLY_A_SELECTOR.test(body)))
      // The orders of lists come with every patch and are no difference.
      .map(({ body, path }) => `sent again to ${path}: ${body.replace(/"\$setElementOrder\/\w+":\[[^\]]*\],?/g, '')}`)
  );
}

function failed({ code, stdout, stderr }) {
  if (code === 0) return [];
  const problems = lines(stderr.replace(CONFLICT_ADVICE, ''));
  return problems.length > 0 ? problems : [`exit code ${code}`, ...lines(stdout)];
}

function lines(text) {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function say(environment, text) {
  process.stdout.write(`[${environment}]      ${text}\n`);
}

function record(environment, outcome, what, problems) {
  count[{ ok: 'passed', FAIL: 'failed', skip: 'skipped' }[outcome]] += 1;
  process.stdout.write(`[${environment}] ${outcome.padEnd(4)} ${what}\n`);
  for (const problem of problems) process.stdout.write(`              ${problem}\n`);
}
