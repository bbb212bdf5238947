import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment';
import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity';
import type { AzureStack } from './azure-stack';
import { SharedStorageKind } from './data-props';
import type { DataStack } from './data-stack';
import type { NetworkStack } from './network-stack';

/** The two identities of a cluster, with their roles: of its control plane, and of the kubelets, who pull images. */
export class ClusterIdentities {
  public readonly control: UserAssignedIdentity;
  public readonly kubelet: UserAssignedIdentity;
  /** The cluster has to wait for them: without them it cannot join the subnet. */
  public readonly roles: RoleAssignment[];

  public constructor(stack: AzureStack, network: NetworkStack, data: DataStack) {
    const { environment } = stack;
    const place = {
      resourceGroupName: network.resourceGroup.in(stack),
      location: environment.region,
      tags: environment.tags,
    };
    const role = (id: string, identity: UserAssignedIdentity, roleDefinitionName: string, resourceId: string) =>
      new RoleAssignment(stack, id, {
        scope: resourceId,
        roleDefinitionName,
        principalId: identity.principalId,
        principalType: 'ServicePrincipal',
      });
    this.control = new UserAssignedIdentity(stack, 'control-plane', { ...place, name: stack.nameOf('control-plane') });
    this.kubelet = new UserAssignedIdentity(stack, 'kubelet', { ...place, name: stack.nameOf('kubelet') });
    this.roles = [
      role('control-plane-network', this.control, 'Network Contributor', network.clusterSubnetId.in(stack)),
      role('control-plane-kubelet', this.control, 'Managed Identity Operator', this.kubelet.id),
    ];
    if (data.registryId) {
      this.roles.push(role('kubelet-pulls', this.kubelet, 'AcrPull', data.registryId.in(stack)));
    }
    if (data.storageId && environment.storage?.kind === SharedStorageKind.FILES) {
      // The CSI driver runs with the control plane's identity and looks after the shares of the account.
      const id = data.storageId.in(stack);
      this.roles.push(role('control-plane-files', this.control, 'Storage Account Contributor', id));
    }
  }
}
