// After a restore: the restored server takes the place of the lost one, as docs/azure.md, "Stay on the restored server".
import { variablesOf } from './stacks.mjs';
import { check, expect } from './tally.mjs';

const DATABASE = 'azurerm_postgresql_flexible_server_database.database';

export async function adopt(rehearsal, data, restore, judge) {
  await check(`${restore.name} takes the place of the server of ${data.name}`, () => {
    const variables = variablesOf(data);
    const restored = rehearsal.ready(restore);
    const resources = restored.json(['show', '-json']).values.root_module.resources;
    const { id, values } = serverAmong(resources);
    const adopted = rehearsal.ready(data, (configuration) => rename(configuration, values.name));
    const take = (address, from) => {
      adopted.run(['state', 'rm', address]);
      adopted.run(['import', '-input=false', address, from], { variables });
    };
    for (const { address, values: own } of resources.filter(({ mode }) => mode === 'managed')) {
      take(address, own.id);
      restored.run(['state', 'rm', address]);
    }
    take(DATABASE, `${id}/databases/openwebui`);

    adopted.run(['plan', '-input=false', '-out=plan.bin'], { variables });
    const plan = adopted.run(['show', '-json', 'plan.bin']).text;
    const { status, stdout } = judge(plan);
    expect(status === 0, stdout);
    const server = serverAmong(JSON.parse(plan).resource_changes).change;
    expect(server.actions.join() === 'update', `The plan would ${server.actions.join(' and ')} the restored server.`);
    return stdout.trim();
  });
}

function serverAmong(resources) {
  const server = resources.find(({ type }) => type === 'azurerm_postgresql_flexible_server');
  return { ...server, id: server.values?.id };
}

function rename(configuration, name) {
  const old = configuration.resource.azurerm_postgresql_flexible_server.postgres.name;
  Object.assign(configuration, JSON.parse(JSON.stringify(configuration).replaceAll(old, name)));
}
