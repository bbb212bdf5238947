// After a restore: the restored server takes the place of the lost one, as docs/azure.md, "Stay on the restored server".
import { variablesOf } from './stacks.mjs';
import { check, expect } from './tally.mjs';

const DATABASE = 'azurerm_postgresql_flexible_server_database.database';
/** What hangs below the old server: its lock, which stays, would let nobody delete them. */
const LEFT_BEHIND = [
  'azurerm_postgresql_flexible_server_active_directory_administrator.postgres_administrators',
  'azurerm_monitor_diagnostic_setting.postgres_diagnostics',
];

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
    adopted.run(['state', 'rm', ...LEFT_BEHIND]);

    adopted.run(['plan', '-input=false', '-out=plan.bin'], { variables });
    const plan = adopted.run(['show', '-json', 'plan.bin']).text;
    const { status, stdout } = judge(plan);
    expect(status === 0, stdout);
    const { resource_changes: changes } = JSON.parse(plan);
    const deleted = changes.filter(({ change }) => change.actions.includes('delete')).map(({ address }) => address);
    expect(deleted.length === 0, `The lock of the old server may forbid it: the plan deletes ${deleted.join(', ')}`);
    const server = serverAmong(changes).change;
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
