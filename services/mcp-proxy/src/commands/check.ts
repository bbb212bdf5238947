import { loadTenants } from '../../../../constructs/tenants';
import { readCommandLine, wrongCommandLine } from '../../../runtime/command-line';
import { type Command, ExitCode } from '../../../runtime/program';
import { readTenantFiles } from '../configuration/tenant-files';

const HELP = `check: says whether the gateway would take these tenants

Usage: mcp-proxy check <path>...

Each path is a tenants file, or a folder whose *.json files are taken together, as in TENANT_CONFIG_PATH.
Every fault and every doubt is one line. Exit code: 0 when all would be taken, 1 when not.
`;

/** `check <path>…`: validates tenants files, with every fault and every warning. */
export const checkCommand: Command = {
  summary: 'Says whether the gateway would take these tenants files.',
  run: async (argv) => {
    const line = readCommandLine(argv, HELP, {});
    if (typeof line === 'number') return line;
    if (line.words.length === 0) return wrongCommandLine('check needs the path of a tenants file or folder');
    const good = line.words.map(checkPath);
    return good.includes(false) ? ExitCode.FAILED : ExitCode.OK;
  },
};

function checkPath(path: string): boolean {
  const { tenants, errors, warnings } = loadPath(path);
  const lines = [
    ...errors.map((message) => `${path}: error: ${message}`),
    ...warnings.map((message) => `${path}: warning: ${message}`),
    errors.length > 0
      ? `${path}: refused, ${count(errors.length, 'error')}`
      : `${path}: good, ${count(tenants.length, 'tenant')}, ${count(warnings.length, 'warning')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return errors.length === 0;
}

function loadPath(path: string): ReturnType<typeof loadTenants> {
  try {
    return loadTenants(readTenantFiles(path));
  } catch (error) {
    return { tenants: [], errors: [(error as Error).message], warnings: [] };
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
