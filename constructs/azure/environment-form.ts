import { typeErrors } from '../platform/schema/type-check';
import { TypeTable } from '../platform/schema/type-table';
import { DataPlane, UpgradeChannel } from './cluster-props';
import { HighAvailability, RegistrySku, SharedStorageKind } from './data-props';
import { WorkloadAccess } from './identity-props';
import { Weekday } from './maintenance-props';

const oneOf = (values: { readonly [name: string]: string }) => ({ is: 'string', enum: Object.values(values) });

/** The fields of an environment: what TypeScript knows, for environments that come from elsewhere. */
const ENVIRONMENT = new TypeTable({
  AzureEnvironmentProps: {
    fields:
      'name!:string description!:string subscriptionId!:string tenantId!:string region!:string zones:string[] resourceGroup!:string prefix!:string tags:string{} state!:TerraformStateProps administrators!:EntraGroup network!:NetworkProps observability!:ObservabilityProps database!:PostgresProps keyVault!:KeyVaultProps storage:SharedStorageProps redis:ManagedRedisProps registry:RegistryProps cluster!:ClusterProps identities!:WorkloadIdentityProps[] signIn:SignInProps edge:EdgeProps',
  },
  EntraGroup: { fields: 'objectId!:string name!:string' },
  TerraformStateProps: {
    fields: 'resourceGroup!:string storageAccount!:string container!:string subscriptionId:string oidc:boolean',
  },
  NetworkProps: {
    fields:
      'addressSpace!:string[] clusterRange!:string databaseRange!:string endpointRange!:string gatewayRange:string edgeRange:string operatorRanges:string[] outboundAddressCount:number databaseZone:string',
  },
  ObservabilityProps: {
    fields:
      'logRetentionDays:number dailyLogLimitGb:number alertEmails!:string[] objectives:ServiceLevelObjective[] grafana:boolean',
  },
  ServiceLevelObjective: {
    fields: 'name!:string service!:string description!:string objective!:number total!:string good:string bad:string',
  },
  PostgresProps: {
    fields:
      'serverName!:string version:string sku!:string storageGib:number storageTier:string storageGrows:boolean highAvailability:HighAvailability databaseName!:string administratorLogin:string passwordVersion:number urlSecret:string extensions:string[] maxConnections:number backupRetentionDays:number geoRedundantBackup:boolean maintenance:MaintenanceStart',
  },
  KeyVaultProps: { fields: 'name!:string allowedRanges:string[]' },
  SharedStorageProps: { fields: 'accountName!:string kind!:SharedStorageKind name:string quotaGib:number' },
  ManagedRedisProps: { fields: 'name!:string sku!:string highAvailability:boolean accessKeys:boolean' },
  RegistryProps: { fields: 'name!:string sku:RegistrySku zoneRedundant:boolean allowedRanges:string[]' },
  ClusterProps: {
    fields:
      'name!:string kubernetesVersion:string upgradeChannel:UpgradeChannel privateApi:boolean authorizedRanges:string[] podRange:string serviceRange:string dataPlane:DataPlane advancedNetworking:boolean hostEncryption:boolean systemPool!:NodePoolProps userPools!:NodePoolProps[] clusterMaintenance:MaintenanceWindow nodeMaintenance:MaintenanceWindow',
  },
  NodePoolProps: {
    fields:
      'name!:string vmSize!:string minCount!:number maxCount!:number maxPods:number osDiskGib:number ephemeralOsDisk:boolean poolPerZone:boolean labels:string{} taints:string[]',
  },
  MaintenanceStart: { fields: 'day!:Weekday hour!:number' },
  MaintenanceWindow: { fields: 'day!:Weekday hour!:number hours:number' },
  WorkloadIdentityProps: { fields: 'name!:string serviceAccount!:ServiceAccountName access!:WorkloadAccess[]' },
  ServiceAccountName: { fields: 'namespace!:string name!:string' },
  SignInProps: {
    fields:
      'displayName!:string redirectUris!:string[] assignmentRequired:boolean federatedServiceAccount:ServiceAccountName',
  },
  EdgeProps: { fields: 'name!:string sku!:string publisherName!:string publisherEmail!:string apis!:PublishedApi[]' },
  PublishedApi: {
    fields:
      'name!:string path!:string backendUrl!:string methods:string[] audience!:string requestsPerMinute:number timeoutSeconds:number',
  },
  HighAvailability: oneOf(HighAvailability),
  SharedStorageKind: oneOf(SharedStorageKind),
  RegistrySku: oneOf(RegistrySku),
  UpgradeChannel: oneOf(UpgradeChannel),
  DataPlane: oneOf(DataPlane),
  Weekday: oneOf(Weekday),
  WorkloadAccess: oneOf(WorkloadAccess),
}).type('AzureEnvironmentProps');

/** Fields of an environment that are missing, unknown or of another type, each a sentence. */
export function formErrors(environment: unknown): string[] {
  return typeErrors(ENVIRONMENT, environment);
}
