import { ManagementLock } from '@cdktf/provider-azurerm/lib/management-lock';
import type { ITerraformDependable } from 'cdktf';
import type { AzureStack } from './azure-stack';

/** For resources that hold data: Terraform refuses a plan that would destroy them. */
export const KEPT = { preventDestroy: true };

/**
 * Azure itself refuses to delete a resource, and whatever hangs below it, as long as the lock stands, whoever asks.
 *
 * @param below what hangs there and may be replaced: the lock goes before it, and comes back after it
 */
export function lock(stack: AzureStack, what: string, resourceId: string, below?: ITerraformDependable[]): void {
  new ManagementLock(stack, `${what}-lock`, {
    name: `${what}-holds-data`,
    scope: resourceId,
    lockLevel: 'CanNotDelete',
    notes: 'Holds data: docs/azure.md says how to take it down on purpose.',
    dependsOn: below,
    lifecycle: KEPT,
  });
}
