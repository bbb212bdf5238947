// The files that `terraform test` reads: a plan of each stack with mocked providers, and what must hold in it. Values of
// other stacks are those of the rehearsal.
import { variablesOf } from './stacks.mjs';

const MUST_HOLD = {
  network: [
    [
      'azurerm_subnet.database_subnet.delegation[0].service_delegation[0].name == "Microsoft.DBforPostgreSQL/flexibleServers"',
      'the subnet of the database is delegated to it',
    ],
    ['length(output.outbound_addresses) > 0', 'calls to the outside come from known addresses'],
  ],
  data: [
    [
      '!azurerm_postgresql_flexible_server.postgres.public_network_access_enabled',
      'the database has no public address',
    ],
    [
      'contains(split(",", azurerm_postgresql_flexible_server_configuration.postgres_azure_extensions.value), "VECTOR")',
      'pgvector may be created',
    ],
    ['azurerm_key_vault.vault.purge_protection_enabled', 'a deleted vault can be brought back'],
  ],
  cluster: [
    [
      'azurerm_kubernetes_cluster.cluster.oidc_issuer_enabled && azurerm_kubernetes_cluster.cluster.workload_identity_enabled',
      'pods can take on identities',
    ],
    [
      'azurerm_kubernetes_cluster.cluster.private_cluster_enabled || length(azurerm_kubernetes_cluster.cluster.api_server_access_profile) > 0',
      'the API server is not open to everyone',
    ],
    ['azurerm_kubernetes_cluster.cluster.local_account_disabled', 'nobody gets in past Entra'],
  ],
  identity: [
    [
      'azurerm_federated_identity_credential.secret_reader_trust.subject == "system:serviceaccount:open-webui:secret-reader"',
      'the ServiceAccount of the manifests may read the vault',
    ],
    ['output.contract.version == 1', 'the contract has its version'],
  ],
};

/**
 * @param outputs what the other stacks gave, by the key of their state
 * @param answers what the cloud says, by type (answers.json)
 */
export function testFile(stack, outputs, answers) {
  const { terraform, data = {} } = stack.configuration;
  const states = Object.entries(data.terraform_remote_state ?? {});
  const part = stack.name.slice(stack.name.lastIndexOf('-') + 1);
  return {
    mock_provider: Object.fromEntries(
      Object.keys(terraform.required_providers).map((name) => [name, [mock(name, stack, answers)]]),
    ),
    override_data: states.map(([id, { config }]) => ({
      target: `data.terraform_remote_state.${id}`,
      values: { outputs: outputs[config.key] },
    })),
    variables: variablesOf(stack),
    run: {
      plan: {
        command: 'plan',
        assert: (MUST_HOLD[part] ?? []).map(([condition, sentence]) => ({
          condition: `\${${condition}}`,
          error_message: `It must hold that ${sentence}.`,
        })),
      },
    },
  };
}

/** Values are there in the plan already: what the stack checks after an apply is checked here, too. */
function mock(provider, stack, answers) {
  const known = Object.entries(stack.configuration.resource)
    .filter(([type]) => type.startsWith(`${provider}_`) && answers[type]?.values)
    .map(([type, resources]) => [
      type,
      [{ defaults: filledIn(answers[type].values, Object.values(resources)[0], stack) }],
    ]);
  return { override_during: 'plan', ...(known.length > 0 && { mock_resource: Object.fromEntries(known) }) };
}

function filledIn(values, resource, stack) {
  const variables = variablesOf(stack);
  // A mock can refer to nothing.
  const literal = (text) =>
    text.replace(/^\$\{var\.(\w+)\}$/, (_, name) => variables[name]).replace(/^\$\{.*\}$/, 'mocked');
  const fill = (text) => text.replaceAll('{#}', '10').replaceAll(/\{(\w+)\}/g, (_, name) => literal(resource[name]));
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, fill(text)]));
}
