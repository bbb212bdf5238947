import { MonitorMetricAlert } from '@cdktf/provider-azurerm/lib/monitor-metric-alert';
import type { AzureStack } from './azure-stack';
import type { NetworkStack } from './network-stack';
import type { ObservabilityStack } from './observability-stack';
import { maxConnectionsOf } from './postgres-sizes';

interface PostgresAlert {
  readonly id: string;
  readonly description: string;
  readonly metric: string;
  readonly aggregation: string;
  readonly operator: string;
  readonly threshold: number;
  /** 1 wakes somebody, 2 waits for the morning. */
  readonly severity: number;
}

/** Source of the metrics: Microsoft Learn, "Monitor metrics in Azure Database for PostgreSQL". */
function alerts(connections: number): PostgresAlert[] {
  const above = (id: string, metric: string, threshold: number, severity: number, description: string) => ({
    id,
    metric,
    threshold,
    severity,
    description,
    aggregation: 'Average',
    operator: 'GreaterThan',
  });
  return [
    above(
      'storage',
      'storage_percent',
      85,
      1,
      'The disk of the database is 85 % full; when it is full it is read-only.',
    ),
    above('cpu', 'cpu_percent', 85, 2, 'The database has no CPU to spare.'),
    above('connections', 'active_connections', Math.floor(connections * 0.8), 2, '80 % of the connections are taken.'),
    {
      id: 'alive',
      metric: 'is_db_alive',
      aggregation: 'Maximum',
      operator: 'LessThan',
      threshold: 1,
      severity: 0,
      description: 'The database does not answer.',
    },
  ];
}

/** Tells the environment's action group when the server is in need. */
export function addPostgresAlerts(
  stack: AzureStack,
  network: NetworkStack,
  observability: ObservabilityStack,
  serverId: string,
): void {
  for (const alert of alerts(maxConnectionsOf(stack.environment.database))) {
    new MonitorMetricAlert(stack, `postgres-alert-${alert.id}`, {
      name: stack.nameOf(`postgres-${alert.id}`),
      resourceGroupName: network.resourceGroup.in(stack),
      tags: stack.environment.tags,
      description: alert.description,
      scopes: [serverId],
      severity: alert.severity,
      frequency: 'PT1M',
      windowSize: 'PT5M',
      criteria: [
        {
          metricNamespace: 'Microsoft.DBforPostgreSQL/flexibleServers',
          metricName: alert.metric,
          aggregation: alert.aggregation,
          operator: alert.operator,
          threshold: alert.threshold,
        },
      ],
      action: [{ actionGroupId: observability.actionGroupId.in(stack) }],
    });
  }
}
