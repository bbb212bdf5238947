import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checks } from '../../verify/checks';
import { runVerify } from '../../verify/command';
import { type Connect, NoCluster } from '../../verify/connect';
import { withGatewayKeys } from './broken';
import { Replay } from './replay';

/** Checks that need nothing but the API. */
const QUIET = checks.map(({ name }) => name).filter((name) => !['certificates', 'front-door'].includes(name));

describe('npm run verify', () => {
  let replay: Replay;
  let work: string;
  let folder: string;
  let report: string;
  let written: string;
  let complained: string;

  beforeEach(async () => {
    replay = await new Replay('aks-production').start();
    withGatewayKeys(replay);
    replay.now = Date.now();
    work = fs.mkdtempSync(path.join(os.tmpdir(), 'verify-'));
    folder = path.join(work, 'aks-production');
    report = path.join(work, 'reports', 'report.md');
    fs.mkdirSync(folder);
    for (const [index, object] of replay.rendered.objects.entries()) {
      fs.writeFileSync(path.join(folder, `${1000 + index}.json`), JSON.stringify(object));
    }
    written = '';
    complained = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      complained += text;
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    fs.rmSync(work, { recursive: true, force: true });
    await replay.stop();
  });

  const connect: Connect = () => ({
    name: 'recorded',
    address: { server: replay.address, options: async () => ({ agent: false }) },
    podsOf: () => replay.pods,
  });
  const verify = (...args: string[]) => runVerify([folder, '--report', report, ...args], connect);

  test('exits 0 when nothing failed, with a line for each finding, a table and a report', async () => {
    expect(await verify('--only', QUIET.join(','))).toBe(0);
    expect(written).toContain('Verifying aks-production: context recorded, namespace open-webui, Kubernetes v1.35.4\n');
    expect(written).toContain('  ok   Deployment open-webui: 3 of 3 pods ready, 0 restarts\n');
    expect(written).toMatch(/\| isolation +\| 12 +\| 0 +\| 0 +\|/);
    expect(written).toMatch(/\n\d+ passed, 0 failed, 0 could not be checked\.\nWritten to .*report\.md\n$/);
    const page = fs.readFileSync(report, 'utf8');
    expect(page).toMatch(/^# Verification of aks-production, \d{4}-\d\d-\d\d \d\d:\d\d UTC\n/);
    expect(page).toMatch(/\| open-webui-\S+ +\| yes +\| 0 +\| 210m +\| 684Mi +\|/);
    expect(page).toMatch(/\| passed +\| HorizontalPodAutoscaler open-webui-hpa +\| 3 replicas of 3 to 10; cpu 21 %/);
    expect(page).not.toContain('## Failed');
  });

  test('exits 1 when something failed, and the report begins with it', async () => {
    replay.remove('secrets', 'litellm-secrets');
    replay.pods.programs = [];
    expect(await verify('--only', 'secrets,network')).toBe(1);
    expect(written).toContain('  FAIL Secret litellm-secrets: is not in the cluster');
    const page = fs.readFileSync(report, 'utf8');
    expect(page).toMatch(/## Failed\n\n- \*\*secrets\*\*, Secret litellm-secrets: is not in the cluster/);
    expect(page).toMatch(/## Not checked\n\n- \*\*network\*\*, from Deployment redis: its image has no program/);
    expect(page.indexOf('## Failed')).toBeLessThan(page.indexOf('## Pods'));
  });

  test('exits 0 when something could only not be checked, and says it by name', async () => {
    replay.refuse('poddisruptionbudgets', 403);
    expect(await verify('--only', 'disruption')).toBe(0);
    expect(written).toContain('  ?    the rest: 403 for');
    expect(written).toContain('0 passed, 0 failed, 1 could not be checked.');
  });

  test('goes on after a check that could not', async () => {
    replay.refuse('secrets', 500);
    await verify('--only', 'secrets', '--only', 'volumes');
    expect(written).toMatch(
      /secrets: [\s\S]*\? {4}the rest: 500 for [\s\S]*volumes: [\s\S]*ok {3}PersistentVolumeClaim redis-data/,
    );
  });

  test('looks in another namespace when told so', async () => {
    expect(await verify('--namespace', 'elsewhere', '--only', 'volumes')).toBe(0);
    expect(written).toContain('namespace elsewhere');
    expect(written).toContain('  ?    the rest: 404 for /api/v1/namespaces/elsewhere/persistentvolumeclaims');
  });

  test('writes no report with -', async () => {
    await verify('--only', 'volumes', '--report', '-');
    expect(fs.existsSync(report)).toBe(false);
    expect(fs.existsSync('-')).toBe(false);
  });

  test('says that no cluster can be reached, in one sentence', async () => {
    const nowhere: Connect = () => ({
      ...connect({}),
      address: { ...connect({}).address, server: 'http://127.0.0.1:1' },
    });
    expect(await runVerify([folder], nowhere)).toBe(2);
    expect(complained).toBe(
      'No cluster can be reached: http://127.0.0.1:1 does not answer: connect ECONNREFUSED 127.0.0.1:1.\n',
    );
  });

  test('says what is wrong with the kubeconfig', async () => {
    const unknown: Connect = () => {
      throw new NoCluster('There is no context prod in the kubeconfig: there are kind.');
    };
    expect(await runVerify([folder, '--context', 'prod'], unknown)).toBe(2);
    expect(complained).toBe('There is no context prod in the kubeconfig: there are kind.\n');
  });

  test('says that a sign-in has ended', async () => {
    replay.refuse('/version', 401);
    expect(await verify()).toBe(2);
    expect(complained).toContain('The cluster does not know who you are');
  });

  test.each([
    [['no-such'], 'There are no manifests in dist/no-such: run npm run synth.'],
    [[], 'Name one environment.'],
    [['one', 'two'], 'Name one environment.'],
    [['phase2-kind', '--only', 'pods,weather'], 'There is no check weather: there are as-rendered, secrets,'],
    [['phase2-kind', '--force'], "Unknown option '--force'"],
    [['phase2-kind', '--user', 'ada'], '--user ada is not an e-mail address'],
  ])('answers %j with what is wrong', async (args, sentence) => {
    expect(await runVerify(args, connect)).toBe(2);
    expect(complained).toContain(sentence);
    expect(replay.pods.requests).toEqual([]);
  });

  test('explains itself, with every check', async () => {
    expect(await runVerify(['--help'], connect)).toBe(0);
    for (const { name, about } of checks) expect(written).toContain(`  ${name.padEnd(14)} ${about}\n`);
  });

  test('only ever reads: the API is asked with GET alone', async () => {
    // The replay answers 405 to everything else, and no pod is entered with anything but its probes and the gateway's.
    await verify('--only', QUIET.join(','));
    expect(written).not.toContain('405');
    const posted = replay.pods.requests.filter(({ request }) => (request.method ?? 'GET') !== 'GET');
    expect(
      posted.every(({ pod, request }) => pod.startsWith('mcp-proxy') && /_verify-no-such-tool$/.test(request.path)),
    ).toBe(true);
  });
});
