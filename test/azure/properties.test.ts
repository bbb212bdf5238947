import {
  type AzureEnvironmentProps,
  CONTRACT_OUTPUT,
  CONTRACT_VERSION,
  contractKey,
  maxConnectionsOf,
  SharedStorageKind,
} from '../../constructs/azure';
import { aksProduction as manifests } from '../../environments/aks-production';
import { aksProduction } from '../../environments/azure/aks-production';
import { synthesize as renderManifests } from '../../synth/environment';
import { rich, small } from './samples';
import { type Block, resources, type Stack, synthesize } from './synthesize';

/** Whose loss would be the loss of data. */
const DATA = new Set([
  'azurerm_postgresql_flexible_server',
  'azurerm_postgresql_flexible_server_database',
  'azurerm_key_vault',
  'azurerm_storage_account',
  'azurerm_storage_share',
  'azurerm_storage_container',
]);
const LOCKED = ['azurerm_postgresql_flexible_server', 'azurerm_key_vault', 'azurerm_storage_account'];
const reference = (to: string) => `\${${to}}`;

/** Arguments that the provider keeps in the state although they are secrets. */
const SECRET_ARGUMENTS = /^(administrator_password|value|password|client_secret|access_key|primary_access_key)$/;

describe.each<AzureEnvironmentProps>([aksProduction, small, rich])('every stack of $name', (environment) => {
  const stacks = synthesize(environment);
  const each = Object.entries(stacks);
  const all = each.flatMap(([part, stack]) => resources(stack).map((resource) => ({ part, ...resource })));

  test('keeps its state in a blob of its own, entered by Entra ID', () => {
    for (const [part, { terraform }] of each) {
      expect(terraform.backend).toEqual({
        azurerm: expect.objectContaining({
          key: `${environment.name}/${part}.tfstate`,
          storage_account_name: environment.state.storageAccount,
          use_azuread_auth: true,
          use_oidc: environment.state.oidc ?? true,
        }),
      });
      expect(Object.keys(terraform.backend.azurerm)).not.toContain('access_key');
    }
  });

  test('asks for a Terraform that has write-only arguments, and for the providers it was checked with', () => {
    for (const [, { terraform }] of each) {
      expect(terraform.required_version).toBe('>= 1.11');
      expect(terraform.required_providers.azurerm).toEqual({ source: 'azurerm', version: '4.73.0' });
    }
  });

  test('names no path of a machine', () => {
    expect(JSON.stringify(stacks)).not.toMatch(/"(\/(home|root|tmp|work|Users|var)\/|[A-Z]:\\)/);
    expect(JSON.stringify(stacks)).not.toContain(process.cwd());
  });

  test('is the same each time', () => {
    expect(synthesize(environment)).toEqual(stacks);
  });

  test('refuses to destroy what holds data', () => {
    const unkept = all.filter(({ type, block }) => DATA.has(type) && block.lifecycle?.prevent_destroy !== true);
    expect(unkept).toEqual([]);
    expect(all.some(({ type }) => DATA.has(type))).toBe(true);
  });

  test('locks the database, the vault and the storage, and nothing of the network', () => {
    const locks = all.filter(({ type }) => type === 'azurerm_management_lock');
    const scopes = locks.map(({ part, block }) => `${part} ${block.scope}`).sort();
    const expected = all
      .filter(({ type }) => LOCKED.includes(type))
      .map(({ part, type, name }) => `${part} \${${type}.${name}.id}`);
    expect(scopes).toEqual(expected.sort());
    expect(locks.map(({ block }) => block.lock_level)).toEqual(locks.map(() => 'CanNotDelete'));
    expect(locks.filter(({ part }) => part === 'network')).toEqual([]);
  });

  test('sets the locks behind what Azure replaces when the administrators change', () => {
    const { azurerm_management_lock: locks, azurerm_role_assignment: roles } = stacks.data.resource;
    expect(locks.postgres_lock.depends_on).toEqual([
      'azurerm_postgresql_flexible_server_active_directory_administrator.postgres_administrators',
    ]);
    const below = Object.entries(roles).filter(([, { scope }]) => scope === reference('azurerm_key_vault.vault.id'));
    expect(below).not.toEqual([]);
    expect(locks.vault_lock.depends_on).toEqual(below.map(([name]) => `azurerm_role_assignment.${name}`));
  });

  test('writes the connection URL once the server has its password, and never before', () => {
    const { azurerm_key_vault_secret: secrets = {} } = stacks.data.resource;
    const { urlSecret } = environment.database;
    expect(Object.values(secrets).map(({ name }) => name)).toEqual(urlSecret ? [urlSecret] : []);
    for (const { depends_on } of Object.values(secrets)) {
      expect(depends_on).toContain('azurerm_postgresql_flexible_server.postgres');
    }
  });

  test('sends what containers write to Log Analytics, by the rule that the cluster is joined to', () => {
    const { azurerm_monitor_data_collection_rule_association: joined } = stacks.cluster.resource;
    expect(Object.values(joined).find(({ name }) => name === 'ContainerInsightsExtension')).toMatchObject({
      target_resource_id: reference('azurerm_kubernetes_cluster.cluster.id'),
      data_collection_rule_id: reference(
        'data.terraform_remote_state.observability_state.outputs.container_log_rule_id',
      ),
    });
    const { container_log_rule: rule } = stacks.observability.resource.azurerm_monitor_data_collection_rule;
    expect(stacks.observability.output.container_log_rule_id.value).toBe(
      reference('azurerm_monitor_data_collection_rule.container_log_rule.id'),
    );
    const [extension] = rule.data_sources.extension;
    expect(extension).toMatchObject({ extension_name: 'ContainerInsights', streams: rule.data_flow[0].streams });
    expect(extension.streams).toContain('Microsoft-ContainerLogV2');
    const { enableContainerLogV2, namespaceFilteringMode, namespaces } = JSON.parse(
      extension.extension_json,
    ).dataCollectionSettings;
    expect({ enableContainerLogV2, namespaceFilteringMode }).toEqual({
      enableContainerLogV2: true,
      namespaceFilteringMode: 'Exclude',
    });
    const ours = environment.identities.map(({ serviceAccount }) => serviceAccount.namespace);
    expect(ours.filter((namespace) => namespaces.includes(namespace))).toEqual([]);
    const [{ name, workspace_resource_id }] = rule.destinations.log_analytics;
    expect(rule.data_flow[0].destinations).toEqual([name]);
    expect(workspace_resource_id).toBe(reference('azurerm_log_analytics_workspace.logs.id'));
  });

  test('leaves the storage endpoint that Azure adds to the subnet of the database, and to no other', () => {
    const subnets = Object.entries(stacks.network.resource.azurerm_subnet);
    const endpoints = subnets.filter(([, { service_endpoints }]) => service_endpoints);
    expect(endpoints.map(([name, block]) => [name, block.service_endpoints])).toEqual([
      ['database_subnet', ['Microsoft.Storage']],
    ]);
  });

  test('has secrets in write-only arguments alone, out of ephemeral variables', () => {
    for (const { type, name, block } of all) {
      const secrets = Object.keys(block).filter((key) => SECRET_ARGUMENTS.test(key));
      const wrong = type === 'azurerm_postgresql_flexible_server_configuration' ? [] : secrets;
      expect({ type, name, wrong }).toEqual({ type, name, wrong: [] });
      const takers = Object.entries(block).filter(([, value]) => JSON.stringify(value).includes('password}'));
      expect(takers.map(([key]) => key).filter((key) => !key.endsWith('_wo'))).toEqual([]);
    }
    for (const [, { variable = {} }] of each) {
      for (const [name, { ephemeral, sensitive }] of Object.entries(variable)) {
        if (name.includes('password')) {
          expect({ ephemeral, sensitive }).toEqual({ ephemeral: true, sensitive: true });
        }
      }
    }
  });

  test('outputs nothing that it would have to hide', () => {
    for (const [, { output = {} }] of each) {
      expect(Object.values(output).filter(({ sensitive }) => sensitive)).toEqual([]);
      expect(JSON.stringify(output)).not.toMatch(/password|_key}|secret_id|kube_config/);
    }
  });

  test('reads only what the stack before it outputs', () => {
    const order = Object.keys(stacks);
    for (const [part, stack] of each) {
      for (const [, from, name] of JSON.stringify(stack).matchAll(
        /data\.terraform_remote_state\.([a-z]+)_state\.outputs\.([a-z_]+)/g,
      )) {
        expect(Object.keys(stacks[from].output)).toContain(name);
        expect(order.indexOf(from)).toBeLessThan(order.indexOf(part));
      }
    }
  });

  test('opens nothing to the internet but the gateway and API Management', () => {
    const open = all.filter(
      ({ type, block }) =>
        type === 'azurerm_network_security_rule' &&
        block.access === 'Allow' &&
        block.source_address_prefix === 'Internet',
    );
    expect(open.map(({ name }) => name).filter((name) => !/^(gateway|edge)_/.test(name))).toEqual([]);
    const database = stacks.data.resource.azurerm_postgresql_flexible_server.postgres;
    expect(database).toMatchObject({ public_network_access_enabled: false });
    expect(database.delegated_subnet_id).toContain('database_subnet_id');
    const { cluster } = stacks.cluster.resource.azurerm_kubernetes_cluster;
    const ranges = cluster.api_server_access_profile?.authorized_ip_ranges ?? [];
    expect(cluster.private_cluster_enabled || ranges.length > 0).toBe(true);
  });

  test('lets pods log in by workload identity on an overlay network', () => {
    expect(stacks.cluster.resource.azurerm_kubernetes_cluster.cluster).toMatchObject({
      oidc_issuer_enabled: true,
      workload_identity_enabled: true,
      local_account_disabled: true,
      network_profile: { network_plugin_mode: 'overlay' },
    });
  });

  test('trusts each ServiceAccount once, and tells the manifests its identity', () => {
    const { identity } = stacks;
    const trusted = Object.values(identity.resource.azurerm_federated_identity_credential).map(
      ({ subject }) => subject,
    );
    expect(trusted.sort()).toEqual(
      environment.identities
        .map(({ serviceAccount: { namespace, name } }) => `system:serviceaccount:${namespace}:${name}`)
        .sort(),
    );
    const { value } = identity.output[CONTRACT_OUTPUT];
    expect(value).toMatchObject({ version: CONTRACT_VERSION, environment: environment.name });
    expect(Object.keys(value.identities).sort()).toEqual(
      environment.identities.map(({ name }) => contractKey(name)).sort(),
    );
  });

  test('has people sign in with the names of the groups that are assigned, as tenants name them, and not with ids', () => {
    for (const { block } of all.filter(({ type }) => type === 'azuread_application')) {
      const tokens = Object.values(block.optional_claims as Block) as { name: string }[][];
      const groups = tokens.flatMap((claims) => claims.filter(({ name }) => name === 'groups'));
      expect(block.group_membership_claims).toEqual(['ApplicationGroup']);
      expect(groups).toEqual(tokens.map(() => ({ name: 'groups', additional_properties: ['cloud_displayname'] })));
    }
  });

  test('checks each name that the manifests compute', () => {
    const names = [
      'postgres_host',
      'vault_url',
      ...(environment.registry ? ['registry_server'] : []),
      ...(environment.redis ? ['redis_host'] : []),
      ...(environment.storage?.kind === SharedStorageKind.BLOB ? ['blob_endpoint'] : []),
    ];
    expect(Object.keys(stacks.data.check ?? {}).sort()).toEqual([...names].sort());
  });

  test('counts connections as the manifests do', () => {
    const { postgres_max_connections: limit } = stacks.data.resource.azurerm_postgresql_flexible_server_configuration;
    expect(limit.value).toBe(String(maxConnectionsOf(environment.database)));
  });
});

