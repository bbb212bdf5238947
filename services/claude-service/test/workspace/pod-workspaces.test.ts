import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { workspaceTools } from '../../src/tools/workspace-tools';
import { KubernetesApi } from '../../src/workspace/kubernetes-api';
import { PodWorkspaces } from '../../src/workspace/pod-workspaces';
import { folderName } from '../../src/workspace/session-workspaces';
import { FakeKubernetes } from './fake-kubernetes';

const never = new AbortController().signal;
let folder: string;
let cluster: FakeKubernetes;
let url: string;
let workspaces: PodWorkspaces;
let token = 'first';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'claude-pods-'));
  cluster = new FakeKubernetes();
  url = await cluster.start();
  workspaces = make();
});

afterEach(async () => {
  await workspaces.close();
  cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

function make(sandboxes = false, instance = 'one'): PodWorkspaces {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { 'app.kubernetes.io/name': 'claude-session' } },
    spec: { containers: [{ name: 'session', volumeMounts: [{ name: 'workspaces', mountPath: folder }] }] },
  };
  const api = new KubernetesApi({ url, token: () => token });
  return new PodWorkspaces({ api, namespace: 'sessions', manifest, instance, sandboxes }, 4 * 1024 * 1024);
}

async function use(name: string, input: unknown, signal = never) {
  const tool = workspaceTools(workspaces.of('session')).find(({ definition }) => definition.name === name);
  return tool?.run(input, signal) ?? { output: 'no such tool', failed: true };
}

const bash = (command: string, signal = never) => use('bash', { command }, signal);

test('a pod is made for the first tool, with the labels of the session, and used again', async () => {
  expect(await workspaces.prepare('session')).toBe(folder);
  expect(cluster.calls).toEqual([]);
  expect(await bash('pwd; echo $HOME; env | wc -l')).toEqual({ output: `${folder}\n${folder}\n6`, failed: false });
  await bash('true');
  expect(cluster.calls.filter((call) => call.startsWith('POST'))).toEqual(['POST /api/v1/namespaces/sessions/pods']);
  const [pod] = [...cluster.pods.values()];
  expect(pod.metadata.labels).toMatchObject({
    'app.kubernetes.io/name': 'claude-session',
    'claude-service/session': folderName('session'),
  });
  expect(pod.metadata.name.length).toBeLessThanOrEqual(63);
});

test('the token is read anew', async () => {
  await bash('true');
  token = 'second';
  await workspaces.release('session');
  expect([...cluster.tokens]).toEqual(['Bearer first', 'Bearer second']);
});

test('all tools work through it', async () => {
  const long = `${'line 🦊\n'.repeat(20_000)}end\n`;
  expect((await use('write', { file_path: 'a b/long.txt', content: long })).failed).toBe(false);
  expect(readFileSync(join(folder, 'a b/long.txt'), 'utf8')).toBe(long);
  expect((await use('write', { file_path: 'empty', content: '' })).failed).toBe(false);
  expect((await use('edit', { file_path: 'a b/long.txt', old_string: 'end\n', new_string: 'END\n' })).failed).toBe(
    false,
  );
  expect((await use('read', { file_path: 'a b/long.txt', first_line: 20_001 })).output).toBe('20001\tEND');
  expect((await use('glob', { pattern: '**/*.txt' })).output).toBe('a b/long.txt');
  expect((await use('grep', { pattern: '^E\\w+$' })).output).toBe('a b/long.txt:20001:END');
  expect((await bash('ls -A "a b"')).output).toBe('long.txt');
});

test.each([
  ['read', { file_path: '/etc/passwd' }, /outside of the workspace/],
  ['write', { file_path: '../x', content: '' }, /outside of the workspace/],
  ['read', { file_path: 'none' }, /does not exist/],
  ['read', { file_path: '.' }, /no regular file/],
  ['write', { file_path: '.', content: '' }, /no regular file/],
  ['read', { file_path: 'x\0y' }, /zero byte/],
])('%s %j is told what is wrong', async (name, input, message) => {
  expect(await use(name, input)).toMatchObject({ failed: true, output: expect.stringMatching(message) });
});

test('a folder whose name begins like that of the workspace is outside', async () => {
  const beside = mkdtempSync(`${folder}-evil-`);
  writeFileSync(join(beside, 'secret'), 'top secret');
  for (const file_path of [`../${basename(beside)}/secret`, join(beside, 'secret')]) {
    for (const tool of ['read', 'write']) {
      const outcome = await use(tool, { file_path, content: 'changed' });
      expect(outcome).toMatchObject({ failed: true, output: expect.stringMatching(/outside of the workspace/) });
    }
  }
  expect(readFileSync(join(beside, 'secret'), 'utf8')).toBe('top secret');
  rmSync(beside, { recursive: true });
});

