import { MonitorDiagnosticSetting } from '@cdktf/provider-azurerm/lib/monitor-diagnostic-setting';
import type { AzureStack } from './azure-stack';
import type { ObservabilityStack } from './observability-stack';

/** What of a resource goes to Log Analytics. */
export interface Diagnostics {
  /** Log categories by name. @default - all of them */
  readonly categories?: string[];
  /** @default true */
  readonly metrics?: boolean;
}

/** Sends a resource's logs and metrics to the environment's Log Analytics workspace. */
export function sendDiagnostics(
  stack: AzureStack,
  observability: ObservabilityStack,
  what: string,
  resourceId: string,
  { categories, metrics = true }: Diagnostics = {},
): void {
  new MonitorDiagnosticSetting(stack, `${what}-diagnostics`, {
    name: 'to-log-analytics',
    targetResourceId: resourceId,
    logAnalyticsWorkspaceId: observability.workspaceId.in(stack),
    enabledLog: categories ? categories.map((category) => ({ category })) : [{ categoryGroup: 'allLogs' }],
    enabledMetric: metrics ? [{ category: 'AllMetrics' }] : undefined,
  });
}
