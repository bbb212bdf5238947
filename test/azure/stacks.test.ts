import { operationalAlerts } from '../../constructs/monitoring/operational-alerts';
import { burnRateRules } from '../../constructs/slo/burn-rate';
import { workspaceObjectives } from '../../constructs/slo/workspace-objectives';
import { aksProduction } from '../../environments/azure/aks-production';
import { rich } from './samples';
import { synthesize } from './synthesize';

describe.each([aksProduction, rich])('the stacks of $name', (environment) => {
  const stacks = synthesize(environment);

  test.each(Object.keys(stacks))('%s', (part) => {
    expect(stacks[part]).toMatchSnapshot();
  });
});

test('Azure alerts on all that a cluster with a Prometheus of its own alerts on', () => {
  // biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON has no type
  const { observability }: any = synthesize(aksProduction);
  const groups: { rule: { alert?: string }[] }[] = Object.values(
    observability.resource.azurerm_monitor_alert_prometheus_rule_group,
  );
  const alerts = groups.flatMap(({ rule }) => rule.flatMap(({ alert }) => alert ?? []));
  const objectives = workspaceObjectives.flatMap((slo) => burnRateRules(slo).alerts);
  expect(alerts.sort()).toEqual([...objectives, ...operationalAlerts].map(({ alert }) => alert).sort());
});
