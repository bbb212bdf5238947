/*
 * Addresses that follow from a name. Both halves compute them here: the manifests write them, and Terraform checks
 * after each apply that Azure says the same. Of the public Azure cloud.
 */

/** Host of an Azure Database for PostgreSQL flexible server, inside its network and outside. */
export function databaseHost(serverName: string): string {
  return `${serverName}.postgres.database.azure.com`;
}

/** Address of a Key Vault, without the slash that Azure puts behind it. */
export function vaultUrl(vaultName: string): string {
  return `https://${vaultName}.vault.azure.net`;
}

/** Host of a container registry, as it stands at the start of an image's name. */
export function registryServer(registryName: string): string {
  return `${registryName}.azurecr.io`;
}

/** Host of an Azure Managed Redis, which answers on port 10000. */
export function redisHost(redisName: string, region: string): string {
  return `${redisName}.${region}.redis.azure.net`;
}

/** Address of a storage account's blobs. */
export function blobEndpoint(accountName: string): string {
  return `https://${accountName}.blob.core.windows.net`;
}

/** A ServiceAccount of the cluster. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** The `sub` of the tokens that the cluster issues to a ServiceAccount: what a federated credential trusts. */
export function federatedSubject({ namespace, name }: ServiceAccountName): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
