import { FederatedIdentityCredential } from '@cdktf/provider-azurerm/lib/federated-identity-credential';
import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment';
import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity';
import { federatedSubject } from './addresses';
import type { AzureStack } from './azure-stack';
import type { WorkloadAccess, WorkloadIdentityProps } from './identity-props';

/** The only audience that Entra takes of a workload's token. */
export const TOKEN_AUDIENCE = 'api://AzureADTokenExchange';

/** A role on a resource. */
export interface Grant {
  /** In kebab case. */
  readonly id: string;
  readonly role: string;
  /** Id of the resource. */
  readonly scope: string;
}

/** What surrounds an identity. */
export interface WorkloadIdentityPlace {
  readonly resourceGroupName: string;
  /** Who issues the tokens of ServiceAccounts. */
  readonly issuer: string;
  readonly grants: { readonly [access in WorkloadAccess]: readonly Grant[] };
}

/** An identity that trusts the tokens of one ServiceAccount, and what it may do. */
export function addWorkloadIdentity(
  stack: AzureStack,
  { name, serviceAccount, access }: WorkloadIdentityProps,
  { resourceGroupName, issuer, grants }: WorkloadIdentityPlace,
): UserAssignedIdentity {
  const identity = new UserAssignedIdentity(stack, name, {
    name: stack.nameOf(name),
    resourceGroupName,
    location: stack.environment.region,
    tags: stack.environment.tags,
  });
  new FederatedIdentityCredential(stack, `${name}-trust`, {
    name: `${serviceAccount.namespace}-${serviceAccount.name}`,
    resourceGroupName,
    parentId: identity.id,
    issuer,
    subject: federatedSubject(serviceAccount),
    audience: [TOKEN_AUDIENCE],
  });
  for (const { id, role, scope } of access.flatMap((each) => grants[each])) {
    new RoleAssignment(stack, `${name}-${id}`, {
      scope,
      roleDefinitionName: role,
      principalId: identity.principalId,
      principalType: 'ServicePrincipal',
    });
  }
  return identity;
}
