import { ManagedRedis } from '@cdktf/provider-azurerm/lib/managed-redis';
import type { AzureStack } from './azure-stack';
import type { ManagedRedisProps } from './data-props';
import type { NetworkStack } from './network-stack';

/** Sessions and caches, which are lost with it and made anew: neither kept nor locked. */
export function addManagedRedis(stack: AzureStack, network: NetworkStack, props: ManagedRedisProps): ManagedRedis {
  return new ManagedRedis(stack, 'redis', {
    name: props.name,
    resourceGroupName: network.resourceGroup.in(stack),
    location: stack.environment.region,
    tags: stack.environment.tags,
    skuName: props.sku,
    highAvailabilityEnabled: props.highAvailability ?? true,
    publicNetworkAccess: 'Disabled',
    defaultDatabase: {
      clientProtocol: 'Encrypted',
      // The default policy answers MOVED, which Open WebUI, LiteLLM and the gateway do not follow.
      clusteringPolicy: 'EnterpriseCluster',
      evictionPolicy: 'NoEviction',
      accessKeysAuthenticationEnabled: props.accessKeys ?? false,
    },
  });
}
