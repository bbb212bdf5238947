import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { narrowed } from '../../constructs/slo/narrowed';

/** A line of a panel: what is asked, and how it is called. */
export interface Query {
  /** Form: PromQL. */
  readonly expr: string;
  /** Form: text with `{{label}}`. */
  readonly legend: string;
}

/** A panel as the dashboards here need it. */
export interface Panel {
  readonly title: string;
  /** What a person sees in it, and when to worry. */
  readonly description: string;
  /** Grafana's unit id, for example `s`, `reqps`, `currencyUSD`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** One number instead of a curve. @default false */
  readonly stat?: boolean;
}

/** A dashboard: rows of panels. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  /** The metrics whose namespaces can be chosen. Form: a regular expression of their names. */
  readonly metrics: string;
  readonly rows: { readonly [title: string]: readonly Panel[] };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own form of a variable
const SOURCE = { type: 'prometheus', uid: '${source}' };

/** A selector of the workspaces that are chosen at the top: several may share a Prometheus. */
export function here(selector: string): string {
  return narrowed(selector, 'namespace=~"$namespace"');
}

/** The dashboard as Grafana reads it. Every panel asks the Prometheus that is chosen at the top. */
export function toJson({ uid, title, metrics, rows }: Dashboard): string {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['cdk8s-open-webui'])
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('namespace')
        .label('Namespace')
        .datasource(SOURCE)
        .query(`label_values({__name__=~"${metrics}"}, namespace)`)
        .refresh(VariableRefresh.OnDashboardLoad)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: ['All'], value: ['$__all'] }),
    );
  for (const [row, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(row));
    for (const panel of panels) builder.withPanel(panelOf(panel));
  }
  return JSON.stringify(builder.build(), undefined, 1);
}

function panelOf(panel: Panel): cog.Builder<never> {
  const width = panel.stat ? 6 : 12;
  const builder = (panel.stat ? new StatBuilder() : new TimeseriesBuilder())
    .title(panel.title)
    .description(panel.description)
    .unit(panel.unit)
    .datasource(SOURCE)
    .span(width)
    .height(panel.stat ? 4 : 8);
  for (const { expr, legend } of panel.queries) {
    builder.withTarget(new DataqueryBuilder().expr(expr).legendFormat(legend).datasource(SOURCE));
  }
  return builder as never;
}
