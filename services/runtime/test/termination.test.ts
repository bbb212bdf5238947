import { bundle, StartedProgram } from './started-program';

/** Drains when it is told the time in milliseconds, or at the deadline with `late`, or never. */
const PROGRAM = `
import { createLogger, LogLevel } from './log';
import { onTermination } from './termination';
const how = process.argv[2];
const log = createLogger({ service: 'sample', level: LogLevel.INFO });
onTermination({
  graceSeconds: 1,
  log,
  drain: (deadline) => new Promise((resolve, reject) => {
    if (how === 'fail') reject(new Error('broken'));
    if (/^[0-9]+$/.test(how)) setTimeout(resolve, Number(how));
    deadline.addEventListener('abort', () => { log.info('deadline'); if (how === 'late') resolve(); });
  }),
});
setInterval(() => {}, 1000);
log.info('running');`;
let path: string;

beforeAll(() => {
  path = bundle(PROGRAM);
});

async function started(how: string): Promise<StartedProgram> {
  const program = new StartedProgram(path, [how]);
  await program.says('"running"');
  return program;
}

it.each(['SIGTERM', 'SIGINT'] as const)('%s waits for the work under way and ends with 0', async (signal) => {
  const program = await started('100');
  program.signal(signal);
  const { code, stdout } = await program.ended;
  expect(code).toBe(0);
  expect(stdout.match(/"msg":"\w+"/g)).toEqual(['"msg":"running"', '"msg":"draining"', '"msg":"drained"']);
});

it('work that outlives the grace is told, and the end is no success', async () => {
  const program = await started('late');
  program.signal('SIGTERM');
  const { code, stdout } = await program.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('"deadline"');
});

it('work that does not even end then is cut off', async () => {
  const program = await started('never');
  program.signal('SIGTERM');
  const { code, stdout } = await program.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('cut off');
});

it('a second signal ends at once', async () => {
  const program = await started('never');
  program.signal('SIGTERM');
  await program.says('draining');
  program.signal('SIGTERM');
  const { code, stdout } = await program.ended;
  expect(code).toBe(143);
  expect(stdout).not.toContain('"deadline"');
});

it('a drain that fails ends with 1 and its reason', async () => {
  const program = await started('fail');
  program.signal('SIGTERM');
  const { code, stdout } = await program.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('broken');
});
