import { CommandEnd, type CommandResult } from '../workspace/workspace';
import type { ToolOutcome } from './tool';
import { InputError } from './tool-input';
import type { WorkspaceToolDescription } from './workspace-tool';

/** Unit: milliseconds. */
const USUAL_MS = 120_000;
const LONGEST_MS = 600_000;
/** Linux takes no longer argument than 128 KiB (execve(2), `MAX_ARG_STRLEN`). Unit: bytes. */
const LONGEST_COMMAND = 120 * 1024;
/** What is shown of an output. Unit: bytes. */
const MOST_OUTPUT = 60_000;

export const BASH: WorkspaceToolDescription = {
  name: 'bash',
  description: [
    'Runs a command in bash, in the workspace folder. Each call starts a new shell: variables and the current folder',
    'do not last, files do. There is no input and no terminal. What is left running in the background is ended when',
    `the command ends. It may take ${USUAL_MS / 1000} seconds, or as many as timeout_seconds says.`,
  ].join(' '),
  properties: {
    command: { type: 'string', description: 'The command, or several with line breaks between them' },
    timeout_seconds: { type: 'integer', description: `Longest time it may take, ${LONGEST_MS / 1000} at most` },
  },
  required: ['command'],
  independent: false,
  async run(input, workspace, signal) {
    const command = input.text('command');
    if (command.includes('\0')) throw new InputError('command has a zero byte: leave it out');
    if (Buffer.byteLength(command) > LONGEST_COMMAND) {
      throw new InputError(
        `command has more than ${LONGEST_COMMAND / 1024} KiB: write what is long into a file first, with write`,
      );
    }
    const seconds = input.optionalNumber('timeout_seconds', 1);
    const timeoutMs = Math.min(seconds === undefined ? USUAL_MS : seconds * 1000, LONGEST_MS);
    const room = await workspace.room();
    const result = await workspace.run(
      {
        // Both outputs in one, so that they come in the order in which they were written.
        argv: ['/bin/bash', '--noprofile', '--norc', '-c', `exec 2>&1\n${command}`],
        timeoutMs,
        outputLimit: MOST_OUTPUT,
        // A full workspace can still be cleaned up, but not written to.
        fileSizeLimit: Math.max(0, room),
      },
      signal,
    );
    return outcome(result, timeoutMs, room <= 0);
  },
};

function outcome(result: CommandResult, timeoutMs: number, full: boolean): ToolOutcome {
  const notes = [
    ...(result.omitted > 0 ? [`${result.omitted} bytes in the middle were left out`] : []),
    ...(full ? ['the workspace is full, nothing could be written: delete what is not needed'] : []),
    ...ending(result, timeoutMs),
  ];
  const text = clean(result);
  const parts = [...(text === '' ? [] : [text]), ...notes.map((note) => `(${note})`)];
  return {
    output: parts.length > 0 ? parts.join('\n') : '(no output)',
    failed: result.end !== CommandEnd.EXITED || result.exitCode !== 0,
  };
}

function ending({ end, exitCode }: CommandResult, timeoutMs: number): string[] {
  switch (end) {
    case CommandEnd.TIMED_OUT:
      return [`ended after ${timeoutMs / 1000} seconds, the longest it may take`];
    case CommandEnd.FLOODED:
      return ['ended, because it wrote far more than can be shown'];
    case CommandEnd.CANCELLED:
      return ['ended, because the person stopped the turn'];
    default:
      return exitCode === 0 ? [] : [exitCode === undefined ? 'killed' : `exit code ${exitCode}`];
  }
}

/** Colours and cursor movements of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with ESC.
const TERMINAL_CODES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

function clean({ stdout, omitted }: CommandResult): string {
  const middle = Math.ceil(MOST_OUTPUT / 2);
  const bytes =
    omitted > 0 ? Buffer.concat([stdout.subarray(0, middle), Buffer.from('\n…\n'), stdout.subarray(middle)]) : stdout;
  return bytes.toString('utf8').replace(TERMINAL_CODES, '').replaceAll('\0', '').trimEnd();
}
