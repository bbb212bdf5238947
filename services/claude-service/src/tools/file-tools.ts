import { WorkspaceError } from '../workspace/workspace';
import { InputError } from './tool-input';
import type { WorkspaceToolDescription } from './workspace-tool';

/** The largest file that is read or edited. Unit: bytes. */
const LARGEST_FILE = 10 * 1024 * 1024;
/** The most that one call shows. Unit: characters, and lines. */
const MOST_SHOWN = 100_000;
const MOST_LINES = 2000;

const PATH = { type: 'string', description: 'Path of the file, relative to the workspace' };

export const READ: WorkspaceToolDescription = {
  name: 'read',
  description: `Reads a text file of the workspace. Shows ${MOST_LINES} lines at most, each with its number; ask for the following ones with first_line.`,
  properties: {
    file_path: PATH,
    first_line: { type: 'integer', description: 'Number of the first line to show, from 1' },
    lines: { type: 'integer', description: `How many lines to show, ${MOST_LINES} at most` },
  },
  required: ['file_path'],
  independent: true,
  async run(input, workspace) {
    const path = input.text('file_path');
    const first = input.optionalNumber('first_line', 1) ?? 1;
    const wanted = Math.min(input.optionalNumber('lines', 1) ?? MOST_LINES, MOST_LINES);
    const text = decode(path, await workspace.readFile(path, LARGEST_FILE));
    if (text === '') {
      return '(the file is empty)';
    }
    const lines = text.replace(/\n$/, '').split('\n');
    if (first > lines.length) {
      throw new InputError(`${path} has ${lines.length} lines: ask for an earlier one than ${first}`);
    }
    const shown = lines.slice(first - 1, first - 1 + wanted).map((line, index) => `${first + index}\t${line}`);
    return cut(shown, lines.length - (first - 1), first);
  },
};

export const WRITE: WorkspaceToolDescription = {
  name: 'write',
  description: 'Writes a text file of the workspace as a whole, replacing what was there. Makes missing folders.',
  properties: { file_path: PATH, content: { type: 'string', description: 'All of the new content' } },
  required: ['file_path', 'content'],
  independent: false,
  async run(input, workspace) {
    const path = input.text('file_path');
    const content = input.optionalText('content');
    if (content === undefined) {
      throw new InputError('content is missing: write it as a text, which may be empty');
    }
    const bytes = Buffer.from(content);
    await workspace.writeFile(path, bytes);
    return `Wrote ${bytes.length} bytes to ${path}.`;
  },
};

export const EDIT: WorkspaceToolDescription = {
  name: 'edit',
  description:
    'Replaces a text in a file of the workspace. The text must be in the file exactly once, unless replace_all is true.',
  properties: {
    file_path: PATH,
    old_string: { type: 'string', description: 'The text to replace, exactly as it is in the file' },
    new_string: { type: 'string', description: 'The text to put in its place' },
    replace_all: { type: 'boolean', description: 'Replace every place instead of the only one' },
  },
  required: ['file_path', 'old_string', 'new_string'],
  independent: false,
  async run(input, workspace) {
    const path = input.text('file_path');
    const before = input.text('old_string');
    const after = input.optionalText('new_string') ?? '';
    const text = decode(path, await workspace.readFile(path, LARGEST_FILE));
    const parts = text.split(before);
    const places = parts.length - 1;
    if (places === 0) {
      throw new InputError(`old_string is not in ${path}: read the file again and write the text exactly`);
    }
    if (places > 1 && !input.flag('replace_all')) {
      throw new InputError(`old_string is in ${path} ${places} times: add lines around it, or set replace_all`);
    }
    const bytes = Buffer.from(parts.join(after));
    if (bytes.length > LARGEST_FILE) {
      throw new InputError(`${path} would have ${bytes.length} bytes, more than ${LARGEST_FILE}`);
    }
    await workspace.writeFile(path, bytes);
    return `Replaced ${places} ${places === 1 ? 'place' : 'places'} in ${path}.`;
  },
};

function decode(path: string, bytes: Buffer): string {
  if (bytes.subarray(0, 8192).includes(0)) {
    throw new WorkspaceError(`${path} is no text file`);
  }
  return bytes.toString('utf8');
}

/** Lines up to the most that is shown, with a word about the rest. */
function cut(shown: readonly string[], remaining: number, first: number): string {
  let length = 0;
  const fitting = shown.findIndex((line) => {
    length += line.length + 1;
    return length > MOST_SHOWN;
  });
  const kept = fitting === -1 ? shown : shown.slice(0, Math.max(1, fitting));
  const text = kept.join('\n').slice(0, MOST_SHOWN);
  const left = remaining - kept.length;
  return left > 0 ? `${text}\n(${left} more lines; go on with first_line ${first + kept.length})` : text;
}
