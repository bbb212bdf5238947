// checkov on the stacks: nothing is found but what is waived, and nothing is waived that is not found.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { check, expect } from './tally.mjs';

export async function checkov(program, folder, stacks, waivers) {
  for (const { name, configuration } of stacks) {
    const { provider, resource, data, variable } = configuration;
    const home = path.join(folder, name);
    fs.mkdirSync(home, { recursive: true });
    // checkov's reader stops at the blocks `terraform`, `check` and `output`, which none of its policies looks at.
    fs.writeFileSync(path.join(home, 'cdk.tf.json'), JSON.stringify({ provider, resource, data, variable }, null, 2));
  }
  const { passed, findings, unread } = run(program, folder);
  await check('checkov reads every stack', () => {
    expect(unread === 0 && passed > 50, `${passed} policies hold, ${unread} files could not be read`);
    return `${passed} policies hold`;
  });
  await check('checkov finds nothing but what is waived', () => {
    const open = findings.filter((finding) => !waivers.some((waiver) => covers(waiver, finding)));
    expect(
      open.length === 0,
      open.map(({ id, stack, resource, what }) => `${id} ${stack} ${resource}: ${what}`).join('\n'),
    );
    return `${findings.length} findings waived`;
  });
  await check('e2e/azure/checkov-waivers.json waives nothing that is not found', () => {
    const needless = waivers.filter((waiver) => !findings.some((finding) => covers(waiver, finding)));
    expect(needless.length === 0, needless.map(({ check: id, resource }) => `${id} ${resource}`).join('\n'));
    const silent = waivers.filter(({ reason }) => !reason);
    expect(silent.length === 0, `without a reason: ${silent.map(({ check: id }) => id).join(', ')}`);
  });
}

function covers(waiver, finding) {
  return waiver.check === finding.id && waiver.resource === finding.resource;
}

function run(program, folder) {
  const args = ['-d', folder, '--framework', 'terraform_json', '--skip-download', '--compact', '-o', 'json'];
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (error) throw error;
  if (!stdout.trimStart().startsWith('{')) throw new Error(`checkov did not answer with JSON:\n${stdout}${stderr}`);
  const { summary, results = { failed_checks: [] } } = JSON.parse(stdout);
  return {
    passed: summary?.passed ?? 0,
    unread: summary?.parsing_errors ?? 0,
    findings: results.failed_checks.map(({ check_id: id, resource, check_name: what, file_path: file }) => ({
      id,
      // Some policies name a resource with its type, some without.
      resource: resource.split('.').pop(),
      stack: path.basename(path.dirname(file)),
      what,
    })),
  };
}
