/** `npm run demo` as a newcomer uses it: its printed commands are pasted into bash. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';

const DEMO = path.join(__dirname, '../../scripts/demo/main.mjs');
/** Making the embedded database takes four seconds, and many times that beside all other tests. */
jest.setTimeout(180_000);

let demo: ChildProcess;
let printed = '';
let list: string;
let call: string;
let session: string;

const paste = (command: string) => execFileSync('bash', ['-c', command], { encoding: 'utf8' });

beforeAll(async () => {
  demo = spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'inherit'] });
  demo.stdout?.setEncoding('utf8');
  for await (const text of demo.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    printed += text;
    if (printed.includes('Ctrl-C')) break;
  }
  if (!printed.includes('Ctrl-C')) throw new Error(`The demo did not start:\n${printed}`);
  [list, call, session] = printed.split('\n').filter((line) => /^(for|curl) /.test(line));
});

afterAll(() => {
  demo.kill('SIGKILL');
});

test('two users list their own tools and no others', () => {
  const [alice, bob] = paste(list).split('bob:');
  expect(alice).toContain('google_get-sum');
  expect(alice).not.toContain('microsoft_');
  expect(bob).toContain('microsoft_read_text_file');
  expect(bob).not.toContain('google_');
});

test('a call answers who may, and refuses who may not', () => {
  const [alice, bob] = paste(call).split('bob:');
  expect(alice).toContain('The sum of 17 and 25 is 42.');
  expect(bob.trim()).toBe('{"detail":"Access Denied"}');
});

test('a session streams, runs a command and a tool of the gateway', () => {
  const events = paste(session)
    .split('\n\n')
    .filter((event) => event !== '');
  expect(events.at(-1)?.trim()).toBe('data: [DONE]');
  const pieces = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)).choices[0].delta.content);
  expect(pieces.length).toBeGreaterThan(5);
  const said = pieces.join('');
  expect(said).toMatch(/name="bash" [^>]*result="17 \+ 25"/);
  expect(said).toMatch(/name="mcp_google_get-sum" [^>]*result="The sum of 17 and 25 is 42\."/);
});

test('Ctrl-C ends it with 0 and leaves nothing', async () => {
  const folder = /tokens are in (\S+)\.$/m.exec(printed)?.[1] ?? '';
  const programs = descendantsOf(demo.pid);
  expect(existsSync(folder)).toBe(true);
  // Two bridges, a server behind each, the gateway, the Claude service, the fake model.
  expect(programs.length).toBeGreaterThanOrEqual(7);
  demo.kill('SIGINT');
  const [code] = await once(demo, 'exit');
  expect(code).toBe(0);
  expect(existsSync(folder)).toBe(false);
  expect(programs.filter((pid) => running().has(pid))).toEqual([]);
});

test('an argument that it does not know is refused with 64', async () => {
  const [code] = await once(spawn(process.execPath, [DEMO, '--prot'], { stdio: 'ignore' }), 'exit');
  expect(code).toBe(64);
});

/** The running processes and their parents; what has ended and waits to be taken note of does not count. */
function running(): Map<number, number> {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter(([, , state]) => !state.startsWith('Z'));
  return new Map(rows.map(([pid, parent]) => [Number(pid), Number(parent)]));
}

function descendantsOf(pid: number | undefined): number[] {
  const parents = [...running()];
  const found = [Number(pid)];
  for (const one of found) found.push(...parents.filter(([, parent]) => parent === one).map(([child]) => child));
  return found.slice(1);
}
