import { bundle, StartedProgram } from './started-program';

const PROGRAM = `
import { runProgram } from './program';
import { ConfigurationError } from './settings';
import { flag, text } from './setting-forms';
void runProgram({
  name: 'sample',
  version: '1.2.3',
  purpose: 'A sample.',
  variables: {
    mode: { name: 'MODE', default: 'good', meaning: 'What happens.', parse: text() },
    first: { name: 'FIRST', default: 'false', meaning: 'First.', parse: flag() },
    key: { name: 'KEY', secret: true, meaning: 'Key.' },
  },
  check: ({ first, mode }) => (first && mode === 'second' ? ['FIRST and MODE do not go together'] : []),
  commands: { add: { summary: 'Adds.', run: async (argv) => { console.log(argv.join('+')); return argv.length; } } },
  start: async ({ mode }) => {
    setInterval(() => {}, 1000);
    if (mode === 'refuse') throw new ConfigurationError(['one fault', 'another fault']);
    if (mode === 'break') throw new Error('the port is in use');
    console.log('started', mode);
    setTimeout(() => process.exit(0), 10);
  },
});`;
let path: string;

beforeAll(() => {
  path = bundle(PROGRAM);
});

function run(argv: string[], env: { [name: string]: string } = {}) {
  return new StartedProgram(path, argv, env).ended;
}

describe('the command line of a service', () => {
  it('without words starts it', async () => {
    expect(await run([])).toEqual({ code: 0, stdout: 'started good\n', stderr: '' });
  });

  it('tells its version and all there is to know, and reads no variable for it', async () => {
    expect(await run(['--version'], { FIRST: 'wrong' })).toEqual({ code: 0, stdout: 'sample 1.2.3\n', stderr: '' });
    const { code, stdout } = await run(['--help'], { FIRST: 'wrong' });
    expect(code).toBe(0);
    for (const part of ['A sample.', 'MODE (default: good)', 'KEY or KEY_FILE', 'sample add', 'Adds.', '78']) {
      expect(stdout).toContain(part);
    }
  });

  it('runs a command with its words, and ends with its exit code', async () => {
    expect(await run(['add', 'a', '--help', 'b'])).toMatchObject({ code: 3, stdout: 'a+--help+b\n' });
  });

  it.each(['--verbose', 'serve', '', 'toString', '__proto__'])('refuses %j with 64', async (word) => {
    const { code, stderr, stdout } = await run([word]);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toBe(`sample: unknown argument ${JSON.stringify(word)}: see sample --help\n`);
  });
});

describe('a service that cannot start', () => {
  it('says each fault of its variables on a line of stderr and ends with 78', async () => {
    expect(await run([], { FIRST: 'yes', KEY: 'a', KEY_FILE: '/b' })).toEqual({
      code: 78,
      stdout: '',
      stderr:
        'sample: FIRST is "yes": write true or false\n' +
        'sample: KEY and KEY_FILE are both set: give the secret in one of them\n',
    });
  });

  it('does so for faults between variables, and for those that the start finds', async () => {
    expect(await run([], { FIRST: 'true', MODE: 'second' })).toMatchObject({ code: 78 });
    const { code, stderr } = await run([], { MODE: 'refuse' });
    expect([code, stderr]).toEqual([78, 'sample: one fault\nsample: another fault\n']);
  });

  it('ends with 1 for anything else, even if something still runs', async () => {
    const { code, stderr } = await run([], { MODE: 'break' });
    expect([code, stderr]).toEqual([1, 'sample: the port is in use\n']);
  });
});
