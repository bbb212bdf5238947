import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { type HelmFinding, HelmFindingKind } from '../constructs/helm-values/finding';
import { fromHelmValues, type HelmValues } from '../constructs/helm-values/helm-values';
import { typeScriptOf } from '../constructs/helm-values/typescript';

export const VALUES_HELP = `  values <file>        what became of each key of a values file of the official chart, and the same as typed props
    --typescript FILE  write an app with these props; FILE must not exist yet
    --json             findings and placeholders as JSON
`;

const USAGE = 64;

/** Runs the command. Gives the exit code: 0 done, 1 the file cannot be read, 64 wrong command line. */
export function runValues(argv: readonly string[]): number {
  const given = parse(argv);
  if (typeof given === 'string') {
    process.stderr.write(`cdk8s-open-webui values: ${given}\n`);
    return USAGE;
  }
  if (given.help) {
    process.stdout.write(VALUES_HELP);
    return 0;
  }
  try {
    const values = fromHelmValues(given.file);
    process.stdout.write(given.json ? `${JSON.stringify(report(values), null, 2)}\n` : textOf(values));
    if (given.typescript !== undefined) {
      fs.writeFileSync(given.typescript, typeScriptOf(values), { flag: 'wx' });
      process.stderr.write(`wrote ${given.typescript}\n`);
    }
    return 0;
  } catch (error) {
    process.stderr.write(`cdk8s-open-webui values: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

interface Given {
  readonly file: string;
  readonly typescript?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

function parse(argv: readonly string[]): Given | string {
  const options = {
    typescript: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [file, ...more] = positionals;
    if (values.help) return { file: '', help: true };
    if (file === undefined) return 'which file? Write npx cdk8s-open-webui values <file>';
    return more.length > 0 ? `one file at a time, not also ${more.join(', ')}` : { file, ...values };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function report({ findings, placeholders }: HelmValues): object {
  return { findings, placeholders };
}

/** What a person has to look at first: what did nothing, what was meant otherwise, what is missing. */
const ORDER = [
  HelmFindingKind.DEAD,
  HelmFindingKind.IGNORED,
  HelmFindingKind.RENAMED,
  HelmFindingKind.REPLACED,
  HelmFindingKind.CARRIED,
  HelmFindingKind.TO_FILL_IN,
];

function textOf({ findings }: HelmValues): string {
  const sections = ORDER.flatMap((kind) => {
    const of = findings.filter((finding) => finding.kind === kind);
    return of.length === 0 ? [] : [`${kind} (${of.length})\n${linesOf(of)}`];
  });
  return `${sections.join('\n')}`;
}

function linesOf(findings: readonly HelmFinding[]): string {
  const width = Math.min(48, Math.max(...findings.map(({ path }) => path.length)));
  return findings.map(({ path, text }) => `  ${path.padEnd(width)}  ${text}\n`).join('');
}
