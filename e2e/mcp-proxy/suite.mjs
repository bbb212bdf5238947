// One run of the official conformance suite.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const STAMP = /-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** Runs the scenarios of a revision at a URL. Gives for each whether it passed, whether it counts, and its checks. */
export async function runSuite(tools, url, revision, output) {
  const args = [tools.conformance, 'server', '--url', url, '--requirements', revision, '-o', output];
  const child = spawn(tools.node, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  await new Promise((resolve) => child.on('close', resolve));
  const summary = said.slice(said.indexOf('=== SUMMARY ==='));
  const unscored = new Set([...summary.matchAll(/^ {2}[✓✗] (\S+) \(/gm)].map(([, name]) => name));
  const scenarios = new Map();
  for (const [, mark, name] of summary.matchAll(/^([✓✗]) (\S+): /gm)) {
    const checks = checksOf(output, name);
    // A passing mark without a check behind it is no pass.
    const passed = mark === '✓' && checks.length > 0;
    scenarios.set(name, { passed, scored: !unscored.has(name), faults: faultsIn(checks) });
  }
  if (scenarios.size === 0) throw new Error(`The suite ran no scenario:\n${said}`);
  return scenarios;
}

function checksOf(output, name) {
  const run = fs.readdirSync(output).find((entry) => entry.replace(STAMP, '') === `server-${name}`);
  return run === undefined ? [] : JSON.parse(fs.readFileSync(path.join(output, run, 'checks.json'), 'utf8'));
}

/** Only what the suite judges; what it merely notes (INFO, SKIPPED) may differ. */
function faultsIn(checks) {
  const judged = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
  return judged.map(({ id, status, errorMessage }) => ({ id, status, errorMessage }));
}
