import { narrowed, ofNamespace } from './narrowed';
import { ObjectiveSeverity, type ServiceLevelObjective } from './objective';

/** A Prometheus rule that keeps an expression under a name. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: { readonly [name: string]: string };
}

/** A Prometheus rule that alerts. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it has to be true. Form: Prometheus duration. */
  readonly for: string;
  readonly severity: ObjectiveSeverity;
  readonly summary: string;
}

/** The rules of one objective. */
export interface ObjectiveRules {
  readonly recordings: readonly RecordingRule[];
  readonly alerts: readonly AlertingRule[];
}

interface BurnRate {
  readonly severity: ObjectiveSeverity;
  /** How many times as fast as allowed the budget is used up. */
  readonly factor: number;
  readonly long: string;
  /** Makes the alert end soon after the trouble does. */
  readonly short: string;
  readonly for: string;
}

/** Source: Google, "The Site Reliability Workbook", chapter 5, multiwindow, multi-burn-rate alerts. */
const BURN_RATES: readonly BurnRate[] = [
  { severity: ObjectiveSeverity.PAGE, factor: 14.4, long: '1h', short: '5m', for: '2m' },
  { severity: ObjectiveSeverity.PAGE, factor: 6, long: '6h', short: '30m', for: '15m' },
  { severity: ObjectiveSeverity.TICKET, factor: 1, long: '3d', short: '6h', for: '1h' },
];
const WINDOWS = ['5m', '30m', '1h', '6h', '3d'];

/**
 * Recording rules of the ratio of bad events over each window, and the alerts on them. Workspaces that share a
 * Prometheus are counted apart, by the label `namespace`.
 * @param namespace the one workspace that these rules are of; without it they are of every one
 */
export function burnRateRules(slo: ServiceLevelObjective, namespace?: string): ObjectiveRules {
  const labels = { slo: slo.name, service: slo.service };
  const matcher = ofNamespace(namespace);
  const recorded = (window: string) => narrowed(`${ratio(window)}{slo="${slo.name}"}`, matcher);
  const budget = Number((1 - slo.objective).toPrecision(10));
  return {
    recordings: WINDOWS.map((window) => ({ record: ratio(window), expr: badRatio(slo, window, matcher), labels })),
    alerts: BURN_RATES.map(({ severity, factor, long, short, for: duration }) => {
      const limit = Number((factor * budget).toPrecision(10));
      return {
        alert: `${pascalCase(slo.name)}Burns${long}`,
        expr: `${recorded(long)} > ${limit} and ${recorded(short)} > ${limit}`,
        for: duration,
        severity,
        summary: `${slo.description} The error budget of 30 days is used up ${factor} times as fast as it may be.`,
      };
    }),
  };
}

function ratio(window: string): string {
  return `slo:bad_events:ratio_rate${window}`;
}

function badRatio({ total, good, bad }: ServiceLevelObjective, window: string, matcher?: string): string {
  const rate = (counter: string) => `sum by (namespace) (rate(${narrowed(counter, matcher)}[${window}]))`;
  // A counter that has not counted yet does not exist: nothing bad has happened then.
  return good === undefined
    ? `(${rate(bad ?? total)} or 0 * ${rate(total)}) / ${rate(total)}`
    : `1 - ${rate(good)} / ${rate(total)}`;
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
