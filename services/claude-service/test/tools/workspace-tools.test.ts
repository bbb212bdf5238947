import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ToolOutcome } from '../../src/tools/tool';
import { workspaceTools } from '../../src/tools/workspace-tools';
import { LocalWorkspaces } from '../../src/workspace/local-workspaces';
import { folderName } from '../../src/workspace/session-workspaces';

let base: string;
let root: string;
let workspaces: LocalWorkspaces;
const never = new AbortController().signal;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'claude-tools-'));
  workspaces = new LocalWorkspaces(join(base, 'workspaces'), 4 * 1024 * 1024);
  root = await workspaces.prepare('session');
  writeFileSync(join(base, 'secret'), 'top secret');
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

async function use(name: string, input: unknown, signal = never): Promise<ToolOutcome> {
  const tool = workspaceTools(workspaces.of('session')).find(({ definition }) => definition.name === name);
  return tool?.run(input, signal) ?? { output: 'no such tool', failed: true };
}

const bash = (command: string, signal = never) => use('bash', { command }, signal);

describe('files', () => {
  test('are written, read, edited', async () => {
    expect(await use('write', { file_path: 'a/b/c.txt', content: 'one\ntwo\nthree\n' })).toEqual({
      output: 'Wrote 14 bytes to a/b/c.txt.',
      failed: false,
    });
    expect(statSync(join(root, 'a/b/c.txt')).mode & 0o777).toBe(0o600);
    expect((await use('edit', { file_path: 'a/b/c.txt', old_string: 'two', new_string: '$& 2' })).failed).toBe(false);
    expect((await use('read', { file_path: join(root, 'a/b/c.txt') })).output).toBe('1\tone\n2\t$& 2\n3\tthree');
    expect((await use('read', { file_path: 'a/b/c.txt', first_line: 2, lines: 1 })).output).toBe(
      '2\t$& 2\n(1 more lines; go on with first_line 3)',
    );
  });

  test('keep their mode when they are replaced, and leave no temporary file behind', async () => {
    writeFileSync(join(root, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await use('write', { file_path: 'run.sh', content: '#!/bin/sh\necho hi\n' });
    expect(statSync(join(root, 'run.sh')).mode & 0o777).toBe(0o755);
    expect((await bash('ls -A')).output).toBe('run.sh');
  });

  test.each([
    ['read', { file_path: 'none.txt' }, /none\.txt cannot be read: it does not exist/],
    ['read', { file_path: '.' }, /no regular file|it is a folder/],
    ['read', {}, /file_path is missing/],
    ['read', { file_path: 7 }, /file_path is no text/],
    ['read', null, /file_path is missing/],
    ['write', { file_path: 'x' }, /content is missing/],
    ['write', { file_path: '.', content: '' }, /the workspace itself/],
    ['edit', { file_path: 'twice', old_string: 'x', new_string: 'y' }, /2 times/],
    ['edit', { file_path: 'twice', old_string: 'z', new_string: 'y' }, /not in twice/],
    ['read', { file_path: 'twice', first_line: 9 }, /1 lines/],
    ['read', { file_path: 'a\0b' }, /zero byte/],
    ['read', { file_path: 'pipe' }, /no regular file/],
    ['bash', { command: `: ${'x'.repeat(130_000)}` }, /more than 120 KiB: write/],
    ['bash', { command: 'echo \0' }, /command has a zero byte/],
    ['read', { file_path: 'binary' }, /no text file/],
    ['write', { file_path: 'twice/x', content: '' }, /twice/],
    ['write', { file_path: 'n'.repeat(300), content: '' }, /too long/],
  ])('%s %j is told what is wrong', async (name, input, message) => {
    writeFileSync(join(root, 'twice'), 'x x');
    writeFileSync(join(root, 'binary'), Buffer.from([1, 0, 2]));
    await bash('mkfifo pipe');
    const outcome = await use(name, input);
    expect(outcome.failed).toBe(true);
    expect(outcome.output).toMatch(message);
  });

  test('are found by path, newest first, and by content', async () => {
    mkdirSync(join(root, 'src/deep'), { recursive: true });
    mkdirSync(join(root, 'node_modules'));
    for (const [index, name] of [
      'src/a.ts',
      'src/deep/b.ts',
      'src/c.md',
      'node_modules/d.ts',
      'top [1].ts',
    ].entries()) {
      writeFileSync(join(root, name), `export const number = ${index};\n`);
      utimesSync(join(root, name), 1000 + index, 1000 + index);
    }
    const glob = async (pattern: string, path?: string) => (await use('glob', { pattern, path })).output.split('\n');
    expect(await glob('*.ts')).toEqual(['top [1].ts', 'src/deep/b.ts', 'src/a.ts']);
    expect(await glob('src/*.ts')).toEqual(['src/a.ts']);
    expect(await glob('src/**/*.{ts,md}')).toEqual(['src/c.md', 'src/deep/b.ts', 'src/a.ts']);
    expect(await glob('**/b.t?', 'src')).toEqual(['deep/b.ts']);
    expect(await glob('[!s]*.ts')).toEqual(['top [1].ts', 'src/deep/b.ts', 'src/a.ts']);
    expect(await glob('nothing')).toEqual(['No file matches.']);
    const grep = async (pattern: string, path?: string) => (await use('grep', { pattern, path })).output;
    expect((await grep('number = [12]\\b')).split('\n').sort()).toEqual([
      'src/c.md:1:export const number = 2;',
      'src/deep/b.ts:1:export const number = 1;',
    ]);
    expect(await grep('number = \\d', 'src/a.ts')).toBe('src/a.ts:1:export const number = 0;');
    expect(await grep('nowhere')).toBe('No line matches.');
    expect(await grep('(unclosed')).toMatch(/search failed/);
  });

  test('a pattern that takes for ever does not stop the service', async () => {
    writeFileSync(join(root, 'a'.repeat(200)), `${'a'.repeat(5000)}!`);
    const begin = performance.now();
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    await use('glob', { pattern: `${'*a'.repeat(40)}b` });
    await use('grep', { pattern: '(a+)+$' });
    clearInterval(clock);
    expect(ticks).toBeGreaterThan((performance.now() - begin) / 10 / 4);
  });
});

test('a folder is found neither by the id of its session nor by that of another', () => {
  expect(basename(root)).toMatch(/^[0-9a-f]{40}$/);
  expect(basename(root)).toBe(folderName('session'));
  expect(folderName('session2')).not.toBe(folderName('session'));
});

describe('nothing leaves the workspace', () => {
  test.each(['../../secret', '/etc/passwd', 'link', 'folder/secret', 'folder/../../secret'])('%s', async (path) => {
    symlinkSync(join(base, 'secret'), join(root, 'link'));
    symlinkSync(base, join(root, 'folder'));
    symlinkSync(join(base, 'not-there'), join(root, 'dangling'));
    const calls = [
      use('read', { file_path: path }),
      use('write', { file_path: path, content: 'changed' }),
      use('edit', { file_path: path, old_string: 'top', new_string: 'no' }),
      use('glob', { pattern: '*', path }),
      use('grep', { pattern: '.', path }),
    ];
    for (const outcome of await Promise.all(calls)) {
      expect(outcome.failed).toBe(true);
      expect(outcome.output).not.toContain('top secret');
    }
    expect(readFileSync(join(base, 'secret'), 'utf8')).toBe('top secret');
    expect(existsSync(join(base, 'not-there'))).toBe(false);
  });

  test('not into a folder whose name begins like that of the workspace', async () => {
    mkdirSync(`${root}-evil`);
    writeFileSync(`${root}-evil/secret`, 'top secret');
    for (const path of [`../${basename(root)}-evil/secret`, `${root}-evil/secret`]) {
      for (const tool of ['read', 'glob', 'grep', 'write']) {
        const outcome = await use(tool, { file_path: path, path, pattern: '.', content: 'changed' });
        expect(outcome).toMatchObject({ failed: true, output: expect.stringMatching(/outside of the workspace/) });
      }
    }
    expect(readFileSync(`${root}-evil/secret`, 'utf8')).toBe('top secret');
  });

  test('a search does not follow links', async () => {
    symlinkSync(base, join(root, 'folder'));
    expect((await use('grep', { pattern: 'secret' })).output).toBe('No line matches.');
    expect((await use('glob', { pattern: '**/secret' })).output).toBe('No file matches.');
  });

  test('a link inside that leads inside is followed', async () => {
    writeFileSync(join(root, 'real.txt'), 'old');
    symlinkSync('real.txt', join(root, 'alias.txt'));
    await use('write', { file_path: 'alias.txt', content: 'new' });
    expect(readFileSync(join(root, 'real.txt'), 'utf8')).toBe('new');
  });

  describe('while it is swapped for a link to the outside, as fast as can be', () => {
    let swapper: Worker;
    const swap = (name: string) => {
      swapper = new Worker(SWAPPER, { eval: true, workerData: join(root, name) });
    };
    beforeEach(() => {
      mkdirSync(join(root, 'd'));
      writeFileSync(join(root, 'd/f'), 'inside');
      mkdirSync(join(base, 'outside'));
      writeFileSync(join(base, 'outside/f'), 'top secret');
    });
    afterEach(() => swapper.terminate());

    test('a folder', async () => {
      symlinkSync(join(base, 'outside'), join(root, 'd.link'));
      swap('d');
      const outputs = new Set<string>();
      for (let round = 0; round < 1500; round += 1) {
        outputs.add((await use('read', { file_path: 'd/f' })).output);
        if (round % 5 === 0) {
          await use('write', { file_path: 'd/g', content: 'x' });
        }
      }
      expect([...outputs].join()).not.toContain('secret');
      expect(outputs).toContain('1\tinside');
      expect(outputs.size).toBeGreaterThan(1);
      expect(existsSync(join(base, 'outside/g'))).toBe(false);
    });

    test('the file itself', async () => {
      symlinkSync(join(base, 'outside/f'), join(root, 'd/f.link'));
      swap('d/f');
      const outputs = new Set<string>();
      for (let round = 0; round < 3000; round += 1) {
        outputs.add((await use('read', { file_path: 'd/f' })).output);
      }
      expect([...outputs].join()).not.toContain('secret');
      expect(outputs).toContain('1\tinside');
      expect(outputs.size).toBeGreaterThan(1);
    });
  });
});

/** Has what is at a path, and beside it the link `.link`, by the same name in turns. */
const SWAPPER = `
const { renameSync, rmSync } = require('node:fs');
const { workerData: path } = require('node:worker_threads');
function move(from, to) {
  for (;;) {
    try {
      return renameSync(from, to);
    } catch {
      // The tool that writes has made the missing folder, and may be about to write into it.
      try {
        rmSync(to, { recursive: true, force: true });
      } catch {}
    }
  }
}
for (;;) {
  move(path, path + '.real');
  move(path + '.link', path);
  move(path, path + '.link');
  move(path + '.real', path);
}`;

describe('bash', () => {
  test('gets nothing of the environment of the service', async () => {
    process.env.ANTHROPIC_API_KEY = 'sk-canary';
    const { output } = await bash('env | sort; export -p; set');
    delete process.env.ANTHROPIC_API_KEY;
    expect(output).not.toContain('canary');
    const names = (await bash('env | cut -d= -f1 | sort')).output.split('\n');
    expect(names).toEqual(['HOME', 'LANG', 'PATH', 'PWD', 'SHLVL', '_']);
    expect((await bash('echo $HOME; pwd; umask')).output).toBe(`${root}\n${root}\n0077`);
  });

  test('has no input', async () => {
    expect((await bash('cat; read x; echo "got [$x]"')).output).toBe('got []');
  });

  test('keeps the order of both outputs, and says how it ended', async () => {
    expect(await bash('echo one; echo two >&2; echo three; exit 4')).toEqual({
      output: 'one\ntwo\nthree\n(exit code 4)',
      failed: true,
    });
    expect(await bash('kill -9 $$')).toEqual({ output: '(killed)', failed: true });
    expect(await bash('true')).toEqual({ output: '(no output)', failed: false });
    expect((await bash('if then')).output).toMatch(/syntax error/);
  });

  test('shows beginning and end of a long output, without terminal codes', async () => {
    const { output } = await bash('echo first; seq 100000; printf "\\033[31mlast\\033[0m"');
    expect(output.length).toBeLessThan(62_000);
    expect(output).toMatch(/^first\n1\n2\n/);
    expect(output).toMatch(/\n…\n/);
    expect(output).toMatch(/\n100000\nlast\n\(\d+ bytes in the middle were left out\)$/);
  });

  test('ends a flood', async () => {
    const { output, failed } = await bash('yes');
    expect(failed).toBe(true);
    expect(output).toMatch(/far more than can be shown/);
  });

  test('ends after its time, whatever it does with signals', async () => {
    const begin = performance.now();
    const outcome = await use('bash', {
      command: 'trap "" TERM INT HUP; while :; do sleep 9; done',
      timeout_seconds: 1,
    });
    expect(outcome.output).toMatch(/ended after 1 seconds/);
    expect(performance.now() - begin).toBeLessThan(2500);
  });

  test.each([
    ['in the background', 'sleep 4711 & echo $! > pid'],
    ['in another group', 'setsid sleep 4711 & echo $! > pid; sleep 0.1'],
    [
      'without its parent and its environment',
      '(env -i setsid bash -c "echo \\$\\$ > pid; exec sleep 4711" &) ; sleep 0.2',
    ],
    ['with its output open and signals ignored', '(trap "" TERM HUP; setsid sleep 4711 & echo $! > pid)'],
  ])('leaves nothing running %s', async (_name, command) => {
    expect((await bash(command)).failed).toBe(false);
    const pid = readFileSync(join(root, 'pid'), 'utf8').trim();
    const state = existsSync(`/proc/${pid}/stat`)
      ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0]
      : 'gone';
    expect(['gone', 'Z']).toContain(state);
  });

  test('does not end what another call is still running', async () => {
    const slow = bash('(sleep 0.6; echo slow done) & wait');
    await bash('sleep 0.1');
    await bash('true');
    expect((await slow).output).toBe('slow done');
  });

  test('limits memory, open files and core dumps', async () => {
    const { output } = await bash('ulimit -Hd; ulimit -Hn; ulimit -Hc; ulimit -Hu; ulimit -Ht');
    expect(output.split('\n')).toEqual(['1048576', '1024', '0', '1024', '900']);
    expect((await bash('dd if=/dev/zero of=/dev/null bs=2G count=1')).output).toMatch(/memory exhausted/);
  });

  test('cannot fill the disk beyond its quota, and can clean up', async () => {
    expect((await bash('head -c 8M /dev/zero > big')).failed).toBe(true);
    expect(statSync(join(root, 'big')).size).toBeLessThanOrEqual(4 * 1024 * 1024);
    await bash('head -c 4M /dev/zero > big2');
    expect((await use('write', { file_path: 'more', content: 'x' })).output).toMatch(/full/);
    expect((await bash('echo x > more')).output).toMatch(/full/);
    expect((await bash('rm big big2')).failed).toBe(false);
    expect((await use('write', { file_path: 'more', content: 'x' })).failed).toBe(false);
  });
});
