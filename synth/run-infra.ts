import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AzureEnvironmentProps } from '../constructs/azure/environment-props';
import { writeStacks } from './stack-files';
import { renderTerraform } from './terraform';

const USAGE = `Writes Azure environments as Terraform, without asking Azure and without terraform.

  npm run infra [-- [environment …] [--out <folder>]]

  environment      one of the names below; all of them when none is given
  --out <folder>   where to write (default: $CDKTF_OUTDIR, else cdktf.out)
  --help           this text

Nothing is written unless every environment is right: then exit code 0, else 1.
`;

/** Runs the command. Answers with the exit code: 0 written, 1 something is wrong with an environment, 2 wrong usage. */
export function runInfra(
  environments: readonly AzureEnvironmentProps[],
  args: readonly string[],
  variables: NodeJS.ProcessEnv,
): number {
  const names = environments.map(({ name }) => name);
  const usage = `${USAGE}\nEnvironments: ${names.join(', ')}\n`;
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    return fail(2, [parsed, '', usage]);
  }
  if (parsed.help) {
    process.stdout.write(usage);
    return 0;
  }
  const unknown = parsed.names.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    return fail(2, [
      `There is no environment ${unknown.join(', ')}: there are ${names.join(', ')}. They are listed in environments/azure/index.ts.`,
    ]);
  }
  const all = parsed.names.length === 0;
  const chosen = environments.filter(({ name }) => all || parsed.names.includes(name));
  const outdir = path.resolve(parsed.out || variables.CDKTF_OUTDIR || 'cdktf.out');
  try {
    fs.mkdirSync(path.dirname(outdir), { recursive: true });
    const beside = fs.mkdtempSync(`${outdir}.`);
    try {
      const rendered = renderTerraform(chosen, path.join(beside, 'rendered'));
      const { stacks, problems } = rendered;
      if (problems.length > 0) {
        const count = `${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} wrong`;
        return fail(1, [...problems, '', `${count}; nothing was written.`]);
      }
      writeStacks(outdir, beside, rendered, (environment) => all || parsed.names.includes(environment));
      for (const { name } of stacks) {
        process.stdout.write(`${path.join(path.relative('', outdir), 'stacks', name)}\n`);
      }
      return 0;
    } finally {
      fs.rmSync(beside, { recursive: true, force: true });
    }
  } catch (error) {
    return fail(1, [error instanceof Error ? error.message : String(error)]);
  }
}

interface Arguments {
  readonly names: readonly string[];
  readonly out?: string;
  readonly help: boolean;
}

function parse(args: readonly string[]): Arguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    return { names: positionals, out: values.out, help: values.help ?? false };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function fail(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return code;
}
