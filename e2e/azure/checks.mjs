// What is asked of the stacks; each part of the answer is one line.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { azurerm5Version, forAzurerm5, needless } from './azurerm-5.mjs';
import { place } from './mirror.mjs';
import { testFile } from './mocked-tests.mjs';
import { variablesOf } from './stacks.mjs';
import { check, expect } from './tally.mjs';
import { Workplace } from './terraform.mjs';

/** A stack is right by the schemas of the providers, and all that it refers to is there. */
export async function validate(terraform, mirror, folder, stacks) {
  for (const stack of stacks) {
    await check(`validate ${stack.name}`, () => {
      const found = diagnostics(terraform, mirror, path.join(folder, stack.name), stack.configuration);
      expect(found.length === 0, found.join('\n'));
    });
  }
  const refusals = {
    'a misspelt argument': ['"sku"', (server) => Object.assign(server, { sku: 'x' })],
    'a missing argument': ['"location" is required', (server) => delete server.location],
    'a block that is there twice': [
      'Too many high_availability blocks',
      (server) => Object.assign(server, { high_availability: [{ mode: 'x' }, { mode: 'y' }] }),
    ],
    'a reference to nothing': [
      '"nowhere"',
      (server) => Object.assign(server, { zone: `$${'{azurerm_key_vault.vault.nowhere}'}` }),
    ],
    'a value of another type': ['a number is required', (server) => Object.assign(server, { storage_mb: 'large' })],
  };
  for (const [what, [word, breakIt]] of Object.entries(refusals)) {
    await check(`${what} is refused`, () => {
      const configuration = structuredClone(stacks.find(({ name }) => name.endsWith('-data')).configuration);
      breakIt(configuration.resource.azurerm_postgresql_flexible_server.postgres);
      const found = diagnostics(terraform, mirror, path.join(folder, 'broken'), configuration).join('\n');
      expect(found.includes(word), `Nothing was said of ${word}:\n${found}`);
    });
  }
}

/** Azure takes the values, as far as azurerm 5 knows it. */
export async function values(terraform, program, folder, stacks) {
  const mirror = path.join(folder, 'mirror');
  place(mirror, 'azurerm', azurerm5Version, program);
  const rewritten = [];
  for (const stack of stacks) {
    await check(`azurerm ${azurerm5Version} takes the values of ${stack.name}`, () => {
      const five = forAzurerm5(stack.configuration);
      rewritten.push(...five.rewritten);
      const found = diagnostics(terraform, mirror, path.join(folder, stack.name), five.configuration);
      expect(found.length === 0, found.join('\n'));
    });
  }
  await check('e2e/azure/azurerm-5.mjs rewrites nothing that no stack needs', () => {
    expect(needless(rewritten).length === 0, `No stack has these any more: ${needless(rewritten).join(', ')}`);
  });
  await check('a value that Azure does not have is refused', () => {
    const { configuration } = forAzurerm5(stacks.find(({ name }) => name.endsWith('-data')).configuration);
    configuration.resource.azurerm_postgresql_flexible_server.postgres.sku_name = 'Standard_D4ds_v5';
    const found = diagnostics(terraform, mirror, path.join(folder, 'broken'), configuration).join('\n');
    expect(found.includes('sku_name'), `Nothing was said of sku_name:\n${found}`);
  });
}

/** The way of a person: every stack in turn, then the contract, which the synth takes. */
export async function rehearse(rehearsal, stacks, judge, readContract) {
  for (const stack of stacks) {
    await check(`plan, apply and plan again ${stack.name}`, () => rehearsal.apply(stack, judge));
  }
  for (const stack of stacks.filter(({ configuration }) => configuration.output?.contract)) {
    await check(`the output \`contract\` of ${stack.name} is one that the synth takes`, () => {
      const environment = stack.name.replace(/-[^-]+$/, '');
      const { problems, contract } = readContract(rehearsal.output(stack, 'contract'), environment);
      expect(problems.length === 0, problems.join('\n'));
      return `identities ${Object.keys(contract.identities).join(', ')}`;
    });
  }
}

