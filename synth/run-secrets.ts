import { developmentSecrets, standIns } from './development-secrets';
import { build, type Environment } from './environment';
import { environmentErrors, noEnvironment } from './environment-check';

const USAGE = `Prints Secrets with random values for an environment in development, to standard output and nowhere else.

  npm run --silent secrets -- <environment> | kubectl create -f -

A value that somebody else issues, for example ANTHROPIC_API_KEY, is taken from the variable of that name. Every run
prints new values: create leaves the Secrets alone that are there, apply would replace them.
`;

/** Runs the command. Answers with the exit code: 0 printed, 1 something is wrong with an environment, 2 wrong usage. */
export function runSecrets(
  environments: readonly Environment[],
  args: readonly string[],
  variables: NodeJS.ProcessEnv,
): number {
  // Before anything else: even the usage names the environments.
  const errors = environmentErrors(environments);
  if (errors.length > 0) {
    return fail(1, errors);
  }
  const usage = `${USAGE}\nEnvironments: ${environments.map(({ name }) => name).join(', ')}\n`;
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h') {
    process.stdout.write(usage);
    return 0;
  }
  if (name === undefined || rest.length > 0) {
    return fail(2, ['Name one environment.', '', usage]);
  }
  const environment = environments.find((candidate) => candidate.name === name);
  if (!environment) {
    return fail(2, [noEnvironment(name, environments)]);
  }
  const { app, problems } = build(environment);
  if (problems.length > 0) {
    return fail(1, problems);
  }
  process.stdout.write(developmentSecrets(app, variables));
  warnOf(standIns(app, variables));
  return 0;
}

/** To standard error: standard output is what kubectl reads. */
function warnOf(standIns: ReadonlyMap<string, string>): void {
  if (standIns.size > 0) {
    const lines = [...standIns].map(([variable, issuer]) => `  ${variable}, issued by ${issuer}`);
    process.stderr.write(
      `Random values stand in for keys that somebody issues; give each as a variable:\n${lines.join('\n')}\n`,
    );
  }
}

function fail(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return code;
}
