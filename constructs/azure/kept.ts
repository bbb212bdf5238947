import { ManagementLock } from '@cdktf/provider-azurerm/lib/management-lock';
import type { AzureStack } from './azure-stack';

/** For resources that hold data: Terraform refuses a plan that would destroy them. */
export const KEPT = { preventDestroy: true };

/** Azure itself refuses to delete a resource as long as the lock stands, whoever asks. */
export function lock(stack: AzureStack, what: string, resourceId: string): void {
  new ManagementLock(stack, `${what}-lock`, {
    name: `${what}-holds-data`,
    scope: resourceId,
    lockLevel: 'CanNotDelete',
    notes: 'Holds data: docs/azure.md says how to take it down on purpose.',
    lifecycle: KEPT,
  });
}
