import { MonitorAlertPrometheusRuleGroup } from '@cdktf/provider-azurerm/lib/monitor-alert-prometheus-rule-group';
import { type AlertingRule, burnRateRules, type RecordingRule } from '../slo/burn-rate';
import { ObjectiveSeverity, type ServiceLevelObjective } from '../slo/objective';
import type { AzureStack } from './azure-stack';

/** What the rules are about and where they run. */
export interface RuleGroupsProps {
  readonly objectives: readonly ServiceLevelObjective[];
  readonly monitorWorkspaceId: string;
  readonly actionGroupId: string;
}

/** Azure's severities: 0 is critical, 4 is verbose. */
const SEVERITY: { readonly [severity in ObjectiveSeverity]: number } = {
  [ObjectiveSeverity.PAGE]: 1,
  [ObjectiveSeverity.TICKET]: 3,
};

/** One rule group of Azure Managed Prometheus for each objective. */
export function addRuleGroups(
  stack: AzureStack,
  place: { readonly resourceGroupName: string; readonly location: string },
  { objectives, monitorWorkspaceId, actionGroupId }: RuleGroupsProps,
): void {
  for (const objective of objectives) {
    const { recordings, alerts } = burnRateRules(objective);
    new MonitorAlertPrometheusRuleGroup(stack, `slo-${objective.name}`, {
      ...place,
      name: stack.nameOf(`slo-${objective.name}`),
      description: objective.description,
      clusterName: stack.environment.cluster.name,
      scopes: [monitorWorkspaceId],
      interval: 'PT1M',
      rule: [...recordings.map(recordingRule), ...alerts.map((alert) => alertingRule(alert, actionGroupId))],
    });
  }
}

function recordingRule({ record, expr, labels }: RecordingRule) {
  return { record, expression: expr, labels: { ...labels }, enabled: true };
}

function alertingRule({ alert, expr, for: duration, severity, summary }: AlertingRule, actionGroupId: string) {
  return {
    alert,
    expression: expr,
    for: `PT${duration.toUpperCase()}`,
    severity: SEVERITY[severity],
    labels: { severity },
    annotations: { summary },
    enabled: true,
    alertResolution: { autoResolved: true, timeToResolve: 'PT10M' },
    action: [{ actionGroupId }],
  };
}
