import { RegistrySku, SharedStorageKind } from '../../constructs/azure/data-props';
import type { AzureEnvironmentProps } from '../../constructs/azure/environment-props';
import { WorkloadAccess } from '../../constructs/azure/identity-props';

/** Ids of one Azure subscription: replace them with yours. */
const YOURS = '00000000-0000-0000-0000-000000000000';

export const aksProduction = {
  name: 'aks-production',
  description: 'The first plan on Azure: AKS, PostgreSQL with a standby in another zone, a vault, and what joins them.',
  subscriptionId: YOURS,
  tenantId: YOURS,
  region: 'eastus',
  resourceGroup: 'openwebui-prod-rg',
  prefix: 'openwebui-prod',
  tags: { environment: 'production', workload: 'open-webui' },
  state: { resourceGroup: 'openwebui-state-rg', storageAccount: 'openwebuiprodstate', container: 'terraform' },
  administrators: { objectId: YOURS, name: 'open-webui-administrators' },
  network: {
    addressSpace: ['10.225.0.0/16'],
    clusterRange: '10.225.0.0/22',
    databaseRange: '10.225.4.0/28',
    endpointRange: '10.225.5.0/26',
    gatewayRange: '10.225.8.0/24',
  },
  observability: { alertEmails: ['admin@company.com'] },
  database: {
    serverName: 'openwebui-pg-prod',
    sku: 'GP_Standard_D4ds_v5',
    storageGib: 128,
    version: '16',
    // It cannot be turned on later: the server would be replaced.
    geoRedundantBackup: true,
    databaseName: 'openwebui',
    administratorLogin: 'openwebui_admin',
    urlSecret: 'open-webui-secrets-database-url',
  },
  keyVault: { name: 'openwebui-prod' },
  storage: { accountName: 'openwebuiprodfiles', kind: SharedStorageKind.FILES },
  registry: { name: 'openwebuiprod', sku: RegistrySku.PREMIUM },
  cluster: {
    name: 'openwebui-aks',
    kubernetesVersion: '1.35',
    systemPool: { name: 'system', vmSize: 'Standard_D4ds_v5', minCount: 3, maxCount: 6 },
    userPools: [{ name: 'workspace', vmSize: 'Standard_D8ds_v5', minCount: 3, maxCount: 12 }],
  },
  identities: [
    {
      name: 'secret-reader',
      serviceAccount: { namespace: 'open-webui', name: 'secret-reader' },
      access: [WorkloadAccess.READ_SECRETS],
    },
    {
      name: 'gateway-controller',
      serviceAccount: { namespace: 'azure-alb-system', name: 'alb-controller-sa' },
      access: [WorkloadAccess.MANAGE_GATEWAY],
    },
  ],
  signIn: {
    displayName: 'Open WebUI',
    redirectUris: ['https://chat.company.com/oauth/microsoft/callback'],
  },
} satisfies AzureEnvironmentProps;
