/**
 * The whole stack end to end: the real programs on loopback, with what the manifests render, driven as people would.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBrowser } from './browser.mjs';
import { installed } from './images.mjs';
import { REPOSITORY } from './rendered.mjs';
import { createReport } from './report.mjs';
import { startStack } from './stack.mjs';
import { LEFT_OUT, STAGES } from './stages.mjs';

const USAGE = `Starts the rendered environments on loopback and walks through the plans' acceptance lists.

  npm run e2e -- [--only <scenario>[,<scenario>]] [--keep] [--folder <folder>]

  --only     these scenarios, and the ones that they build on
  --keep     leave the last environment running, and say how to open it
  --folder   for logs and pictures; default: .build/e2e

Scenarios: `;

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      keep: { type: 'boolean', default: false },
      folder: { type: 'string', default: join(REPOSITORY, '.build/e2e') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const scenarios = await allScenarios();
  const names = [...scenarios.keys()];
  if (values.help) return console.log(`${USAGE}${names.join(', ')}`);
  const wanted = withNeeds(values.only?.split(',') ?? names, scenarios);
  const stages = STAGES.filter((stage) => stage.scenarios.some((name) => wanted.has(name)));
  const { folder } = values;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const report = createReport();
  report.log(`logs and pictures: ${folder}`);
  const shared = {};
  for (const stage of stages) {
    const isLast = stage === stages.at(-1);
    await runStage(stage, { wanted, scenarios, folder, report, shared, keep: values.keep && isLast });
  }
  process.exitCode = report.finish();
  // Kept clients of the programs that have ended would hold it up.
  process.exit();
}

async function runStage(stage, { wanted, scenarios, folder, report, shared, keep }) {
  const { environment } = stage;
  report.title(`${stage.title} (dist/${environment})`);
  const secrets = stage.keepsSecrets ? shared.secrets : undefined;
  const options = { folder, state: join(folder, 'state', stage.state), log: report.log, replicas: stage.replicas };
  let stack;
  await report.check(`${environment} starts with what its manifests render`, async () => {
    stack = await startStack(environment, { ...options, secrets });
  });
  if (!stack) return;
  shared.secrets = merged(shared.secrets, stack.secrets);
  for (const [what, why] of Object.entries(stack.standIns ?? {})) report.standIn(what, why);
  const pictures = join(folder, 'pictures', stage.name);
  let browser;
  await report.check('a browser starts', async () => {
    browser = await startBrowser({ home: installed('install-browser.sh'), rules: [stack.edge.resolverRule], pictures });
  });
  if (!browser) return stack.stop();
  try {
    for (const name of stage.scenarios.filter((one) => wanted.has(one))) {
      const { title, run } = scenarios.get(name);
      report.title(title);
      const context = { stack, shared, folder, pictures, ...report, person: browser.person };
      await run(context).catch((error) => report.check(`${name} comes to its end`, () => Promise.reject(error)));
    }
    if (keep) await kept(stack, report);
    for (const [what, why] of Object.entries(LEFT_OUT)) report.leaveOut(what, why);
  } finally {
    await browser.stop();
    await stack.stop();
  }
}

/** All keys of all Secrets so far. */
function merged(one = {}, other) {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(names.map((name) => [name, { ...one[name], ...other[name] }]));
}

/** Until somebody ends it. */
async function kept(stack, { log }) {
  const { host, address, port, url } = stack.edge;
  const isSecure = url.startsWith('https');
  log(`${url} is at ${address}:${port}. In a browser:`);
  log(
    `  chromium --user-data-dir=$(mktemp -d) --host-resolver-rules="${stack.edge.resolverRule}" ${isSecure ? '--ignore-certificate-errors ' : ''}${url}`,
  );
  log(`  or: curl ${isSecure ? '--insecure ' : ''}--connect-to ${host}::${address}:${port} ${url}`);
  log('Ctrl+C ends it.');
  process.removeAllListeners('SIGINT');
  await new Promise((end) => {
    process.once('SIGINT', () => {
      process.on('SIGINT', () => process.exit(1));
      end();
    });
    // Something has to keep the event loop awake.
    setInterval(() => undefined, 60_000);
  });
}

async function allScenarios() {
  const folder = join(REPOSITORY, 'e2e/stack/scenarios');
  const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'));
  const modules = await Promise.all(files.map((file) => import(join(folder, file))));
  const found = new Map(files.map((file, index) => [file.replace('.mjs', ''), modules[index]]));
  const listed = STAGES.flatMap(({ scenarios }) => scenarios);
  const missing = listed.filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`stages.mjs lists scenarios that do not exist: ${missing.join(', ')}`);
  return new Map([...new Set(listed)].map((name) => [name, found.get(name)]));
}

function withNeeds(names, scenarios) {
  const wanted = new Set();
  const add = (name) => {
    const scenario = scenarios.get(name);
    if (!scenario) throw new Error(`there is no scenario ${name}; there are: ${[...scenarios.keys()].join(', ')}`);
    for (const other of scenario.needs ?? []) add(other);
    wanted.add(name);
  };
  for (const name of names) add(name);
  return wanted;
}

// What this run started ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
