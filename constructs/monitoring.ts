import { ApiObject, Chart, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import {
  PrometheusRule,
  type PrometheusRuleSpecGroups,
  PrometheusRuleSpecGroupsRulesExpr,
} from '../imports/monitoring.coreos.com';
import { dashboardsOf } from './monitoring/dashboards';
import { operationalAlerts } from './monitoring/operational-alerts';
import type { Component } from './platform/component';
import { WorkspaceNamespace } from './platform/namespace';
import { MonitoringBackend, Platform } from './platform/platform';
import { checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';
import { type AlertingRule, burnRateRules } from './slo/burn-rate';
import { narrowed, ofNamespace } from './slo/narrowed';
import { workspaceObjectives } from './slo/workspace-objectives';

/** How a workspace is watched. */
export interface MonitoringProps {
  /** Labels by which Prometheus finds monitors and rules, for example `{ release: 'kube-prometheus-stack' }`. @default - none */
  readonly labels?: { [key: string]: string };
  /** How often the metrics are read. Unit: seconds. @default 30 */
  readonly intervalSeconds?: number;
  /** Base address of the pages that say what to do; the alert's name is appended in lower case. @default - no link */
  readonly runbookUrl?: string;
  /**
   * Whether Grafana gets dashboards, in ConfigMaps that its sidecar finds.
   * @default - true with the Prometheus operator; false with Azure's Prometheus, whose managed Grafana has no sidecar
   */
  readonly dashboards?: boolean;
  /** Label by which Grafana's sidecar finds them. @default - `grafana_dashboard: "1"` */
  readonly dashboardLabels?: { [key: string]: string };
}

const LABELS = { 'app.kubernetes.io/name': 'monitoring', 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };
/** Ports of pods that serve Prometheus metrics, by their names. */
const METRICS_PORTS = ['metrics', 'proxy-metrics'];

const RULES: readonly Rule<Monitoring>[] = [
  {
    id: 'monitoring-watches',
    broken: ({ _watched }) => _watched.length === 0,
    message: () =>
      'monitoring: it watches nothing, and its alerts would be silent for ever: call watch for each program',
  },
  {
    id: 'monitoring-interval',
    broken: ({ intervalSeconds }) => !Number.isInteger(intervalSeconds) || intervalSeconds < 5 || intervalSeconds > 300,
    message: ({ intervalSeconds }) =>
      `monitoring: intervalSeconds is ${intervalSeconds}: write a whole number of seconds from 5 to 300; the shortest window of the alerts is 5 minutes`,
  },
  {
    id: 'monitoring-metrics',
    broken: ({ _watched }) => _watched.some((component) => !servesMetrics(component)),
    message: ({ _watched }) =>
      `monitoring: ${_watched.find((component) => !servesMetrics(component))?.name} serves no metrics: leave it out of watch, or switch its metrics on`,
  },
];

/**
 * PodMonitors for the programs' metrics, alerts on the objectives of the workspace (multiwindow, multi-burn-rate) and on
 * states that a person has to end, and dashboards, all of this workspace's namespace. The objectives: `constructs/slo/workspace-objectives.ts`; Azure's rule
 * groups are made from the same.
 */
export class Monitoring extends Construct {
  public readonly backend: MonitoringBackend;
  /** Unit: seconds. */
  public readonly intervalSeconds: number;
  /** @internal */
  public readonly _watched: Component[] = [];
  /** The namespace whose programs are watched; undefined when neither the chart nor the workspace names one. */
  private readonly namespace?: string;
  private readonly props: MonitoringProps;

  constructor(scope: Construct, id: string, props: MonitoringProps = {}) {
    super(scope, id);
    checkProps(this, 'MonitoringProps', props);
    this.props = props;
    this.backend = Platform.of(this).monitoringBackend;
    this.intervalSeconds = props.intervalSeconds ?? 30;
    this.namespace = Chart.of(this).namespace ?? WorkspaceNamespace.of(this)?.name;
    if (this.backend === MonitoringBackend.PROMETHEUS_OPERATOR) {
      this.addAlerts();
    }
    if (props.dashboards ?? this.backend === MonitoringBackend.PROMETHEUS_OPERATOR) {
      this.addDashboards();
    }
    checkAtSynth(this, RULES, () => this);
  }

  /** Reads the metrics of a program, which lets the platform's monitoring in already. */
  public watch(component: Component): void {
    this._watched.push(component);
    new ApiObject(this, `Metrics-${component.name}`, {
      apiVersion:
        this.backend === MonitoringBackend.AZURE_MANAGED ? 'azmonitoring.coreos.com/v1' : 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: component.name, labels: { ...LABELS, ...this.props.labels } },
      spec: {
        selector: { matchLabels: component.selector },
        podMetricsEndpoints: metricsPorts(component).map((port) => ({ port, interval: `${this.intervalSeconds}s` })),
      },
    });
  }

  private addAlerts(): void {
    new ApiObject(this, 'Alerts', {
      ...PrometheusRule.GVK,
      metadata: { name: 'workspace-alerts', labels: { ...LABELS, ...this.props.labels } },
      spec: Lazy.any({ produce: () => PrometheusRule.manifest({ spec: { groups: this.groups() } }).spec }),
    });
  }

  /** Only of programs that are there: an alert on a metric that nobody serves would look like a promise. */
  private groups(): PrometheusRuleSpecGroups[] {
    const services = new Set(this._watched.flatMap(servicesOf));
    const objectives = workspaceObjectives
      .filter(({ service }) => services.has(service))
      .map((slo) => {
        const { recordings, alerts } = burnRateRules(slo, this.namespace);
        const rules = [
          ...recordings.map(({ record, expr, labels }) => ({ record, expr: expression(expr), labels })),
          ...alerts.map((alert) => this.alertingRule({ ...alert, service: slo.service })),
        ];
        return { name: `slo-${slo.name}`, rules };
      });
    const within = (selector: string) => narrowed(selector, ofNamespace(this.namespace));
    const states = operationalAlerts
      .filter(({ service }) => services.has(service))
      .map((alert) => this.alertingRule({ ...alert, expr: alert.expr(within) }));
    return [...objectives, { name: 'states', rules: states }];
  }

  private alertingRule(alert: AlertingRule & { readonly service: string }) {
    const { runbookUrl } = this.props;
    return {
      alert: alert.alert,
      expr: expression(alert.expr),
      for: alert.for,
      labels: { severity: alert.severity, service: alert.service },
      annotations: {
        summary: this.namespace === undefined ? alert.summary : `${this.namespace}: ${alert.summary}`,
        ...(runbookUrl ? { runbook_url: `${runbookUrl.replace(/\/$/, '')}/${alert.alert.toLowerCase()}` } : {}),
      },
    };
  }

  private addDashboards(): void {
    const labels = { ...LABELS, ...(this.props.dashboardLabels ?? { grafana_dashboard: '1' }) };
    for (const [name, json] of Object.entries(dashboardsOf(this.namespace))) {
      new ApiObject(
        this,
        `Dashboard-${name}`,
        k8s.KubeConfigMap.manifest({
          metadata: { name: `dashboard-${name}`, labels },
          // Grafana's sidecar puts the files of all namespaces into one folder.
          data: { [`${[this.namespace, name].filter(Boolean).join('-')}.json`]: json },
        }),
      );
    }
  }
}

/** Whether a program has a port from which metrics can be read. */
export function servesMetrics(component: Component): boolean {
  return metricsPorts(component).length > 0;
}

function metricsPorts(component: Component): string[] {
  return component._podPortNames.filter((name) => METRICS_PORTS.includes(name));
}

/** The programs whose metrics a component's pods serve. */
function servicesOf(component: Component): string[] {
  const ports = metricsPorts(component);
  const program = component.selector['app.kubernetes.io/name'];
  return [
    ...(ports.includes('metrics') ? [program] : []),
    ...(ports.includes('proxy-metrics') ? ['oauth2-proxy'] : []),
  ];
}

function expression(text: string): PrometheusRuleSpecGroupsRulesExpr {
  return PrometheusRuleSpecGroupsRulesExpr.fromString(text);
}
