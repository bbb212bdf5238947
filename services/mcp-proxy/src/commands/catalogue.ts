import { readCommandLine, textOf, wrongCommandLine } from '../../../runtime/command-line';
import { type Command, ExitCode } from '../../../runtime/program';
import { ConfigurationError } from '../../../runtime/settings';
import { readCredential } from '../configuration/credential-files';
import { catalogueTable } from './catalogue-table';
import { readIntegrations } from './integration';
import { type ProbeResult, probeIntegration } from './integration-probe';

const HELP = `catalogue: asks each integration what it offers and writes a Markdown table

Usage: mcp-proxy catalogue <path>... [--secrets <folder>] [--timeout-ms <number>] [--run-commands]

  <path>                 a catalogue or a tenants file or folder
  --secrets <folder>     the credentials, one file for each key (default: SECRETS_PATH, else /secrets)
  --timeout-ms <number>  longest wait for one answer (default: 10000)
  --run-commands         start the programs of stdio integrations: only with files that you trust

A catalogue is {"integrations": {"<name>": {...}}}; an integration is one of
  {"protocol": "auto" | "streamable-http" | "sse" | "openapi", "url": "https://…", "credential": {"key": "…"}}
  {"protocol": "stdio", "command": ["program", "argument"]}
An integration that does not answer in its protocol is tried in the others; the table shows what answered.
Exit code: 0 when every integration answered as it is written, 1 when not, 78 when a file has a fault.
`;

const OPTIONS = {
  secrets: { type: 'string' },
  'timeout-ms': { type: 'string', default: '10000' },
  'run-commands': { type: 'boolean' },
} as const;
const AT_ONCE = 8;

/** `catalogue <path>…`: which integrations answer, in which protocol, with how many tools. */
export const catalogueCommand: Command = {
  summary: 'Asks each integration what it offers and writes a Markdown table.',
  run: async (argv) => {
    const line = readCommandLine(argv, HELP, OPTIONS);
    if (typeof line === 'number') return line;
    const timeoutMs = Number(textOf(line, 'timeout-ms'));
    if (line.words.length === 0) return wrongCommandLine('catalogue needs the path of a catalogue or tenants file');
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1) return wrongCommandLine('--timeout-ms is not a whole number');
    const files = line.words.map(readIntegrations);
    const errors = files.flatMap((file) => file.errors);
    if (errors.length > 0) throw new ConfigurationError(errors);
    const folder = textOf(line, 'secrets') ?? process.env.SECRETS_PATH ?? '/secrets';
    const options = {
      timeoutMs,
      credential: (key: string) => readCredential(folder, key),
      runCommands: line.values['run-commands'] === true,
    };
    const waiting = files.flatMap((file) => file.integrations);
    const results: ProbeResult[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        results.push(await probeIntegration(next, options));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    process.stdout.write(catalogueTable(results));
    return results.every(({ problem }) => problem === undefined) ? ExitCode.OK : ExitCode.FAILED;
  },
};
