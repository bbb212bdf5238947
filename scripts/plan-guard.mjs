// Reads a Terraform plan and says no when it would destroy what cannot be made again:
//   terraform show -json plan.bin | node scripts/plan-guard.mjs [--allow <address>]… [plan.json]
// Exit code 0: nothing of value is lost; 1: something is; 2: the plan cannot be judged.
import fs from 'node:fs';
import { parseArgs } from 'node:util';

/** What must not go, by type: what it is, and what goes with it. */
const GUARDED = {
  azurerm_postgresql_flexible_server: ['the database server', 'every chat, account and vector goes with it'],
  azurerm_postgresql_flexible_server_database: ['the database', 'every chat, account and vector goes with it'],
  azurerm_key_vault: ['the Key Vault', 'every key and password of the workspace goes with it'],
  azurerm_key_vault_key: ['a key of the vault', 'what is encrypted with it can no longer be read'],
  azurerm_storage_account: ['a storage account', 'every uploaded file goes with it'],
  azurerm_storage_container: ['a storage container', 'every file in it goes with it'],
  azurerm_storage_share: ['a file share', 'every file in it goes with it'],
  azurerm_kubernetes_cluster: ['the cluster', 'every volume in it goes with it, and the workspace stands still'],
  azurerm_data_protection_backup_vault: ['the backup vault', 'every backup in it goes with it'],
  azurerm_resource_group: ['a resource group', 'everything in it goes with it'],
};

/** Why Terraform does it, by its `action_reason`. */
const REASONS = {
  delete_because_no_resource_config: 'it is no longer in the configuration',
  delete_because_no_module: 'its module is no longer in the configuration',
  delete_because_wrong_repetition: 'it is no longer repeated in this way',
  delete_because_count_index: 'its count became smaller',
  delete_because_each_key: 'its key is gone from for_each',
  replace_because_tainted: 'it is marked as tainted',
  replace_by_request: '-replace asks for it',
  replace_by_triggers: 'replace_triggered_by asks for it',
};

function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { allow: { type: 'string', multiple: true, default: [] } },
  });
  if (positionals.length > 1) throw new Error('Give one plan, or none to read it from standard input.');
  const changes = resourceChanges(fs.readFileSync(positionals[0] ?? 0, 'utf8'));
  const losses = changes.filter(isLoss);
  const unused = values.allow.filter((address) => !losses.some((loss) => loss.address === address));
  if (unused.length > 0) {
    throw new Error(`--allow ${unused.join(', ')}: the plan does not touch that in this way. Leave it out.`);
  }
  const refused = losses.filter(({ address }) => !values.allow.includes(address));
  for (const loss of losses) {
    console.log(`${refused.includes(loss) ? '' : 'allowed: '}${sentence(loss)}`);
  }
  if (refused.length > 0) {
    console.log(
      `\nDo not apply this plan. If it is meant: ${refused.map(({ address }) => `--allow '${address}'`).join(' ')}`,
    );
    return 1;
  }
  console.log(
    `${changes.length} resources in the plan; it destroys ${losses.length || 'none'} of those that hold data.`,
  );
  return 0;
}

function resourceChanges(text) {
  let plan;
  try {
    plan = JSON.parse(text);
  } catch (error) {
    throw new Error(`The plan is not JSON (${error.message}). Write it by: terraform show -json <plan file>`);
  }
  // State and plan look alike; only a plan has planned values.
  if (typeof plan?.format_version !== 'string' || plan.planned_values === undefined) {
    throw new Error('This is not a plan. Write it by: terraform show -json <plan file>');
  }
  if (!plan.format_version.startsWith('1.')) {
    throw new Error(
      `The plan has the form ${plan.format_version}; the guard knows 1.x. Update the guard before you apply.`,
    );
  }
  if (plan.errored) {
    throw new Error('Terraform stopped while it made this plan, so it is not whole. Mend what it said and plan again.');
  }
  return plan.resource_changes ?? [];
}

function isLoss({ mode, type, change }) {
  return mode === 'managed' && Object.hasOwn(GUARDED, type) && change.actions.includes('delete');
}

function sentence({ address, type, change, action_reason: reason }) {
  const [what, lost] = GUARDED[type];
  const verb = change.actions.includes('create') ? 'replaces' : 'destroys';
  return `${address}: the plan ${verb} ${what}${why(change, reason)}; ${lost}.`;
}

function why({ replace_paths: paths = [] }, reason) {
  if (paths.length > 0) {
    const names = paths.map((path) =>
      path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join(''),
    );
    return `, as ${names.map((name) => name.slice(1)).join(', ')} cannot change in place`;
  }
  return REASONS[reason] ? `, as ${REASONS[reason]}` : '';
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
