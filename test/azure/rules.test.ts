import {
  type AzureEnvironmentProps,
  DataPlane,
  HighAvailability,
  RegistrySku,
  SharedStorageKind,
  UpgradeChannel,
  Weekday,
  WorkloadAccess,
} from '../../constructs/azure';
import { AZURE_RULES, environmentSentences } from '../../constructs/azure/environment-rules';
import { aksProduction } from '../../environments/azure/aks-production';
import { rich, small } from './samples';

type Change = { readonly [Part in keyof AzureEnvironmentProps]?: unknown };

/** The small environment with parts of it changed: the fields of a part replace those that are there. */
function changed(change: Change, base: AzureEnvironmentProps = small): AzureEnvironmentProps {
  const parts = Object.entries(change).map(([part, value]) => {
    const before = base[part as keyof AzureEnvironmentProps];
    const both = typeof value === 'object' && !Array.isArray(value) && typeof before === 'object';
    return [part, both ? { ...(before as object), ...(value as object) } : value];
  });
  return { ...base, ...Object.fromEntries(parts) };
}

const pool = (fields: object) => ({ ...small.cluster.userPools[0], ...fields });
const reader = small.identities[0];
const objective = {
  name: 'pages',
  service: 'site',
  description: 'Pages fail.',
  objective: 0.99,
  total: 'all',
  bad: 'failed',
};
const edge = rich.edge ?? { apis: [] };
const withEdge = (fields: object): Change => ({
  network: { edgeRange: '10.1.9.0/27' },
  edge: { ...edge, ...fields },
});

