import { readCommandLine, wrongCommandLine } from '../../../runtime/command-line';
import { type Command, ExitCode } from '../../../runtime/program';
import { MAKE_DATABASE, makeDatabase } from './embedded';

const HELP = `${MAKE_DATABASE}: makes the embedded database in a folder

Usage: claude-service ${MAKE_DATABASE} <folder>

The service does so itself where DATA_PATH has none, in a process of its own.
`;

/** `make-database <folder>`: makes the embedded database. */
export const makeDatabaseCommand: Command = {
  summary: 'Makes the embedded database in a folder. The service does so itself.',
  run: async (argv) => {
    const line = readCommandLine(argv, HELP, {});
    if (typeof line === 'number') return line;
    const [folder, ...rest] = line.words;
    if (!folder || rest.length > 0) return wrongCommandLine(`${MAKE_DATABASE} needs one folder`);
    await makeDatabase(folder);
    return ExitCode.OK;
  },
};
