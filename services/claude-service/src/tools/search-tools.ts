import { CommandEnd, type CommandResult, WorkspaceError } from '../workspace/workspace';
import { globPattern } from './glob-pattern';
import { InputError } from './tool-input';
import type { WorkspaceToolDescription } from './workspace-tool';

/** Unit: milliseconds. */
const LONGEST_SEARCH_MS = 30_000;
/** Unit: bytes. */
const MOST_OUTPUT = 100_000;
/** Output of the list of all files. Unit: bytes. */
const MOST_LISTED = 4 * 1024 * 1024;
const MOST_PATHS = 500;
/** Folders that hold what nobody wrote by hand. */
const LEFT_OUT = ['.git', 'node_modules'];
/** Time and path of all files whose path matches $1, with zero bytes between them. */
const LIST = `find . ${LEFT_OUT.map((name) => `-name ${name} -prune -o`).join(' ')} -type f -printf '%T@ %P\\0' | grep -azE -- "$1"`;

const FOLDER = { type: 'string', description: 'Folder to search in, relative to the workspace. All of it by default' };

export const GLOB: WorkspaceToolDescription = {
  name: 'glob',
  description: `Finds files of the workspace by their path, for example src/**/*.ts or *.{md,txt}. Newest first, ${MOST_PATHS} at most, without ${LEFT_OUT.join(' and ')}.`,
  properties: { pattern: { type: 'string', description: 'Pattern of the path, relative to path' }, path: FOLDER },
  required: ['pattern'],
  independent: true,
  async run(input, workspace, signal) {
    const pattern = globPattern(input.text('pattern'));
    const folder = await workspace.locate(input.optionalText('path') || '.');
    const result = await workspace.run(
      {
        argv: ['/bin/bash', '-c', LIST, 'bash', `^[0-9.]+ (${pattern})$`],
        folder,
        timeoutMs: LONGEST_SEARCH_MS,
        outputLimit: MOST_LISTED,
      },
      signal,
    );
    ended(result);
    const found = result.stdout
      .toString('utf8')
      .split('\0')
      .filter(Boolean)
      .map((line) => ({ time: Number.parseFloat(line), path: line.slice(line.indexOf(' ') + 1) }))
      .sort((one, other) => other.time - one.time);
    if (found.length === 0) {
      return 'No file matches.';
    }
    const paths = found.slice(0, MOST_PATHS).map(({ path }) => path);
    const left = found.length - paths.length;
    return [...paths, ...(left > 0 ? [`(${left} more: write a narrower pattern)`] : [])].join('\n');
  },
};

export const GREP: WorkspaceToolDescription = {
  name: 'grep',
  description:
    'Searches the text files of the workspace for a Perl-compatible regular expression. Answers lines as path:number:line.',
  properties: {
    pattern: { type: 'string', description: 'Regular expression' },
    path: { type: 'string', description: 'File or folder to search in, relative to the workspace' },
    ignore_case: { type: 'boolean', description: 'Capital and small letters are the same' },
  },
  required: ['pattern'],
  independent: true,
  async run(input, workspace, signal) {
    const pattern = input.text('pattern');
    const place = await workspace.locate(input.optionalText('path') || '.');
    const root = await workspace.locate('.');
    const leftOut = LEFT_OUT.map((name) => `--exclude-dir=${name}`);
    const flags = ['-rnIHP', ...(input.flag('ignore_case') ? ['-i'] : []), ...leftOut];
    const inside = place === root ? '.' : place.slice(root.length + 1);
    const result = await workspace.run(
      {
        argv: ['grep', ...flags, '-e', pattern, '--', inside],
        folder: root,
        timeoutMs: LONGEST_SEARCH_MS,
        outputLimit: MOST_OUTPUT,
      },
      signal,
    );
    if (result.exitCode === 2 && result.stdout.length === 0) {
      throw new InputError(`the search failed: ${result.stderr.toString('utf8').trim().slice(0, 500)}`);
    }
    const lines = result.stdout.toString('utf8').replace(/^\.\//gm, '').trimEnd();
    if (result.end !== CommandEnd.EXITED && lines === '') {
      ended(result);
    }
    const partial = result.omitted > 0 || result.end !== CommandEnd.EXITED;
    return lines === '' ? 'No line matches.' : `${lines}${partial ? '\n(not all of it: search for less)' : ''}`;
  },
};

function ended({ end, exitCode, stderr }: CommandResult): void {
  if (end !== CommandEnd.EXITED) {
    throw new WorkspaceError(`the search was ended, it is ${end}: search in a smaller folder`);
  }
  if (exitCode !== 0 && exitCode !== 1) {
    throw new WorkspaceError(`the search failed: ${stderr.toString('utf8').trim().slice(0, 500)}`);
  }
}
