import { KeyVault } from '@cdktf/provider-azurerm/lib/key-vault';
import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment';
import type { AzureStack } from './azure-stack';
import { KEPT } from './kept';
import type { NetworkStack } from './network-stack';

/** A vault, and what has to be there before its secrets can be written. */
export interface OpenVault {
  readonly vault: KeyVault;
  readonly administrators: RoleAssignment;
}

/** The vault of all secrets, which its administrators may write. */
export function addKeyVault(stack: AzureStack, network: NetworkStack): OpenVault {
  const { keyVault, tenantId, region, tags, administrators } = stack.environment;
  const { allowedRanges = [] } = keyVault;
  const vault = new KeyVault(stack, 'vault', {
    name: keyVault.name,
    resourceGroupName: network.resourceGroup.in(stack),
    location: region,
    tags,
    tenantId,
    skuName: 'standard',
    rbacAuthorizationEnabled: true,
    purgeProtectionEnabled: true,
    softDeleteRetentionDays: 90,
    publicNetworkAccessEnabled: allowedRanges.length > 0,
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny', ipRules: [...allowedRanges] },
    lifecycle: KEPT,
  });
  return {
    vault,
    administrators: new RoleAssignment(stack, 'vault-administrators', {
      scope: vault.id,
      roleDefinitionName: 'Key Vault Secrets Officer',
      principalId: administrators.objectId,
      principalType: 'Group',
    }),
  };
}
