// The stacks of `npm run infra` under real programs, with nothing of Azure. Each option is the path of a program, or of
// the folder of a package, that .ci/ installs; an empty one could not be had.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { adopt } from './adoption.mjs';
import { sameUnderCdktn } from './cdktn.mjs';
import { checkov } from './checkov.mjs';
import { guard, planGuard, rehearse, test, validate, values } from './checks.mjs';
import { mirrorOfStandIns, providers, versionOf } from './mirror.mjs';
import { Rehearsal } from './rehearsal.mjs';
import { synthesize } from './stacks.mjs';
import { close, leaveOut } from './tally.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
const paths = ['terraform', 'stand-in', 'azurerm5', 'checkov', 'cdktn'];
const { values: installed } = parseArgs({
  options: Object.fromEntries(paths.map((name) => [name, { type: 'string', default: '' }])),
});
const { terraform, azurerm5 } = installed;
// They try out what can be chosen, whether checkov would choose it or not.
const SAMPLES = ['small', 'rich'];

const answers = path.join(here, 'answers.json');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'azure-'));

try {
  const stacks = synthesize(root, path.join(work, 'cdktf.out'));
  const mirror = path.join(work, 'mirror');
  mirrorOfStandIns(mirror, path.join(installed['stand-in'], 'provider'), root, stacks, answers);
  const programs = providers(root).map(({ name }) => `${name} ${versionOf(stacks, name)}`);
  const schemas = providers(root).map(({ name, version }) => `${name} ${version}`);
  leaveOut(
    `the programs of ${programs.join(' and ')}, which the Go module proxy does not serve; a stand-in has the schemas of ${schemas.join(' and ')}`,
  );

  await validate(terraform, mirror, path.join(work, 'validate'), stacks);
  if (azurerm5) {
    await values(terraform, azurerm5, path.join(work, 'values'), stacks);
  } else {
    leaveOut('the values: azurerm 5 could not be built');
  }
  const rehearsal = new Rehearsal(terraform, mirror, path.join(work, 'rehearsal'));
  const judge = planGuard(root);
  await rehearse(rehearsal, stacks, judge, contractReader());
  await guard(rehearsal, stacks, judge);
  const part = (name) => stacks.find((stack) => stack.name === `aks-production-${name}`);
  await adopt(rehearsal, part('data'), part('restore'), judge);
  const version = execFileSync(terraform, ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  if (version.includes('OpenTofu')) {
    leaveOut('`terraform test`: OpenTofu has no mocks that answer while it plans');
  } else {
    const outputs = stacks.map((stack) => [
      stack.configuration.terraform.backend.azurerm.key,
      rehearsal.outputs(stack),
    ]);
    const said = JSON.parse(fs.readFileSync(answers, 'utf8'));
    await test(terraform, mirror, path.join(work, 'test'), stacks, Object.fromEntries(outputs), said);
  }
  if (installed.checkov) {
    const waivers = JSON.parse(fs.readFileSync(path.join(here, 'checkov-waivers.json'), 'utf8'));
    const ours = stacks.filter(({ name }) => !SAMPLES.some((sample) => name.startsWith(`${sample}-`)));
    await checkov(installed.checkov, path.join(work, 'checkov'), ours, waivers);
  } else {
    leaveOut('checkov');
  }
  if (installed.cdktn) {
    await sameUnderCdktn(root, installed.cdktn, path.join(work, 'cdktn'), stacks);
  } else {
    leaveOut('cdktn');
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
close();

/** The reader that the synth uses. */
function contractReader() {
  const bundle = path.join(work, 'contract.cjs');
  const program = path.join(root, 'node_modules', '.bin', 'esbuild');
  const source = path.join(root, 'constructs', 'azure', 'contract.ts');
  execFileSync(program, [source, '--bundle', '--platform=node', '--log-level=warning', `--outfile=${bundle}`]);
  return createRequire(import.meta.url)(bundle).readContract;
}
