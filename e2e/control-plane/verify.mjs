import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LiveEnvironment } from './live-environment.mjs';
import { buildKubelet, controlPlane, startKubelet } from './programs.mjs';
import { StandInPrograms } from './stand-in-programs.mjs';
import { bundleVerify } from './verify-command.mjs';

// `npm run verify` against a real API server with its controllers, for which a stand-in plays the nodes: the kubelet's
// own code serves exec and port-forward, and behind the gateway's port is the real gateway.
//   node e2e/control-plane/verify.mjs [environment …]
/** What must be rendered for a theme to have something to complain of. */
const SUBJECTS = {
  migrations: ({ kind, spec }) => kind === 'Job' && !spec.suspend,
  certificates: ({ kind }) => kind === 'Gateway',
  autoscaling: ({ kind }) => kind === 'HorizontalPodAutoscaler',
  disruption: ({ kind }) => kind === 'PodDisruptionBudget',
};
const ILL = 'secrets volumes pods migrations services edge certificates autoscaling disruption';
const environments =
  process.argv.length > 2 ? process.argv.slice(2) : ['phase2-kind', 'phase2-openshift', 'aks-production'];
const work = mkdtempSync(join(tmpdir(), 'verify-'));
const toStop = [];
let [passed, failed] = [0, 0];

const interrupted = async () => {
  await stopAll();
  rmSync(work, { recursive: true, force: true });
  process.exit(130);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupted);
// Whoever read along has gone, as head does.
process.stdout.on('error', interrupted);

try {
  const verify = await bundleVerify(work);
  say('verify', 'building the control plane and the stand-in for a kubelet, where they are not yet');
  const bin = controlPlane();
  const kubelet = buildKubelet(work);
  await withoutCluster(verify);
  for (const environment of environments) {
    await lookAt(environment, verify, bin, kubelet);
    await stopAll();
  }
} finally {
  await stopAll();
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

async function withoutCluster(verify) {
  const kubeconfig = join(work, 'nowhere');
  const clusters = [{ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }];
  const contexts = [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }];
  const users = [{ name: 'nobody', user: {} }];
  writeFileSync(kubeconfig, JSON.stringify({ clusters, contexts, users, 'current-context': 'nowhere' }));
  const none = await verify([environments[0], '--kubeconfig', kubeconfig]);
  const sentence = /^No cluster can be reached: .*ECONNREFUSED.*\n$/.test(none.stderr);
  record('verify', none.code === 2 && sentence, 'no cluster: one sentence, exit 2', none.stderr);
  const other = await verify([environments[0], '--kubeconfig', kubeconfig, '--context', 'prod']);
  const known = other.stderr === 'There is no context prod in the kubeconfig: there are nowhere.\n';
  record('verify', other.code === 2 && known, 'an unknown context: the known ones, exit 2', other.stderr);
}

async function lookAt(environment, verify, bin, kubelet) {
  const live = new LiveEnvironment(bin, environment, (text) => say(environment, text));
  toStop.push(() => live.stop());
  const report = join(work, `${environment}.md`);
  const run = (...args) => verify([environment, '--kubeconfig', live.kubeconfig, '--report', report, ...args]);
  const check = (what, { code, stdout, stderr }, exit, ...patterns) => {
    const missing = patterns.filter((pattern) => !pattern.test(stdout));
    const details = [`exit ${code}`, ...missing.map(String), stdout, stderr].join('\n');
    record(environment, code === exit && missing.length === 0, what, details);
  };

  await live.apply();
  const fresh = await run();
  check('where nothing runs, verify fails', fresh, 1, /pods are ready; .*: no node has taken it/);
  const themes = themeCounts(fresh.stdout);
  const those = (state) =>
    Object.keys(themes)
      .filter((theme) => themes[theme][state] > 0)
      .join(' ');
  const expected = ILL.split(' ')
    .filter((theme) => live.objects.some(SUBJECTS[theme] ?? (() => true)))
    .join(' ');
  record(environment, those('failed') === expected, `… in ${expected}`, those('failed'));
  const closed = live.objects.some(({ data }) => data?.['tenants.json']) ? ' isolation' : '';
  const dark = `migrations health front-door network${closed}`;
  record(environment, those('unchecked') === dark, `… and cannot check ${dark}`, those('unchecked'));

  const programs = await StandInPrograms.start(live, join(work, 'programs'));
  toStop.push(() => programs.stop());
  const node = await startKubelet(kubelet, programs.ports, programs.folder);
  toStop.push(() => node.stop());
  await live.bringToLife(node.port);
  const inReach = Object.keys(themes).filter((theme) => !['network', 'front-door'].includes(theme));
  const good = await run('--only', inReach.join(','));
  const all = /\n\d+ passed, 0 failed, 0 could not be checked/;
  check('where all is well, nothing fails and nothing is left out', good, 0, all);
  const page = readFileSync(report, 'utf8');
  record(environment, /\| yes +\| 0 +\| 210m +\| 684Mi +\|/.test(page), 'the report shows what each pod uses', page);
  // No Service's name resolves on this machine.
  const unreached = /FAIL from Deployment \S+ to litellm\S*:4000: cannot be reached, though the policies open it/;
  check('connections are tried from within the pods', await run('--only', 'network'), 1, unreached);
  await withViewer(live, verify, check);
  if (programs.gateway) await isolation(environment, programs, run, check);

  const at = (group, plural, name) => `/${group}/namespaces/${live.namespace}/${plural}/${name}`;
  const { metadata } = live.secrets.find(({ stringData }) => stringData.WEBUI_SECRET_KEY);
  await live.api.merge(at('api/v1', 'secrets', metadata.name), { data: { WEBUI_SECRET_KEY: null } });
  check('a missing key', await run('--only', 'secrets'), 1, /FAIL Secret \S+: lacks WEBUI_SECRET_KEY\n/);
  await live.api.merge(at('apis/apps/v1', 'deployments', 'litellm'), { spec: { replicas: 3 } });
  const scaled = /FAIL Deployment litellm: spec\.replicas is 3, [12] is rendered/;
  check('a Deployment that was scaled by hand', await run('--only', 'as-rendered'), 1, scaled);
  await programs.stop();
  const silent = /FAIL litellm in litellm-\S+: \/health\/readiness: nothing listens: .*connection refused/;
  check('a program that does not listen', await run('--only', 'health'), 1, silent);
  await live.api.merge('/api/v1/nodes/stand-in/status', {
    status: { daemonEndpoints: { kubeletEndpoint: { Port: 1 } } },
  });
  const away = await run('--only', 'health,network');
  check('a node that does not answer, as not checked', away, 0, /0 passed, 0 failed, \d+ could not be checked/);
}

