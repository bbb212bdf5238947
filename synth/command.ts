import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Delivery, synthesizeDelivery } from './delivery';
import { type Environment, synthesize } from './environment';
import { environmentErrors, noEnvironment } from './environment-check';
import { writeEnvironments } from './staging';

const USAGE = `Renders environments to plain Kubernetes YAML.

  npm run synth [-- [environment …] [--out <folder>]]

  environment      one of the names below; all of them when none is given
  --out <folder>   where to write (default: $CDK8S_OUTDIR, else dist)
  --help           this text

Nothing is written unless every environment is right: then exit code 0, else 1.
`;

/** Runs the command. Answers with the exit code: 0 written, 1 something is wrong with an environment, 2 wrong usage. */
export function runSynth(
  environments: readonly Environment[],
  deliveries: readonly Delivery[],
  args: readonly string[],
  variables: NodeJS.ProcessEnv,
): number {
  // Before anything else: even the usage names the environments.
  const errors = environmentErrors(environments);
  if (errors.length > 0) {
    return refuse(errors);
  }
  const names = [...environments, ...deliveries].map(({ name }) => name);
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
    return fail(2, [noEnvironment(unknown.join(', '), environments)]);
  }
  const all = parsed.names.length === 0;
  const isChosen = ({ name }: { readonly name: string }) => all || parsed.names.includes(name);
  const rendered = [
    ...environments.filter(isChosen).map(synthesize),
    ...deliveries.filter(isChosen).map((delivery) => synthesizeDelivery(delivery, environments)),
  ];
  const problems = rendered.flatMap((environment) => environment.problems);
  if (problems.length > 0) {
    return refuse(problems);
  }
  const outdir = path.resolve(parsed.out || variables.CDK8S_OUTDIR || 'dist');
  try {
    writeEnvironments(outdir, rendered, all);
  } catch (error) {
    return fail(1, [error instanceof Error ? error.message : String(error)]);
  }
  for (const warning of rendered.flatMap(({ warnings }) => warnings)) {
    process.stderr.write(`note: ${warning}\n`);
  }
  for (const { name, files } of rendered) {
    process.stdout.write(`${path.join(path.relative('', outdir), name)}  ${files.length} files\n`);
  }
  return 0;
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

function refuse(problems: readonly string[]): number {
  const count = `${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} wrong`;
  return fail(1, [...problems, '', `${count}; nothing was written.`]);
}

function fail(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return code;
}
