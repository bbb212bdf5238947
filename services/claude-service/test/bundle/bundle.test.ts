import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import OpenAI from 'openai';
import { type FakeAnthropic, startFakeAnthropic } from '../../fake-anthropic/server';
import { KEY, MODEL, SECRET, userToken } from '../http/api-under-test';

// Making the embedded database takes seconds, and more on a busy machine.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'claude-service-bundle-'));
const children: ChildProcess[] = [];
let fake: FakeAnthropic;
beforeAll(async () => {
  execFileSync(process.execPath, [join(__dirname, '../../build.mjs'), folder]);
  fake = await startFakeAnthropic();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

function launch(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(folder, 'main.js'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr?.on('data', (text) => {
    output.stderr += text;
  });
  return { child, output, ended: once(child, 'close').then(([code, signal]) => code ?? signal) };
}

/** Starts the service on a free port, and waits until it is ready. */
async function start() {
  const started = launch([], {
    PATH: process.env.PATH ?? '',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    CLAUDE_SERVICE_KEY: KEY,
    FORWARD_USER_INFO_HEADER_JWT_SECRET: SECRET,
    ANTHROPIC_API_KEY: 'sk-the-model-key',
    ANTHROPIC_BASE_URL: fake.url,
    DATA_PATH: join(folder, 'data'),
    WORKSPACES_PATH: join(folder, 'workspaces'),
    PERSONAS_PATH: join(folder, 'none'),
  });
  let url = '';
  for (;;) {
    const port = /"port":(\d+)/.exec(started.output.stdout)?.[1];
    if (port) url = `http://127.0.0.1:${port}`;
    if (url && (await fetch(`${url}/ready`)).status === 200) break;
    if (started.child.exitCode !== null) throw new Error(started.output.stderr);
    await setTimeout(20);
  }
  const headers = { 'x-openwebui-user-jwt': userToken('ada'), 'x-openwebui-chat-id': 'chat' };
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0, defaultHeaders: headers });
  const ask = (...said: string[]) =>
    client.chat.completions.create({
      model: MODEL,
      messages: said.map((content, index) => ({ role: index % 2 ? 'assistant' : 'user', content })),
    });
  return { ...started, ask };
}

test('what is wrong in the environment is said in one line each, and ends it with 78', async () => {
  const { output, ended } = launch([], { ISOLATION: 'pot', CLAUDE_SERVICE_KEY: 'k' });
  expect(await ended).toBe(78);
  const lines = output.stderr.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(output.stderr).toContain('ISOLATION is "pot": write one of process, runtime-class, pod, agent-sandbox');
  expect(output.stderr).toContain('ANTHROPIC_API_KEY is not set');
});

test('make-database tells what it does, makes one and refuses anything but a folder', async () => {
  const make = async (...args: string[]) => {
    const { output, ended } = launch(['make-database', ...args], {});
    return { code: await ended, ...output };
  };
  expect(await make('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('<folder>'), stderr: '' });
  for (const words of [[], [''], ['a', 'b'], ['--folder']]) {
    expect(await make(...words)).toMatchObject({ code: 64, stdout: '', stderr: expect.stringContaining('See --help') });
  }
  expect(existsSync('--help')).toBe(false);
  const made = join(folder, 'made');
  expect(await make(made)).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(made, 'PG_VERSION'))).toBe(true);
});

test('killed in the middle of a command, a second process goes on with the history and the files', async () => {
  const first = await start();
  const said =
    'fake: [{"text":"I write. ","tools":[{"name":"bash","input":{"command":"echo kept > note.txt; sleep 30"}}]}]';
  const running = first.ask(said).catch(() => {});
  while (fake.requests().length === 0 || fake.requests()[0].outcome === 'running') await setTimeout(10);
  await setTimeout(500);
  first.child.kill('SIGKILL');
  await Promise.all([first.ended, running]);
  const second = await start();
  const next = 'fake: [{"tools":[{"name":"bash","input":{"command":"cat note.txt; env"}}]},{"text":"It is there."}]';
  const { choices } = await second.ask(said, 'I write. ', next);
  expect(choices[0].message.content).toContain('kept');
  expect(choices[0].message.content).toContain('It is there.');
  for (const secret of ['sk-the-model-key', KEY, SECRET]) expect(choices[0].message.content).not.toContain(secret);
  const { messages } = fake.requests()[1].body as { messages: { role: string; content: { type: string }[] }[] };
  expect(messages.map(({ content }) => content.map(({ type }) => type).join())).toEqual([
    'text',
    'text,tool_use',
    'tool_result',
    'text',
  ]);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
});
