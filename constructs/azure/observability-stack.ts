import { DashboardGrafana } from '@cdktf/provider-azurerm/lib/dashboard-grafana';
import { LogAnalyticsWorkspace } from '@cdktf/provider-azurerm/lib/log-analytics-workspace';
import { MonitorActionGroup } from '@cdktf/provider-azurerm/lib/monitor-action-group';
import { MonitorDataCollectionEndpoint } from '@cdktf/provider-azurerm/lib/monitor-data-collection-endpoint';
import { MonitorDataCollectionRule } from '@cdktf/provider-azurerm/lib/monitor-data-collection-rule';
import { MonitorWorkspace } from '@cdktf/provider-azurerm/lib/monitor-workspace';
import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment';
import type { Construct } from 'constructs';
import { workspaceObjectives } from '../slo/workspace-objectives';
import { AzureStack, type SharedValue } from './azure-stack';
import { sendDiagnostics } from './diagnostics';
import type { NetworkStack } from './network-stack';
import { addRuleGroups } from './prometheus-rules';
import { zonesOf } from './regions';

const PROMETHEUS = 'prometheus';
const PROMETHEUS_STREAM = 'Microsoft-PrometheusMetrics';
const LOGS = 'logs';
/** No numbers of nodes and pods, which would be paid a second time: Managed Prometheus has them. */
const LOG_STREAMS = ['Microsoft-ContainerLogV2', 'Microsoft-KubeEvents', 'Microsoft-KubePodInventory'];
/** Where Azure's own pods are. */
const NAMESPACES_OF_AZURE = ['kube-system', 'gatekeeper-system', 'azure-arc'];

/**
 * Where logs and metrics go, what is alerted on, and who is told. It comes before the data and the cluster, which
 * send theirs from their first minute on.
 */
export class ObservabilityStack extends AzureStack {
  /** Log Analytics. */
  public readonly workspaceId: SharedValue;
  public readonly actionGroupId: SharedValue;
  /** What the cluster's agent of Managed Prometheus is to collect. */
  public readonly collectionRuleId: SharedValue;
  /** Where that agent asks for its configuration. */
  public readonly collectionEndpointId: SharedValue;
  /** What of the containers' output the cluster's agent of Log Analytics is to collect. */
  public readonly containerLogRuleId: SharedValue;

  public constructor(scope: Construct, network: NetworkStack) {
    super(scope, 'observability', network.environment);
    const { region: location, tags, observability: props } = this.environment;
    const place = { resourceGroupName: network.resourceGroup.in(this), location, tags };

    const logs = new LogAnalyticsWorkspace(this, LOGS, {
      ...place,
      name: this.nameOf(LOGS),
      sku: 'PerGB2018',
      retentionInDays: props.logRetentionDays ?? 90,
      dailyQuotaGb: props.dailyLogLimitGb,
      localAuthenticationEnabled: false,
    });
    this.workspaceId = this.share('workspace_id', logs.id);
    this.containerLogRuleId = this.share('container_log_rule_id', this.containerLogs(place, logs).id);

    const actions = new MonitorActionGroup(this, 'actions', {
      name: this.nameOf('alerts'),
      resourceGroupName: place.resourceGroupName,
      tags,
      shortName: 'workspace',
      emailReceiver: props.alertEmails.map((emailAddress, index) => ({
        name: `receiver-${index + 1}`,
        emailAddress,
        useCommonAlertSchema: true,
      })),
    });
    this.actionGroupId = this.share('action_group_id', actions.id);

    const metrics = new MonitorWorkspace(this, 'metrics', { ...place, name: this.nameOf('metrics') });
    const endpoint = new MonitorDataCollectionEndpoint(this, 'collection-endpoint', {
      ...place,
      name: this.nameOf('collection'),
      kind: 'Linux',
    });
    const rule = new MonitorDataCollectionRule(this, 'collection-rule', {
      ...place,
      name: this.nameOf(PROMETHEUS),
      kind: 'Linux',
      dataCollectionEndpointId: endpoint.id,
      dataSources: { prometheusForwarder: [{ name: PROMETHEUS, streams: [PROMETHEUS_STREAM] }] },
      destinations: { monitorAccount: [{ name: PROMETHEUS, monitorAccountId: metrics.id }] },
      dataFlow: [{ streams: [PROMETHEUS_STREAM], destinations: [PROMETHEUS] }],
    });
    this.collectionRuleId = this.share('collection_rule_id', rule.id);
    this.collectionEndpointId = this.share('collection_endpoint_id', endpoint.id);
    addRuleGroups(this, place, {
      objectives: props.objectives ?? workspaceObjectives,
      monitorWorkspaceId: metrics.id,
      actionGroupId: actions.id,
    });
    if (props.grafana ?? true) {
      this.grafana(place, metrics);
    }
  }

  /** Without it the agent that AKS installs sends nothing: it may, but nobody told it what. */
  private containerLogs(
    place: { readonly resourceGroupName: string; readonly location: string },
    logs: LogAnalyticsWorkspace,
  ): MonitorDataCollectionRule {
    const settings = {
      interval: '1m',
      namespaceFilteringMode: 'Exclude',
      namespaces: NAMESPACES_OF_AZURE,
      enableContainerLogV2: true,
    };
    return new MonitorDataCollectionRule(this, 'container-log-rule', {
      ...place,
      name: this.nameOf('container-logs'),
      kind: 'Linux',
      dataSources: {
        extension: [
          {
            name: 'ContainerInsightsExtension',
            extensionName: 'ContainerInsights',
            extensionJson: JSON.stringify({ dataCollectionSettings: settings }),
            streams: LOG_STREAMS,
          },
        ],
      },
      destinations: { logAnalytics: [{ name: LOGS, workspaceResourceId: logs.id }] },
      dataFlow: [{ streams: LOG_STREAMS, destinations: [LOGS] }],
    });
  }

  private grafana(place: { readonly resourceGroupName: string; readonly location: string }, metrics: MonitorWorkspace) {
    const grafana = new DashboardGrafana(this, 'grafana', {
      ...place,
      // At most 23 characters.
      name: this.nameOf('grafana'),
      // Azure makes no 11 any more, and azurerm 4.73 knows no 13.
      grafanaMajorVersion: '12',
      sku: 'Standard',
      apiKeyEnabled: false,
      deterministicOutboundIpEnabled: true,
      zoneRedundancyEnabled: zonesOf(this.environment) !== undefined,
      identity: { type: 'SystemAssigned' },
      azureMonitorWorkspaceIntegrations: [{ resourceId: metrics.id }],
    });
    new RoleAssignment(this, 'grafana-reads-metrics', {
      scope: metrics.id,
      roleDefinitionName: 'Monitoring Data Reader',
      principalId: grafana.identity.principalId,
      principalType: 'ServicePrincipal',
    });
    new RoleAssignment(this, 'grafana-administrators', {
      scope: grafana.id,
      roleDefinitionName: 'Grafana Admin',
      principalId: this.environment.administrators.objectId,
      principalType: 'Group',
    });
    sendDiagnostics(this, this, 'grafana', grafana.id);
    this.share('grafana_url', grafana.endpoint);
  }
}
