import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { breakingChanges, withoutNote } from './upgrade/changes';
import { readRelease } from './upgrade/release-record';

export const UPGRADE_HELP = `  upgrade <old> <new>  what an apply of the folder <new> over <old> cannot do: selectors, claims, names of files
    --notes FILE       changes that this Markdown file names in backquotes are known
    --record FILE      write what the folder <old> fixes as JSON, which can stand for it later; takes no <new>
`;

const USAGE = 64;

/** Runs the command. Gives the exit code: 0 nothing breaks, 1 something does or cannot be read, 64 wrong command line. */
export function runUpgrade(argv: readonly string[]): number {
  const given = parse(argv);
  if (typeof given === 'string') {
    process.stderr.write(`cdk8s-open-webui upgrade: ${given}\n`);
    return USAGE;
  }
  if (given.help) {
    process.stdout.write(UPGRADE_HELP);
    return 0;
  }
  try {
    return given.record === undefined ? compare(given) : writeRecord(given.before, given.record);
  } catch (error) {
    process.stderr.write(`cdk8s-open-webui upgrade: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

interface Given {
  readonly before: string;
  readonly after: string;
  readonly notes?: string;
  readonly record?: string;
  readonly help?: boolean;
}

function parse(argv: readonly string[]): Given | string {
  const options = {
    notes: { type: 'string' },
    record: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [before = '', after = '', ...more] = positionals;
    if (values.help) return { before, after, help: true };
    const wanted = values.record === undefined ? 2 : 1;
    if (positionals.length !== wanted || more.length > 0) {
      return wanted === 2
        ? 'write two folders: upgrade <old> <new>'
        : 'write one folder: upgrade <folder> --record <file>';
    }
    return { before, after, ...values };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compare({ before, after, notes }: Given): number {
  const changes = breakingChanges(readRelease(before), readRelease(after));
  const unknown = withoutNote(changes, notes === undefined ? '' : fs.readFileSync(notes, 'utf8'));
  for (const { id, sentence } of unknown) {
    process.stdout.write(`${id}: ${sentence}\n`);
  }
  const known = changes.length - unknown.length;
  process.stdout.write(`${unknown.length} changes need a migration note${known > 0 ? `, ${known} have one` : ''}\n`);
  return unknown.length > 0 ? 1 : 0;
}

function writeRecord(folder: string, file: string): number {
  const { files, objects } = readRelease(folder);
  fs.writeFileSync(file, `${JSON.stringify({ files, objects }, null, 1)}\n`);
  process.stderr.write(`wrote ${file}: ${files.length} files, ${Object.keys(objects).length} objects\n`);
  return 0;
}