/** The guard, as a function of the plan's JSON and of what is allowed. */
export function planGuard(root) {
  const script = path.join(root, 'scripts', 'plan-guard.mjs');
  return (plan, ...args) => spawnSync(process.execPath, [script, ...args], { input: plan, encoding: 'utf8' });
}

/** What holds data stays: Terraform refuses to destroy it, and where it would not, the guard does. */
export async function guard(rehearsal, stacks, judge) {
  const data = stacks.find(({ name }) => name.endsWith('-data'));
  await check('terraform destroy of the data is refused by prevent_destroy', () => {
    const { status, all } = rehearsal
      .ready(data)
      .run(['plan', '-destroy', '-input=false'], { right: [0, 1], variables: variablesOf(data) });
    expect(status === 1 && /instance cannot be destroyed/i.test(all), all);
  });
  await check('the guard lets a plan pass that changes nothing', () => {
    const { status, stdout } = judge(rehearsal.plan(data));
    expect(status === 0, stdout);
  });
  await check('the guard refuses a real plan that replaces the database server', () => {
    const { status, stdout } = judge(
      rehearsal.plan(data, ({ resource }) => {
        const server = resource.azurerm_postgresql_flexible_server.postgres;
        server.geo_redundant_backup_enabled = !server.geo_redundant_backup_enabled;
        server.lifecycle.prevent_destroy = false;
      }),
    );
    expect(status === 1 && /replaces the database server, as geo_redundant_backup_enabled/.test(stdout), stdout);
  });
  await check('a restored server goes when it is let go and allowed', () => {
    const restore = stacks.find(({ name }) => name.endsWith('-restore'));
    const plan = rehearsal.plan(restore, letGo, ['-destroy']);
    expect(judge(plan).status === 1, 'The guard let it go unasked.');
    const { status, stdout } = judge(plan, '--allow', 'azurerm_postgresql_flexible_server.postgres');
    expect(status === 0, stdout);
  });
  for (const stack of stacks.filter(({ name }) => /-(data|cluster)$/.test(name))) {
    await check(`the guard refuses a real plan after everything was taken out of ${stack.name}`, () => {
      const { status, stdout } = judge(
        rehearsal.plan(stack, (configuration) => {
          for (const part of ['resource', 'data', 'output', 'check']) delete configuration[part];
        }),
      );
      expect(status === 1 && stdout.includes('no longer in the configuration'), stdout);
      return `${stdout.split('the plan destroys').length - 1} refusals`;
    });
  }
}

/** `terraform test` with mocked providers. */
export async function test(terraform, mirror, folder, stacks, outputs, answers) {
  const run = (stack, configuration, name) => {
    const workplace = new Workplace(terraform, mirror, path.join(folder, name));
    workplace.write(configuration);
    fs.writeFileSync(
      path.join(workplace.folder, 'stack.tftest.json'),
      JSON.stringify(testFile(stack, outputs, answers), null, 2),
    );
    workplace.run(['init', '-backend=false', '-input=false']);
    return workplace.run(['test'], { right: [0, 1] });
  };
  for (const stack of stacks) {
    await check(`terraform test ${stack.name}`, () => {
      const { status, all } = run(stack, stack.configuration, stack.name);
      expect(status === 0, all);
    });
  }
  await check('terraform test refuses a database with a public address', () => {
    const data = stacks.find(({ name }) => name.endsWith('-data'));
    const configuration = structuredClone(data.configuration);
    configuration.resource.azurerm_postgresql_flexible_server.postgres.public_network_access_enabled = true;
    const { status, all } = run(data, configuration, 'broken');
    expect(status === 1 && all.includes('the database has no public address'), all);
  });
}

function letGo({ resource }) {
  for (const { lifecycle } of Object.values(resource).flatMap(Object.values)) {
    if (lifecycle) delete lifecycle.prevent_destroy;
  }
}

function diagnostics(terraform, mirror, folder, configuration) {
  const workplace = new Workplace(terraform, mirror, folder);
  workplace.write(configuration);
  workplace.run(['init', '-backend=false', '-input=false']);
  return workplace.validate().map(({ address, summary, detail }) => `${address}: ${summary} ${detail}`);
}
