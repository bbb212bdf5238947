import { ContainerRegistry } from '@cdktf/provider-azurerm/lib/container-registry';
import type { AzureStack } from './azure-stack';
import { type RegistryProps, RegistrySku } from './data-props';
import type { NetworkStack } from './network-stack';
import { zonesOf } from './regions';

/** Days that an image without a tag stays. */
const RETENTION_DAYS = 30;

/** A registry without a password. What PREMIUM alone can is asked for with PREMIUM alone. */
export function addContainerRegistry(stack: AzureStack, network: NetworkStack, props: RegistryProps) {
  const { allowedRanges = [], sku = RegistrySku.PREMIUM } = props;
  const premium = sku === RegistrySku.PREMIUM;
  const open = allowedRanges.length > 0 || !premium;
  return new ContainerRegistry(stack, 'registry', {
    name: props.name,
    resourceGroupName: network.resourceGroup.in(stack),
    location: stack.environment.region,
    tags: stack.environment.tags,
    sku,
    adminEnabled: false,
    anonymousPullEnabled: false,
    publicNetworkAccessEnabled: open,
    zoneRedundancyEnabled: props.zoneRedundant ?? (premium && zonesOf(stack.environment) !== undefined),
    ...(premium
      ? {
          dataEndpointEnabled: true,
          retentionPolicyInDays: RETENTION_DAYS,
          networkRuleBypassOption: 'AzureServices',
          networkRuleSet: open
            ? [
                {
                  defaultAction: 'Deny',
                  ipRule: allowedRanges.map((ipRange) => ({ action: 'Allow', ipRange })),
                },
              ]
            : undefined,
        }
      : {}),
  });
}
