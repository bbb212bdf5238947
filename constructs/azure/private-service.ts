import { SharedStorageKind } from './data-props';
import type { AzureEnvironmentProps } from './environment-props';

/** Services that the network reaches by a private endpoint. */
export enum PrivateService {
  VAULT = 'vault',
  FILES = 'files',
  BLOBS = 'blobs',
  REGISTRY = 'registry',
  REDIS = 'redis',
}

/** How a private endpoint of a service is made. */
export interface EndpointForm {
  /** The part of the service that it leads to. */
  readonly subresource: string;
  /** The private DNS zone of its names. */
  readonly zone: string;
}

/** Source: Microsoft Learn, "Azure Private Endpoint private DNS zone values". */
export const ENDPOINTS: { readonly [service in PrivateService]: EndpointForm } = {
  [PrivateService.VAULT]: { subresource: 'vault', zone: 'privatelink.vaultcore.azure.net' },
  [PrivateService.FILES]: { subresource: 'file', zone: 'privatelink.file.core.windows.net' },
  [PrivateService.BLOBS]: { subresource: 'blob', zone: 'privatelink.blob.core.windows.net' },
  [PrivateService.REGISTRY]: { subresource: 'registry', zone: 'privatelink.azurecr.io' },
  [PrivateService.REDIS]: { subresource: 'redisEnterprise', zone: 'privatelink.redis.azure.net' },
};

/** A service with private endpoints, and the zone of their names. */
export interface EndpointZone {
  readonly service: PrivateService;
  readonly zone: string;
}

/** The zones that an environment needs, one for each service that it has. */
export function endpointZones(environment: AzureEnvironmentProps): EndpointZone[] {
  const { storage, registry, redis } = environment;
  const services = [
    PrivateService.VAULT,
    ...(storage ? [storageService(storage.kind)] : []),
    ...(registry ? [PrivateService.REGISTRY] : []),
    ...(redis ? [PrivateService.REDIS] : []),
  ];
  return services.map((service) => ({ service, zone: ENDPOINTS[service].zone }));
}

/** The service that shared storage is reached as. */
export function storageService(kind: SharedStorageKind): PrivateService {
  return kind === SharedStorageKind.FILES ? PrivateService.FILES : PrivateService.BLOBS;
}
