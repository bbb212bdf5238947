import {
  ConfigurationError,
  type Environment,
  helpText,
  readSettings,
  type Settings,
  type SettingsTable,
} from './settings';

/** How a program ends; the last two are those of BSD's `sysexits.h`. */
export enum ExitCode {
  OK = 0,
  FAILED = 1,
  /** The command line is wrong. */
  USAGE = 64,
  /** The configuration is wrong. */
  CONFIGURATION = 78,
}

/** A command besides running the service. */
export interface Command {
  /** One line for `--help` of the program. */
  readonly summary: string;
  /** Gets what follows the command's name, `--help` included; resolves to the exit code. */
  run(argv: readonly string[]): Promise<number>;
}

/** A service as its command line shows it. */
export interface Program<Table extends SettingsTable> {
  readonly name: string;
  readonly version: string;
  /** What it is for, in one sentence. */
  readonly purpose: string;
  readonly variables: Table;
  /** Faults between variables, one sentence each. */
  check?(settings: Settings<Table>): readonly string[];
  readonly commands?: { readonly [name: string]: Command };
  /** Resolves when the service listens. Error: a `ConfigurationError` ends it with 78, any other with 1. */
  start(settings: Settings<Table>): Promise<void>;
}

/**
 * Runs the service, or the command that the first argument names, or answers `--help` and `--version`. It sets the
 * exit code and returns when the service runs; every fault is one line on stderr.
 */
export async function runProgram<Table extends SettingsTable>(
  program: Program<Table>,
  argv: readonly string[] = process.argv.slice(2),
  env: Environment = process.env,
): Promise<void> {
  const [first, ...rest] = argv;
  const command = first !== undefined && Object.hasOwn(program.commands ?? {}, first) && program.commands?.[first];
  try {
    if (command) process.exitCode = await command.run(rest);
    else if (first === '--help' || first === '-h') process.stdout.write(helpOf(program));
    else if (first === '--version') process.stdout.write(`${program.name} ${program.version}\n`);
    else if (first !== undefined) {
      fail(program, [`unknown argument ${JSON.stringify(first)}: see ${program.name} --help`], ExitCode.USAGE);
    } else await start(program, env);
  } catch (error) {
    if (error instanceof ConfigurationError) fail(program, error.faults, ExitCode.CONFIGURATION);
    else fail(program, [error instanceof Error ? error.message : String(error)], ExitCode.FAILED);
    // Something that was begun may keep the process alive, and a service that half runs helps nobody.
    if (!command) process.exit();
  }
}

async function start<Table extends SettingsTable>(program: Program<Table>, env: Environment): Promise<void> {
  const settings = readSettings(program.variables, env);
  const faults = program.check?.(settings) ?? [];
  if (faults.length > 0) throw new ConfigurationError(faults);
  await program.start(settings);
}

function fail(program: { readonly name: string }, faults: readonly string[], code: ExitCode): void {
  process.exitCode = code;
  process.stderr.write(faults.map((fault) => `${program.name}: ${fault}\n`).join(''));
}

function helpOf<Table extends SettingsTable>({ name, purpose, commands, variables }: Program<Table>): string {
  const lines = Object.entries(commands ?? {}).map(
    ([command, { summary }]) => `  ${name} ${command}\n      ${summary}`,
  );
  const others = lines.length === 0 ? '' : `\nCommands (each has --help):\n${lines.join('\n')}\n`;
  return (
    `${name}: ${purpose}\n\nUsage: ${name} [--help | --version]\n${others}\n` +
    `Environment variables:\n${helpText(variables)}\n` +
    `Exit codes: 0 done, 1 failed, 64 wrong command line, 78 wrong configuration.\n`
  );
}