describe('the restored database', () => {
  const { restore, data } = synthesize(aksProduction) as { readonly [part: string]: Stack };
  const server = restore.resource.azurerm_postgresql_flexible_server.postgres;

  test('comes from the backups of the one that is there, at a moment that is given', () => {
    expect(server).toMatchObject({
      create_mode: 'PointInTimeRestore',
      source_server_id: reference('data.terraform_remote_state.data_state.outputs.server_id'),
      point_in_time_restore_time_in_utc: reference('var.restore_time'),
      name: reference('var.server_name'),
    });
    expect(restore.variable?.restore_time).not.toHaveProperty('default');
  });

  test('is as the old one but for its birth', () => {
    const before = data.resource.azurerm_postgresql_flexible_server.postgres;
    for (const field of ['sku_name', 'version', 'delegated_subnet_id', 'authentication', 'backup_retention_days']) {
      expect(server[field]).toEqual(before[field]);
    }
    expect(Object.keys(restore.resource.azurerm_postgresql_flexible_server_configuration)).toEqual(
      Object.keys(data.resource.azurerm_postgresql_flexible_server_configuration),
    );
  });
});

describe('the manifests of aks-production', () => {
  const { problems, files } = renderManifests(manifests);
  const text = files.map((file) => file.text).join('---\n');

  test('are right', () => {
    expect(problems).toEqual([]);
  });

  test.each(aksProduction.identities.filter(({ serviceAccount }) => serviceAccount.namespace === 'open-webui'))(
    'have the ServiceAccount that $name trusts',
    ({ serviceAccount: { name, namespace } }) => {
      const accounts = text.split('---\n').filter((object) => /^kind: ServiceAccount$/m.test(object));
      const found = accounts.filter(
        (object) => object.includes(`  name: ${name}\n`) && object.includes(`  namespace: ${namespace}\n`),
      );
      expect(found).toHaveLength(1);
      expect(found[0]).toContain('azure.workload.identity/client-id: ');
    },
  );

  test('make their copies in an hour in which Azure maintains nothing, whatever the day', () => {
    const { cluster, data } = synthesize(aksProduction);
    const of = (stack: Stack, wanted: string) => resources(stack).find(({ type }) => type === wanted)?.block as Block;
    const aks = of(cluster, 'azurerm_kubernetes_cluster');
    const server = of(data, 'azurerm_postgresql_flexible_server');
    const maintained = [
      ...aks.maintenance_window.allowed.flatMap(({ hours }: { hours: number[] }) => hours),
      ...[aks.maintenance_window_auto_upgrade, aks.maintenance_window_node_os].flatMap(({ start_time, duration }) =>
        Array.from({ length: duration }, (_, index) => (Number.parseInt(start_time, 10) + index) % 24),
      ),
      server.maintenance_window.start_hour,
    ];
    const hours = [...text.matchAll(/^ {2}schedule: \d+ (\d+) /gm)].map(([, hour]) => Number(hour));
    expect(hours.length).toBeGreaterThan(1);
    expect(hours.filter((hour) => maintained.includes(hour))).toEqual([]);
  });

  test('read the secret that the connection URL is put into', () => {
    expect(text).toContain(`key: ${aksProduction.database.urlSecret}\n`);
  });

  test('reach the database where it is', () => {
    expect(text).toContain(`${aksProduction.database.serverName}.postgres.database.azure.com`);
    expect(text).toContain(aksProduction.network.databaseRange);
    expect(text).toContain(`https://${aksProduction.keyVault.name}.vault.azure.net`);
  });
});
