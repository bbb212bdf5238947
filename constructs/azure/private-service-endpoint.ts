import { PrivateEndpoint } from '@cdktf/provider-azurerm/lib/private-endpoint';
import type { AzureStack } from './azure-stack';
import type { NetworkStack } from './network-stack';
import { ENDPOINTS, type PrivateService } from './private-service';

/** An address inside the network for a resource of the stack, with its name in the private zone. */
export function addPrivateEndpoint(
  stack: AzureStack,
  network: NetworkStack,
  service: PrivateService,
  resourceId: string,
): PrivateEndpoint {
  const name = stack.nameOf(`${service}-endpoint`);
  return new PrivateEndpoint(stack, `${service}-endpoint`, {
    name,
    resourceGroupName: network.resourceGroup.in(stack),
    location: stack.environment.region,
    tags: stack.environment.tags,
    subnetId: network.endpointSubnetId.in(stack),
    privateServiceConnection: {
      name,
      isManualConnection: false,
      privateConnectionResourceId: resourceId,
      subresourceNames: [ENDPOINTS[service].subresource],
    },
    privateDnsZoneGroup: { name: service, privateDnsZoneIds: [network.zoneOf(service).in(stack)] },
  });
}