/** The built-in ClusterRole `view`: neither Secrets, nor what is cluster-wide, nor kinds of others, nor pods/exec. */
async function withViewer(live, verify, check) {
  const kubeconfig = await live.viewer();
  const looked = await verify([basename(live.folder), '--kubeconfig', kubeconfig, '--report', '-']);
  check(
    'who may only look learns what could not be checked, and why',
    looked,
    0,
    /\? {4}the rest: secrets is forbidden: User "system:serviceaccount:\S+:viewer" cannot list resource "secrets"/,
    /\? {4}PriorityClass \S+: priorityclasses\S+ "\S+" is forbidden/,
    /\? {4}litellm in \S+: \/health\/readiness: .*your account may not create pods\/exec or pods\/portforward here/,
    /\? {4}from Deployment litellm: .*your account may not create pods\/exec/,
    / {2}ok {3}Deployment litellm: \d of \d pods ready/,
    /\n\d+ passed, 0 failed, \d+ could not be checked/,
  );
}

async function isolation(environment, programs, run, check) {
  const seen = await run('--only', 'isolation');
  check(
    'users see the tools of their own tenants only, through the API server, at the real gateway',
    seen,
    0,
    /verify@google\.com \(google-employees\): sees the 1 tools of google only/,
    /verify@google\.com \(google-employees\) at microsoft: is denied: Access Denied/,
    /verify@microsoft\.com \(microsoft-employees\) at google: is denied: Access Denied/,
    /admin: sees all 3 tools of github, google, microsoft/,
  );
  const hidden = programs.values.every((value) => !seen.stdout.includes(value));
  record(environment, hidden, 'the output holds neither key nor secret', seen.stdout);
  const named = await run('--only', 'isolation', '--user', 'ada@google.com:google-employees,developers');
  check('a user of two tenants', named, 0, /google-employees, developers\): sees the 2 tools of github, google only/);
  await programs.changeTenant('microsoft', { allowed_users: ['*'], allowed_groups: ['google-employees'] });
  const leak = /FAIL verify@google\.com .*: sees tools of others: microsoft_echo/;
  check('a tenant that was opened behind our back', await run('--only', 'isolation'), 1, leak);
}

function themeCounts(output) {
  const rows = [...output.matchAll(/^\| ([a-z-]+) +\| (\d+) +\| (\d+) +\| (\d+) +\|$/gm)];
  return Object.fromEntries(rows.map(([, theme, , faults, open]) => [theme, { failed: +faults, unchecked: +open }]));
}

function say(environment, text) {
  process.stdout.write(`[${environment}]      ${text}\n`);
}

function record(environment, good, what, details) {
  if (good) passed += 1;
  else failed += 1;
  process.stdout.write(`[${environment}] ${good ? 'ok  ' : 'FAIL'} ${what}\n`);
  if (!good) process.stdout.write(`${String(details).replace(/^/gm, '              ')}\n`);
}

async function stopAll() {
  for (const stop of toStop.splice(0).reverse()) await stop();
}
