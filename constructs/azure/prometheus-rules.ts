import {
  MonitorAlertPrometheusRuleGroup,
  type MonitorAlertPrometheusRuleGroupRule,
} from '@cdktf/provider-azurerm/lib/monitor-alert-prometheus-rule-group';
import { operationalAlerts } from '../monitoring/operational-alerts';
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

/** Rule groups of Azure Managed Prometheus: one for each objective, and one for states that a person has to end. */
export function addRuleGroups(
  stack: AzureStack,
  place: { readonly resourceGroupName: string; readonly location: string },
  { objectives, monitorWorkspaceId, actionGroupId }: RuleGroupsProps,
): void {
  const addGroup = (id: string, description: string, rule: MonitorAlertPrometheusRuleGroupRule[]) =>
    new MonitorAlertPrometheusRuleGroup(stack, id, {
      ...place,
      name: stack.nameOf(id),
      description,
      clusterName: stack.environment.cluster.name,
      scopes: [monitorWorkspaceId],
      interval: 'PT1M',
      rule,
    });
  for (const objective of objectives) {
    const { recordings, alerts } = burnRateRules(objective);
    addGroup(`slo-${objective.name}`, objective.description, [
      ...recordings.map(recordingRule),
      ...alerts.map((alert) => alertingRule(alert, actionGroupId)),
    ]);
  }
  const states = operationalAlerts.map((alert) => ({ ...alert, expr: alert.expr((selector) => selector) }));
  addGroup(
    'states',
    'States that a person has to end.',
    states.map((alert) => alertingRule(alert, actionGroupId)),
  );
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
