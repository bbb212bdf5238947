import { App } from 'cdk8s';
import { Workspace } from '../constructs/workspace';
import { environments } from '../environments';
import { developmentSecrets } from './development-secrets';
import { problemsOf } from './render';

const NAMES = environments.map(({ name }) => name).join(', ');
const USAGE = `Prints Secrets with random values for an environment in development, to standard output and nowhere else.

  npm run --silent secrets -- <environment> | kubectl apply -f -

A value that somebody else issues, for example ANTHROPIC_API_KEY, is taken from the variable of that name.

Environments: ${NAMES}
`;

const [name, ...rest] = process.argv.slice(2);
const environment = environments.find((candidate) => candidate.name === name);
if (name === '--help' || name === '-h') {
  process.stdout.write(USAGE);
} else if (!environment || rest.length > 0) {
  process.stderr.write(
    `${name === undefined ? 'Name an environment' : `There is no environment ${[name, ...rest].join(' ')}`}: there are ${NAMES}.\n\n${USAGE}`,
  );
  process.exitCode = 2;
} else {
  const app = new App();
  new Workspace(app, environment.name, environment.workspace);
  const problems = problemsOf(app);
  if (problems.length > 0) {
    process.stderr.write(`${problems.join('\n')}\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(developmentSecrets(app, process.env));
  }
}
