import { spawnSync } from 'node:child_process';
import path from 'node:path';

const GUARD = path.join(__dirname, '..', '..', 'scripts', 'plan-guard.mjs');
const SERVER = 'azurerm_postgresql_flexible_server.postgres';

interface Change {
  readonly address: string;
  readonly actions: readonly string[];
  readonly reason?: string;
  readonly paths?: readonly (readonly (string | number)[])[];
  readonly mode?: string;
}

function plan(...changes: readonly Change[]): string {
  return JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    planned_values: {},
    resource_changes: changes.map(({ address, actions, reason, paths, mode = 'managed' }) => ({
      address,
      mode,
      type: address.replace(/^(data|module\.[^.]+)\./, '').split('.')[0],
      change: { actions, replace_paths: paths },
      action_reason: reason,
    })),
  });
}

function guard(input: string, ...args: readonly string[]): { code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [GUARD, ...args], { input, encoding: 'utf8' });
  return { code: status, text: stdout + stderr };
}

test('a plan that makes and changes things may be applied', () => {
  const input = plan(
    { address: SERVER, actions: ['update'] },
    { address: 'azurerm_key_vault.vault', actions: ['create'] },
    { address: 'azurerm_kubernetes_cluster.cluster', actions: ['no-op'] },
    { address: 'azurerm_role_assignment.reader', actions: ['delete', 'create'] },
  );
  expect(guard(input)).toEqual({
    code: 0,
    text: '4 resources in the plan; it destroys none of those that hold data.\n',
  });
});

test.each<[string, Change, string]>([
  [
    'replaces the database server, whatever comes first',
    { address: SERVER, actions: ['create', 'delete'], paths: [['geo_redundant_backup_enabled']] },
    `${SERVER}: the plan replaces the database server, as geo_redundant_backup_enabled cannot change in place; every chat, account and vector goes with it.`,
  ],
  [
    'takes the database server out of the configuration, where prevent_destroy goes with it',
    { address: SERVER, actions: ['delete'], reason: 'delete_because_no_resource_config' },
    `${SERVER}: the plan destroys the database server, as it is no longer in the configuration; every chat`,
  ],
  [
    'destroys the vault of a module',
    { address: 'module.data.azurerm_key_vault.vault', actions: ['delete'] },
    'module.data.azurerm_key_vault.vault: the plan destroys the Key Vault; every key',
  ],
  [
    'replaces the cluster for a value inside a block',
    {
      address: 'azurerm_kubernetes_cluster.cluster',
      actions: ['delete', 'create'],
      paths: [['network_profile', 0, 'network_plugin']],
    },
    'replaces the cluster, as network_profile[0].network_plugin cannot change in place',
  ],
  ['destroys the files', { address: 'azurerm_storage_account.files', actions: ['delete'] }, 'every uploaded file'],
  ['destroys a share', { address: 'azurerm_storage_share.files', actions: ['delete'] }, 'every file in it'],
  ['destroys a resource group', { address: 'azurerm_resource_group.data', actions: ['delete'] }, 'everything in it'],
])('a plan is refused that %s', (_, change, sentence) => {
  const { code, text } = guard(plan(change));
  expect(text).toContain(sentence);
  expect(text).toContain(`Do not apply this plan. If it is meant: --allow '${change.address}'`);
  expect(code).toBe(1);
});

test('what is allowed by its address passes, and nothing else', () => {
  const input = plan(
    { address: SERVER, actions: ['delete'] },
    { address: 'azurerm_key_vault.vault', actions: ['delete'] },
  );
  const { code, text } = guard(input, '--allow', SERVER);
  expect(code).toBe(1);
  expect(text).toContain(`allowed: ${SERVER}: the plan destroys`);
  expect(text).toContain("If it is meant: --allow 'azurerm_key_vault.vault'\n");
  expect(guard(input, '--allow', SERVER, '--allow', 'azurerm_key_vault.vault').code).toBe(0);
});

test.each<[string, string, readonly string[], string]>([
  ['is no JSON', 'Terraform used the selected providers', [], 'The plan is not JSON'],
  ['is the state', JSON.stringify({ format_version: '1.0', values: {} }), [], 'This is not a plan.'],
  ['is null', 'null', [], 'This is not a plan.'],
  [
    'has a later form',
    JSON.stringify({ format_version: '2.0', planned_values: {} }),
    [],
    'The plan has the form 2.0; the guard knows 1.x.',
  ],
  [
    'is not whole',
    JSON.stringify({ format_version: '1.2', planned_values: {}, errored: true }),
    [],
    'Terraform stopped while it made this plan',
  ],
  ['does not do what is allowed', plan(), ['--allow', SERVER], `--allow ${SERVER}: the plan does not touch that`],
  ['is not there', '', ['no-such-plan.json'], 'no such file'],
  ['is two', '', ['a', 'b'], 'Give one plan'],
  ['comes with an unknown option', plan(), ['--force'], "Unknown option '--force'"],
])('a plan cannot be judged that %s', (_, input, args, sentence) => {
  const { code, text } = guard(input, ...args);
  expect(text).toContain(sentence);
  expect(code).toBe(2);
});

test('data that is only read is no loss', () => {
  const input = plan({ address: 'data.azurerm_key_vault.vault', actions: ['delete'], mode: 'data' });
  expect(guard(input).code).toBe(0);
});
