/**
 * What is promised of a service: of its events over 30 days, at least this part is good. Plain data, so that the
 * cluster's PrometheusRules and Azure's rule groups are made from the same.
 */
export interface ServiceLevelObjective {
  /** In kebab case, unique. */
  readonly name: string;
  /** The program that it is of, as its metrics name it. */
  readonly service: string;
  /** One sentence for the person who is woken up: what people notice. */
  readonly description: string;
  /** Part of the events that is good, for example 0.999. */
  readonly objective: number;
  /** Counter of all events, as a selector: `http_requests_total{job="x"}`. */
  readonly total: string;
  /** Counter of the good ones, for example a bucket of a histogram. One of `good` and `bad`. @default - by `bad` */
  readonly good?: string;
  /** Counter of the bad ones. @default - by `good` */
  readonly bad?: string;
}

/** An objective that is missed. */
export enum ObjectiveSeverity {
  /** Somebody is woken up. */
  PAGE = 'page',
  /** It waits for the morning. */
  TICKET = 'ticket',
}