/** A rule, a change that breaks it and no other, and the sentences that tell of it. */
const BROKEN: readonly (readonly [rule: string, change: Change, ...sentences: string[]])[] = [
  [
    'environment-name',
    { name: 'Small' },
    'name: "Small" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
  ],
  [
    'environment-prefix',
    { prefix: 'a-company-with-a-long-name' },
    'prefix: "a-company-with-a-long-name" must be of 2 to 15 lower-case letters, digits and single hyphens, a letter first: "-grafana" comes behind it, and 23 letters are all that Grafana takes',
  ],
  [
    'environment-ids',
    { tenantId: 'company.onmicrosoft.com', administrators: { objectId: 'admins' } },
    'tenantId: "company.onmicrosoft.com" must be a GUID such as 0f3c9a1e-5b1d-4c57-9f0e-2f6d1c1b7a55',
    'administrators.objectId: "admins" must be a GUID such as 0f3c9a1e-5b1d-4c57-9f0e-2f6d1c1b7a55',
  ],
  [
    'resource-group-name',
    { resourceGroup: 'small rg' },
    'resourceGroup: "small rg" must be at most 90 letters, digits, "_", "-", "." and parentheses, with no dot at the end',
  ],
  [
    'state-account-name',
    { state: { storageAccount: 'small-state' } },
    'state.storageAccount: "small-state" must be of 3 to 24 lower-case letters and digits',
  ],
  [
    'state-container-name',
    { state: { container: 'tf--state' } },
    'state.container: "tf--state" must be of 3 to 63 lower-case letters, digits and single hyphens, with no hyphen at the ends',
  ],
  [
    'state-among-the-data',
    { state: { resourceGroup: 'small-rg' } },
    'state: the state would stand in small-rg/smallstate, which this environment makes itself: give it a resource group and an account of its own',
  ],
  ['region-name', { region: 'West US' }, 'region: "West US" must be the programmatic name of a region: write "westus"'],
  ['region-name', { region: 'eastsu' }, 'region: "eastsu" must be the programmatic name of a region: write "eastus"'],
  ['region-name', { region: 'Mars/1' }, 'region: "Mars/1" must be the programmatic name of a region, such as eastus'],
  [
    'region-without-zones',
    { zones: ['1', '2', '3'] },
    'zones: the region westus has no availability zones: write zones: [], or choose a region that has some',
  ],
  [
    'zone-numbers',
    { region: 'eastus', zones: ['1', '1', '4'] },
    'zones: "1, 1, 4" must be some of "1", "2" and "3", each once',
  ],
  [
    'range-form',
    { network: { endpointRange: '10.1.5/24' }, keyVault: { allowedRanges: ['everywhere'] } },
    'network.endpointRange: "10.1.5/24" must be an IPv4 range in CIDR form, such as 10.225.0.0/16',
    'keyVault.allowedRanges: "everywhere" must be an IPv4 range in CIDR form, such as 10.225.0.0/16',
  ],
  [
    'range-form',
    { network: { databaseRange: '10.1.4.3/28' } },
    'network.databaseRange: 10.1.4.3/28 does not start at the first address of its range: write 10.1.4.0/28',
  ],
  [
    'subnet-outside-the-network',
    { network: { databaseRange: '10.9.4.0/28' } },
    "network.databaseRange: 10.9.4.0/28 lies outside the network's 10.1.0.0/16: move it in, or widen network.addressSpace",
  ],
  [
    'ranges-overlap',
    { network: { databaseRange: '10.1.3.0/28' } },
    'network.databaseRange: 10.1.3.0/28 overlaps network.clusterRange, 10.1.0.0/22: give each addresses of its own',
  ],
  [
    'ranges-overlap',
    { cluster: { podRange: '10.1.128.0/17', serviceRange: '10.244.0.0/16' } },
    'cluster.podRange: 10.1.128.0/17 overlaps network.addressSpace, 10.1.0.0/16: give each addresses of its own',
  ],
  [
    'subnet-too-small',
    { network: { databaseRange: '10.1.4.0/29', gatewayRange: '10.1.8.0/26' } },
    'network.databaseRange: 10.1.4.0/29 is too small, a server and its standby want 16 addresses: write a range of /28 or larger',
    'network.gatewayRange: 10.1.8.0/26 is too small, Application Gateway for Containers wants 250 free addresses: write a range of /24 or larger',
  ],
  [
    'subnet-without-room-for-nodes',
    { network: { clusterRange: '10.1.0.0/29' } },
    'network.clusterRange: 10.1.0.0/29 has room for 3 nodes, but the pools may come to 8 during an upgrade: widen it, or lower maxCount',
  ],
  [
    'outbound-address-count',
    { network: { outboundAddressCount: 17 } },
    'network.outboundAddressCount: 17 must be a whole number of addresses from 1 to 16',
  ],
  [
    'database-zone',
    { network: { databaseZone: 'database.company.internal' } },
    'network.databaseZone: "database.company.internal" must end in .postgres.database.azure.com, with a name before it that is not the server\'s',
  ],
  [
    'database-zone',
    { network: { databaseZone: 'small-pg.postgres.database.azure.com' } },
    'network.databaseZone: "small-pg.postgres.database.azure.com" must end in .postgres.database.azure.com, with a name before it that is not the server\'s',
  ],
  [
    'subnet-of-the-edge',
    { edge },
    'network.edgeRange: missing; API Management (edge) stands in a subnet of its own: give it one, /28 or larger',
  ],
  [
    'server-name',
    { database: { serverName: 'Small_PG' } },
    'database.serverName: "Small_PG" must be of 3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends',
  ],
  [
    'server-name',
    { database: { serverName: 'p'.repeat(64) } },
    `database.serverName: "${'p'.repeat(60)}…" must be of 3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends`,
  ],
  [
    'database-sku',
    { database: { sku: 'Standard_D4ds_v5' } },
    'database.sku: "Standard_D4ds_v5" is what the az command calls it: write "GP_Standard_D4ds_v5", with its tier',
  ],
  [
    'database-sku',
    { database: { sku: 'Standard_E4ds_v5' } },
    'database.sku: "Standard_E4ds_v5" is what the az command calls it: write "MO_Standard_E4ds_v5", with its tier',
  ],
  [
    'database-sku',
    { database: { sku: 'GP_Standard_D3ds_v5' } },
    'database.sku: "GP_Standard_D3ds_v5" is no size of PostgreSQL in Azure: write "GP_Standard_D2ds_v5"',
  ],
  [
    'database-storage-size',
    { database: { storageGib: 100 } },
    'database.storageGib: there is no disk of 100 GiB: write 128, or another of 32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767',
  ],
  [
    'database-storage-tier',
    { database: { storageGib: 512, storageTier: 'P10' } },
    'database.storageTier: "P10" does not go with 512 GiB: write one of P20, P30, P40, P50',
  ],
  [
    'database-version',
    { database: { version: '16.4' } },
    'database.version: "16.4" must be a major version, one of 11, 12, 13, 14, 15, 16, 17, 18',
  ],
  [
    'database-standby-of-a-burstable-size',
    { database: { sku: 'B_Standard_B2ms' } },
    'database.highAvailability: B_Standard_B2ms cannot have a standby: choose a size of the tier GP or MO, or write HighAvailability.NONE',
  ],
  [
    'database-standby-without-zones',
    { database: { highAvailability: HighAvailability.ZONE_REDUNDANT } },
    'database.highAvailability: a standby in another zone needs zones: write HighAvailability.SAME_ZONE',
  ],
  [
    'database-backup-without-pair',
    { region: 'italynorth', database: { geoRedundantBackup: true } },
    'database.geoRedundantBackup: the region italynorth has no paired region to copy backups to: leave it out, or choose a region that has one',
  ],
  [
    'database-backup-days',
    { database: { backupRetentionDays: 90 } },
    'database.backupRetentionDays: 90 must be a whole number of days from 7 to 35',
  ],
  [
    'database-connections',
    { database: { maxConnections: 9000 } },
    'database.maxConnections: 9000 must be a whole number of connections from 25 to 5000',
  ],
  [
    'database-password-version',
    { database: { administratorLogin: 'openwebui', passwordVersion: 0 } },
    'database.passwordVersion: 0 must be a whole number of versions from 1 to 2147483647',
  ],
  [
    'database-password-without-login',
    { database: { passwordVersion: 2 } },
    'database.administratorLogin: missing; a password is of a login: name it, or leave passwordVersion and urlSecret out',
  ],
  [
    'database-login',
    { database: { administratorLogin: 'admin' } },
    'database.administratorLogin: "admin" must be of at most 63 lower-case letters, digits and "_", not start with "pg_", and be none of azure_superuser, azure_pg_admin, admin, administrator, root, guest, public',
  ],
  [
    'database-name',
    { database: { databaseName: 'postgres' } },
    'database.databaseName: "postgres" must be of at most 63 lower-case letters, digits, "-" and "_", and none of postgres, azure_maintenance, azure_sys, template0, template1, which the server has already',
  ],
  [
    'database-extensions',
    { database: { extensions: ['VECTOR'] } },
    'database.extensions: "VECTOR" must be the name that CREATE EXTENSION takes, such as vector',
  ],
  [
    'reserved-name',
    { database: { serverName: 'login-pg' }, keyVault: { name: 'ourwindows' } },
    'database.serverName: Azure refuses "login-pg", for "login" is reserved: take a name without it',
    'keyVault.name: Azure refuses "ourwindows", for "windows" is reserved: take a name without it',
  ],
  [
    'vault-name',
    { keyVault: { name: 'the-vault-of-our-whole-company' } },
    'keyVault.name: "the-vault-of-our-whole-company" must be of 3 to 24 letters, digits and single hyphens, a letter first and no hyphen at the end',
  ],
  [
    'vault-secret-name',
    { database: { administratorLogin: 'openwebui', urlSecret: 'DATABASE_URL' } },
    'database.urlSecret: "DATABASE_URL" must be of at most 127 letters, digits and hyphens',
  ],
  [
    'storage-name',
    { storage: { accountName: 'small-files', kind: SharedStorageKind.FILES } },
    'storage.accountName: "small-files" must be of 3 to 24 lower-case letters and digits',
  ],
  [
    'share-name',
    { storage: { accountName: 'smallfiles', kind: SharedStorageKind.FILES, name: 'Open_WebUI' } },
    'storage.name: "Open_WebUI" must be of 3 to 63 lower-case letters, digits and single hyphens, with no hyphen at the ends',
  ],
  [
    'share-quota',
    { storage: { accountName: 'smallfiles', kind: SharedStorageKind.FILES, quotaGib: 10 } },
    'storage.quotaGib: 10 must be a whole number of GiB from 100 to 102400',
  ],
  [
    'quota-of-blobs',
    { storage: { accountName: 'smallblobs', kind: SharedStorageKind.BLOB, quotaGib: 100 } },
    'storage.quotaGib: a blob container has no size: leave it out',
  ],
  [
    'registry-name',
    { registry: { name: 'small-images' } },
    'registry.name: "small-images" must be of 5 to 50 letters and digits',
  ],
  [
    'registry-zones',
    { registry: { name: 'smallimages', sku: RegistrySku.BASIC, zoneRedundant: true } },
    'registry.zoneRedundant: only a registry of the tier Premium in a region with zones is spread over zones, this is Basic: write RegistrySku.PREMIUM, or leave zoneRedundant out',
  ],
  [
    'registry-ranges',
    { registry: { name: 'smallimages', sku: RegistrySku.STANDARD, allowedRanges: ['203.0.113.0/24'] } },
    'registry.allowedRanges: a registry of the tier Standard is open to every address: write RegistrySku.PREMIUM, or leave allowedRanges out',
  ],
  [
    'redis-name',
    { redis: { name: 'small--redis', sku: 'Balanced_B5' } },
    'redis.name: "small--redis" must be of 3 to 60 letters, digits and single hyphens, with no hyphen at the ends',
  ],
  [
    'redis-sku',
    { redis: { name: 'small-redis', sku: 'Premium' } },
    'redis.sku: "Premium" is no size of Azure Managed Redis: write one such as "Balanced_B5" (Basic, Standard and Premium were of Azure Cache for Redis)',
  ],
  [
    'cluster-name',
    { cluster: { name: 'small_aks' } },
    'cluster.name: "small_aks" must be of at most 54 letters, digits and hyphens, with no hyphen at the ends',
  ],
  [
    'api-private-and-public',
    { cluster: { privateApi: true, authorizedRanges: ['203.0.113.0/24'] } },
    'cluster.authorizedRanges: a private API has no public address that they could reach: leave out one of the two',
  ],
  [
    'api-open-to-all',
    { cluster: { privateApi: false } },
    'cluster.authorizedRanges: the API would be open to everybody: name the ranges that people and pipelines come from, or make it private',
  ],
  [
    'api-open-to-all',
    { cluster: { authorizedRanges: ['0.0.0.0/0'] } },
    'cluster.authorizedRanges: the API would be open to everybody: name the ranges that people and pipelines come from, or make it private',
  ],
  [
    'kubernetes-version',
    { cluster: { kubernetesVersion: '1.33.4' } },
    'cluster.kubernetesVersion: 1.33.4 names a patch, which the upgrade channel chooses: write "1.33"',
  ],
  [
    'kubernetes-version',
    { cluster: { kubernetesVersion: 'v1.33', upgradeChannel: UpgradeChannel.NONE } },
    'cluster.kubernetesVersion: "v1.33" must be a minor version such as "1.33"',
  ],
  [
    'advanced-networking-without-cilium',
    { cluster: { dataPlane: DataPlane.AZURE, advancedNetworking: true } },
    'cluster.advancedNetworking: policies by host name need Cilium: write DataPlane.CILIUM, or leave it out',
  ],
  [
    'maintenance-hour',
    { database: { maintenance: { day: Weekday.SUNDAY, hour: 24 } } },
    'database.maintenance.hour: 24 must be a whole number of hours from 0 to 23',
  ],
  [
    'maintenance-length',
    { cluster: { nodeMaintenance: { day: Weekday.SUNDAY, hour: 1, hours: 2 } } },
    'cluster.nodeMaintenance.hours: 2 must be a whole number of hours from 4 to 24',
  ],
  [
    'pool-name',
    { cluster: { userPools: [pool({ name: 'user-pool' })] } },
    'cluster.userPools[0].name: "user-pool" must be of at most 12 lower-case letters and digits, a letter first',
  ],
  [
    'pool-name',
    { cluster: { userPools: [pool({ name: 'workspacepod', poolPerZone: true })] } },
    'cluster.userPools[0].name: "workspacepod1" must be of at most 12 lower-case letters and digits, a letter first',
  ],
  [
    'pool-names-differ',
    { cluster: { userPools: [pool({ name: 'system' })] } },
    'cluster.userPools: two pools are called system: give each a name of its own',
  ],
  [
    'user-pool-missing',
    { cluster: { userPools: [] } },
    "cluster.userPools: missing; the system pool takes none of the workspace's pods: declare a pool for them",
  ],
  [
    'pool-size',
    { cluster: { userPools: [pool({ vmSize: 'GP_Standard_D4ds_v5' })] } },
    'cluster.userPools[0].vmSize: "GP_Standard_D4ds_v5" is no size of a virtual machine: write "Standard_D4ds_v5"',
  ],
  [
    'pool-size',
    { cluster: { userPools: [pool({ vmSize: 'd8ds_v5' })] } },
    'cluster.userPools[0].vmSize: "d8ds_v5" is no size of a virtual machine: write "Standard_D8ds_v5"',
  ],
  [
    'pool-count',
    { cluster: { userPools: [pool({ minCount: 5, maxCount: 3 })] } },
    'cluster.userPools[0]: 5 to 3 nodes must be whole numbers, the first not above the second, at most 1000',
  ],
  [
    'system-pool-count',
    { cluster: { systemPool: { ...small.cluster.systemPool, minCount: 1 } } },
    "cluster.systemPool.minCount: one node would take the cluster's DNS with it when it goes: write 2, or 3 to have one in each zone",
  ],
  [
    'system-pool-alone',
    { cluster: { systemPool: { ...small.cluster.systemPool, poolPerZone: true, taints: ['a=b:NoSchedule'] } } },
    'cluster.systemPool.poolPerZone: there is one system pool, over all zones: leave it out',
    'cluster.systemPool.taints: the system pool has its own taint: leave them out',
  ],
  [
    'pool-pods',
    { cluster: { userPools: [pool({ maxPods: 20 })] } },
    'cluster.userPools[0].maxPods: 20 must be a whole number of pods from 30 to 250',
  ],
  [
    'pool-disk-size',
    { cluster: { userPools: [pool({ osDiskGib: 10 })] } },
    'cluster.userPools[0].osDiskGib: 10 must be a whole number of GiB from 30 to 2048',
  ],
  [
    'pool-disk',
    { cluster: { userPools: [pool({ vmSize: 'Standard_D4s_v5' })] } },
    'cluster.userPools[0].vmSize: Standard_D4s_v5 has no disk of its own to keep the system on: choose a size with a "d", such as Standard_D4ds_v5, or write ephemeralOsDisk: false',
  ],
  [
    'pool-disk-larger-than-its-own',
    { cluster: { userPools: [pool({ vmSize: 'Standard_D2ds_v5' })] } },
    'cluster.userPools[0].osDiskGib: the disk of Standard_D2ds_v5 has 75 GiB, not 128: write osDiskGib: 75 or less, choose a larger size, or write ephemeralOsDisk: false',
  ],
  [
    'identity-name',
    { identities: [reader, { ...reader, name: 'blobWriter', serviceAccount: { namespace: 'a', name: 'b' } }] },
    'identities[1].name: "blobWriter" must be in kebab case, such as secret-reader',
  ],
  [
    'identity-namespace',
    { identities: [{ ...reader, serviceAccount: { namespace: 'open_webui', name: 'secret-reader' } }] },
    'identities[0].serviceAccount.namespace: "open_webui" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
  ],
  [
    'identity-service-account',
    { identities: [{ ...reader, serviceAccount: { namespace: 'open-webui', name: 'Reader' } }] },
    'identities[0].serviceAccount.name: "Reader" must be a DNS subdomain: at most 253 lower-case letters, digits, hyphens and dots',
  ],
  [
    'identity-names-differ',
    { identities: [reader, { ...reader, serviceAccount: { namespace: 'open-webui', name: 'another' } }] },
    'identities: two are called secret-reader: give each a name of its own',
  ],
  [
    'identity-of-one-account',
    { identities: [reader, { ...reader, name: 'another' }] },
    'identities: two are taken on by system:serviceaccount:open-webui:secret-reader, whose pods can have one client id only: join them, with the access of both',
  ],
  [
    'identity-without-access',
    { identities: [reader, { name: 'idle', serviceAccount: { namespace: 'a', name: 'b' }, access: [] }] },
    'identities: idle may do nothing: say what in access, or leave it out',
  ],
  [
    'identity-secret-reader',
    { identities: [{ ...reader, name: 'vault-reader' }] },
    'identities: the manifests read the vault as secret-reader: declare it, with WorkloadAccess.READ_SECRETS',
  ],
  [
    'identity-of-absent-blobs',
    { identities: [{ ...reader, access: [WorkloadAccess.READ_SECRETS, WorkloadAccess.WRITE_BLOBS] }] },
    'identities: secret-reader may write blobs, but there are none: declare storage of SharedStorageKind.BLOB',
  ],
  [
    'identity-of-absent-gateway',
    { identities: [{ ...reader, access: [WorkloadAccess.READ_SECRETS, WorkloadAccess.MANAGE_GATEWAY] }] },
    'identities: secret-reader may run Application Gateway for Containers, which has no subnet: give network.gatewayRange',
  ],
  [
    'sign-in-redirect',
    { signIn: { displayName: 'Workspace', redirectUris: ['http://chat.company.com/callback'] } },
    'signIn.redirectUris: "http://chat.company.com/callback" must be an https URL such as https://chat.company.com/api',
  ],
  [
    'log-retention',
    { observability: { logRetentionDays: 7 } },
    'observability.logRetentionDays: 7 must be a whole number of days from 30 to 730',
  ],
  [
    'alert-email',
    { observability: { alertEmails: ['operators'] } },
    'observability.alertEmails: "operators" must be an e-mail address',
  ],
  [
    'alerts-to-nobody',
    { observability: { alertEmails: [] } },
    'observability.alertEmails: nobody would be told: name at least one address',
  ],
  [
    'objective-name',
    { observability: { objectives: [{ ...objective, name: 'Pages load' }] } },
    'observability.objectives: "Pages load" must be in kebab case, such as secret-reader',
  ],
  [
    'objective-names-differ',
    { observability: { objectives: [objective, objective] } },
    'observability.objectives: two are called pages: give each a name of its own',
  ],
  [
    'objective-part',
    { observability: { objectives: [{ ...objective, objective: 99.9 }] } },
    'observability.objectives: 99.9 of pages must be a part below 1, such as 0.999',
  ],
  [
    'objective-counters',
    { observability: { objectives: [{ ...objective, good: 'fine' }] } },
    'observability.objectives: "pages" must count either its good events or its bad ones',
  ],
  [
    'edge-name',
    withEdge({ name: '1st-api' }),
    'edge.name: "1st-api" must be of at most 50 letters, digits and hyphens, a letter first and no hyphen at the end',
  ],
  [
    'edge-sku',
    withEdge({ sku: 'Consumption' }),
    'edge.sku: "Consumption" cannot stand in the network: write "Premium_2", or "Developer_1" for development',
  ],
  ['edge-email', withEdge({ publisherEmail: 'company' }), 'edge.publisherEmail: "company" must be an e-mail address'],
  [
    'edge-api-name',
    withEdge({ apis: [{ ...edge.apis[0], name: 'The tools' }] }),
    'edge.apis: "The tools" must be in kebab case, such as secret-reader',
  ],
  [
    'edge-backend',
    withEdge({ apis: [{ ...edge.apis[0], backendUrl: 'http://mcp-proxy:8000' }] }),
    'edge.apis: backendUrl of tools: "http://mcp-proxy:8000" must be an https URL such as https://chat.company.com/api',
  ],
  [
    'edge-path',
    withEdge({ apis: [{ ...edge.apis[0], path: '/mcp' }] }),
    'edge.apis: path "/mcp" must be of letters, digits, "-" and "_", such as mcp',
  ],
  [
    'edge-apis-differ',
    withEdge({ apis: [edge.apis[0], edge.apis[0]] }),
    'edge.apis: two are called tools: give each a name of its own',
    'edge.apis: two have the path "mcp": give each a path of its own',
  ],
  [
    'edge-methods',
    withEdge({ apis: [{ ...edge.apis[0], methods: ['GET', 'post'] }] }),
    'edge.apis: method "post" of tools must be in capitals, such as GET',
  ],
  [
    'edge-timeout',
    withEdge({ apis: [{ ...edge.apis[0], timeoutSeconds: 0 }] }),
    'edge.apis: timeoutSeconds: 0 must be a whole number of seconds from 1 to 3600',
  ],
  [
    'edge-rate',
    withEdge({ apis: [{ ...edge.apis[0], requestsPerMinute: 0.5 }] }),
    'edge.apis: requestsPerMinute: 0.5 must be a whole number of requests from 1 to 1000000',
  ],
];

describe('the rules of an Azure environment', () => {
  test('are all broken below, and have names of their own', () => {
    const ids = AZURE_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(BROKEN.map(([rule]) => rule))].sort()).toEqual([...ids].sort());
  });

  test.each([aksProduction, small, rich])('hold for $name', (environment) => {
    expect(environmentSentences(environment)).toEqual([]);
  });

  test.each(BROKEN.map(([rule, change, ...sentences]) => ({ rule, change, sentences })))(
    '$rule: $sentences',
    ({ rule, change, sentences }) => {
      const environment = changed(change);
      expect(environmentSentences(environment)).toEqual(sentences);
      expect(AZURE_RULES.filter((each) => each.sentences(environment).length > 0).map(({ id }) => id)).toEqual([rule]);
    },
  );

  test('are told all at once', () => {
    const environment = changed({ database: { sku: 'Standard_D4ds_v5', storageGib: 100 }, keyVault: { name: 'x' } });
    expect(environmentSentences(environment)).toHaveLength(3);
  });

  test.each(['atlantiscentral', 'westus4', 'southeastus'])(
    'let %s through, which the list does not know yet',
    (region) => {
      expect(environmentSentences(changed({ region }))).toEqual([]);
    },
  );
});
