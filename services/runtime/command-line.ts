import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ExitCode } from './program';

type Options = NonNullable<ParseArgsConfig['options']>;

/** A command's words: what is written, and what was given. */
export interface CommandLine {
  readonly values: { readonly [option: string]: string | boolean | undefined };
  readonly words: readonly string[];
}

/**
 * The command line, or the exit code when there is nothing left to do: after `--help`, and after a fault, which is
 * then on stderr. Options are text unless they say otherwise.
 */
export function readCommandLine(argv: readonly string[], help: string, options: Options): CommandLine | ExitCode {
  try {
    const all: Options = { ...options, help: { type: 'boolean', short: 'h' } };
    const { values, positionals } = parseArgs({ args: [...argv], options: all, allowPositionals: true, strict: true });
    if (values.help) {
      process.stdout.write(help);
      return ExitCode.OK;
    }
    return { values: values as CommandLine['values'], words: positionals };
  } catch (error) {
    return wrongCommandLine((error as Error).message);
  }
}

/** Says what is wrong on stderr. */
export function wrongCommandLine(fault: string): ExitCode {
  process.stderr.write(`${fault}\nSee --help.\n`);
  return ExitCode.USAGE;
}

/** A text option. */
export function textOf(line: CommandLine, option: string): string | undefined {
  const value = line.values[option];
  return typeof value === 'string' ? value : undefined;
}

/** The entries between commas. */
export function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
