import fs from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './check';
import { checks } from './checks';
import { readCommandLine, type VerifyOptions, WrongUsage } from './command-line';
import { type Connect, NoCluster } from './connect';
import { State } from './finding';
import { ApiRefusal, ApiServer, Unreachable } from './kubernetes/api-server';
import { Cluster } from './kubernetes/cluster';
import { visitAt } from './outside';
import { NotRendered, RenderedEnvironment } from './rendered';
import { markdownReport, podLines, summaryTable, verdict } from './report';
import { count, runChecks } from './run-checks';

const USAGE = `Verifies a live cluster against what is rendered in dist/. It changes nothing in the cluster.

  npm run verify -- <environment | folder>

  --kubeconfig <file>   instead of $KUBECONFIG or ~/.kube/config
  --context <name>      instead of the current context
  -n, --namespace <n>   where the objects are, if not in the rendered namespace
  --only <check,…>      these checks only
  --user <email[:group,…]>   tries this user at the MCP gateway instead of one made up for each tenant; repeatable
  --report <file>       instead of docs/verification-report-<date>.md; - for none

Exit code: 0 nothing failed, 1 something failed, 2 no cluster or wrong usage. What could not be checked is listed.
`;

const MARKS = { [State.PASSED]: 'ok  ', [State.FAILED]: 'FAIL', [State.UNCHECKED]: '?   ' };

/** Runs the command and answers with its exit code. */
export async function runVerify(args: readonly string[], connect: Connect): Promise<number> {
  try {
    const names = checks.map(({ name }) => name);
    const options = readCommandLine(args, names);
    if (options) return await verify(options, connect);
    const list = checks.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`);
    process.stdout.write(`${USAGE}\nChecks:\n${list.join('\n')}\n`);
    return 0;
  } catch (error) {
    const expected = [WrongUsage, NotRendered, NoCluster, Unreachable, ApiRefusal].some(
      (kind) => error instanceof kind,
    );
    if (!expected) throw error;
    process.stderr.write(`${(error as Error).message}\n${error instanceof WrongUsage ? `\n${USAGE}` : ''}`);
    return 2;
  }
}

async function verify(options: VerifyOptions, connect: Connect): Promise<number> {
  const { environment, only, users } = options;
  const folder = environment.includes(path.sep) ? environment : path.join('dist', environment);
  const read = RenderedEnvironment.read(folder);
  const rendered = read.in(options.namespace ?? read.namespace);
  const connection = connect(options);
  const cluster = new Cluster(new ApiServer(connection.address), rendered.namespace);
  const kubernetes = await versionOf(cluster);
  const context: CheckContext = {
    rendered,
    cluster,
    pods: connection.podsOf(rendered.namespace),
    visit: visitAt({ plain: 80, encrypted: 443 }),
    now: Date.now,
    users,
  };
  const place = `context ${connection.name}, namespace ${rendered.namespace}, Kubernetes ${kubernetes}`;
  process.stdout.write(`Verifying ${rendered.name}: ${place}\n`);
  const chosen = checks.filter(({ name }) => only.length === 0 || only.includes(name));
  const results = await runChecks(context, chosen, {
    theme: ({ name, about }) => process.stdout.write(`\n${name}: ${about}\n`),
    finding: ({ state, subject, says }) => process.stdout.write(`  ${MARKS[state]} ${subject}: ${says}\n`),
  });
  process.stdout.write(`\n${summaryTable(results)}\n\n${verdict(results)}\n`);
  const at = context.now();
  const file = options.report ?? path.join('docs', `verification-report-${new Date(at).toISOString().slice(0, 10)}.md`);
  if (file !== '-') {
    const occasion = {
      environment: rendered.name,
      namespace: rendered.namespace,
      context: connection.name,
      kubernetes,
      at,
    };
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, markdownReport(occasion, results, await podLines(cluster)));
    process.stdout.write(`Written to ${file}\n`);
  }
  return count(results, State.FAILED) > 0 ? 1 : 0;
}

async function versionOf(cluster: Cluster): Promise<string> {
  try {
    return await cluster.version();
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 401) {
      throw new NoCluster(`The cluster does not know who you are (${error.message}): sign in again.`);
    }
    if (error instanceof Unreachable) throw new NoCluster(`No cluster can be reached: ${error.message}.`);
    throw error;
  }
}