test('the exit code and both outputs come back', async () => {
  expect(await bash('echo out; echo err >&2; exit 7')).toEqual({ output: 'out\nerr\n(exit code 7)', failed: true });
});

describe('nothing goes on', () => {
  const stubborn =
    'trap "" TERM; (setsid bash -c "echo \\$\\$ > pid; trap \\"\\" TERM; while true; do sleep 4711; done" &); while true; do sleep 4711; done';

  function state(): string {
    const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
    return existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0] : 'gone';
  }

  test('after its time', async () => {
    const outcome = await use('bash', { command: stubborn, timeout_seconds: 1 });
    expect(outcome.output).toMatch(/ended after 1 seconds/);
    expect(['gone', 'Z']).toContain(state());
  });

  test('after the person stopped the turn, within a second', async () => {
    await bash('true');
    const leaving = new AbortController();
    const running = bash(stubborn, leaving.signal);
    while (!existsSync(join(folder, 'pid'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const begin = performance.now();
    leaving.abort();
    expect((await running).output).toMatch(/stopped the turn/);
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(['gone', 'Z']).toContain(state());
  });

  test('in the background', async () => {
    await bash('(setsid bash -c "echo \\$\\$ > pid; exec sleep 4711" &); sleep 0.2');
    expect(['gone', 'Z']).toContain(state());
  });
});

test('a pod that is gone is told, and the next tool has another', async () => {
  await bash('true');
  cluster.lose([...cluster.pods.keys()][0]);
  expect((await bash('true')).output).toMatch(/the pod of the session could not be used/);
  expect((await bash('echo back')).output).toBe('back');
});

test('rights that are missing are told to the model', async () => {
  cluster.forbidden = 'pods is forbidden';
  expect((await bash('true')).output).toMatch(/pods is forbidden/);
});

test('release ends the pod and keeps the files, remove deletes them', async () => {
  await use('write', { file_path: 'kept', content: 'x' });
  await workspaces.release('session');
  expect(cluster.pods.size).toBe(0);
  expect(existsSync(join(folder, 'kept'))).toBe(true);
  writeFileSync(join(folder, '.hidden'), '');
  await workspaces.remove('session');
  expect(existsSync(join(folder, 'kept'))).toBe(false);
  expect(existsSync(join(folder, '.hidden'))).toBe(false);
  expect(cluster.pods.size).toBe(0);
});

test('files are deleted by the pod that runs, which ends then', async () => {
  await use('write', { file_path: 'gone', content: 'x' });
  await workspaces.remove('session');
  expect(existsSync(join(folder, 'gone'))).toBe(false);
  expect(cluster.calls.filter((call) => /^(POST|DELETE)/.test(call))).toEqual([
    'POST /api/v1/namespaces/sessions/pods',
    expect.stringMatching(/^DELETE .*\/pods\/session-/),
  ]);
});

test('files are deleted although the pod that had them has ended', async () => {
  await use('write', { file_path: 'left', content: 'x' });
  cluster.lose([...cluster.pods.keys()][0]);
  await workspaces.remove('session');
  expect(existsSync(join(folder, 'left'))).toBe(false);
  expect(cluster.pods.size).toBe(0);
});

test('another replica has a pod of its own, which this one does not end', async () => {
  await bash('true');
  const other = make(false, 'two');
  await workspaceTools(other.of('session'))[0].run({ command: 'true' }, never);
  expect(cluster.pods.size).toBe(2);
  await workspaces.release('session');
  expect([...cluster.pods.keys()]).toEqual([expect.stringMatching(/-two$/)]);
  await other.close();
  expect(cluster.pods.size).toBe(0);
});

test('a sandbox makes the pod where its controller is to do it', async () => {
  const sandboxed = make(true, 'three');
  const [tool] = workspaceTools(sandboxed.of('session'));
  expect((await tool.run({ command: 'echo in a sandbox' }, never)).output).toBe('in a sandbox');
  expect([...cluster.sandboxes.values()]).toMatchObject([{ kind: 'Sandbox', apiVersion: 'agents.x-k8s.io/v1beta1' }]);
  expect(cluster.calls).not.toContain('POST /api/v1/namespaces/sessions/pods');
  await sandboxed.close();
  expect(cluster.sandboxes.size).toBe(0);
});
