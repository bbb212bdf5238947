import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LiveEnvironment } from './live-environment.mjs';
import { controlPlane } from './programs.mjs';
import { bundleVerify } from './verify-command.mjs';

// What `npm run verify` asks a real API server on a good day, and what it is answered, for the tests in test/verify/:
//   node e2e/control-plane/record-verify.mjs
const recordings = resolve(import.meta.dirname, '../../test/verify/recorded');
const environments = ['phase2-kind', 'aks-production'];
/** Long texts, and objects like many others, say nothing about the checks. */
const LONGEST_TEXT = 3000;
const ENOUGH = /^(litellm-hosts|pipelines|otlp|dashboard)|database-|restore/;
const LEFT_OUT = ['ServiceAccount', 'PriorityClass', 'PodMonitor', 'LimitRange', 'ReplicaSet'];

const work = mkdtempSync(join(tmpdir(), 'record-verify-'));
try {
  const verify = await bundleVerify(work);
  const bin = controlPlane();
  mkdirSync(recordings, { recursive: true });
  for (const environment of environments) await record(environment, bin, verify);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function record(environment, bin, verify) {
  const live = new LiveEnvironment(bin, environment, (text) => process.stdout.write(`[${environment}] ${text}\n`));
  const answers = {};
  const proxy = createServer(async ({ url }, response) => {
    const answer = await live.api.get(url).catch((error) => ({ refused: error.message }));
    if (!answer.refused) answers[url] = answer;
    response.writeHead(answer.refused ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  try {
    await live.apply();
    await live.bringToLife();
    await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
    const kubeconfig = join(work, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigOf(proxy.address().port));
    await verify([environment, '--kubeconfig', kubeconfig, '--report', join(work, 'report.md')]);
    const rendered = live.objects.filter(isKept);
    const names = new Set(rendered.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const kinds = new Set(live.objects.map(({ kind }) => kind));
    const trimmed = Object.entries(answers).map(([url, answer]) => [url, trim(answer, kinds, names)]);
    const file = join(recordings, `${environment}.generated.json`);
    const recorded = { at: new Date().toISOString(), rendered, answers: Object.fromEntries(trimmed) };
    writeFileSync(file, `${JSON.stringify(recorded)}\n`);
    process.stdout.write(`[${environment}] ${trimmed.length} answers written to ${file}\n`);
  } finally {
    proxy.close();
    await live.stop();
  }
}

function kubeconfigOf(port) {
  const clusters = [
    { name: 'real', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
  ];
  const contexts = [{ name: 'real', context: { cluster: 'real', user: 'nobody' } }];
  return JSON.stringify({ clusters, contexts, users: [{ name: 'nobody', user: {} }], 'current-context': 'real' });
}

function isKept({ kind, metadata, data = {} }) {
  return (
    !LEFT_OUT.includes(kind) &&
    !ENOUGH.test(metadata.name) &&
    Object.values(data).every((text) => text.length <= LONGEST_TEXT)
  );
}

function trim(answer, kinds, names) {
  if (answer.kind === 'APIResourceList') {
    return { resources: answer.resources.map(({ name, kind, namespaced }) => ({ name, kind, namespaced })) };
  }
  if (!answer.items) return answer.metadata ? trimObject(answer) : answer;
  const kind = answer.kind.replace(/List$/, '');
  const isTold = ({ name }) =>
    kind === 'Secret' || (kinds.has(kind) ? names.has(`${kind} ${name}`) : !ENOUGH.test(name));
  const items = answer.items.filter(({ metadata }) => isTold(metadata));
  return { items: items.map(trimObject) };
}

/** Secret values never leave; a certificate is public. */
function trimObject({ apiVersion: _, kind: __, metadata, data, ...rest }) {
  const { managedFields: ___, resourceVersion: ____, uid: _____, annotations = {}, ...kept } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': ______, ...ours } = annotations;
  const isSecret = rest.type !== undefined;
  const entries = Object.entries(data ?? {}).map(([key, value]) => [
    key,
    isSecret && key !== 'tls.crt' ? Buffer.from('recorded').toString('base64') : value,
  ]);
  return {
    metadata: { ...kept, annotations: ours },
    ...rest,
    ...(data ? { data: Object.fromEntries(entries) } : {}),
  };
}
