import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { BreakerState } from './upstream';

/** What is read when the metrics are asked for. */
export interface GatewaySnapshot {
  catalogues(): readonly {
    readonly tenantId: string;
    readonly tools: number;
    /** Absent when the server never answered. */
    readonly ageSeconds?: number;
    readonly stale: boolean;
    readonly breaker: BreakerState;
    readonly quarantined: number;
  }[];
  readonly openAnswers: number;
  readonly suspendedCalls: number;
  readonly listeners: number;
}

type CallMeter = (milliseconds: number) => void;

/** Latencies from a warm server next door to one that works for a minute. Unit: seconds. */
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What the gateway counts. A tenant is the only label that grows, and only tenants that exist become labels. */
export class GatewayMetrics {
  private readonly calls: Counter<'tenant' | 'outcome'>;
  private readonly seconds: Histogram<'tenant'>;
  private readonly upstreamCalls: Counter<'tenant' | 'outcome'>;
  private readonly refused: Counter<'reason'>;
  private readonly meters = new PerOutcome((tenant, outcome): CallMeter => {
    const calls = this.calls.labels(tenant, outcome);
    const seconds = this.seconds.labels(tenant);
    return (milliseconds) => {
      calls.inc();
      seconds.observe(milliseconds / 1000);
    };
  });
  private readonly upstreamMeters = new PerOutcome((tenant, outcome) => this.upstreamCalls.labels(tenant, outcome));

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.calls = new Counter({
      name: 'mcp_proxy_calls_total',
      help: 'Calls by tenant and outcome, refused ones too; the tenant is empty where the call names none that is enabled.',
      labelNames: ['tenant', 'outcome'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'mcp_proxy_call_duration_seconds',
      help: 'Time of a call in the gateway, its server included.',
      labelNames: ['tenant'],
      buckets: SECONDS_BUCKETS,
      registers,
    });
    this.upstreamCalls = new Counter({
      name: 'mcp_proxy_upstream_requests_total',
      help: "Requests to tenants' servers by outcome: ok, error, or why there was no answer.",
      labelNames: ['tenant', 'outcome'],
      registers,
    });
    this.refused = new Counter({
      name: 'mcp_proxy_requests_refused_total',
      help: 'HTTP requests that were refused before they were a call, by reason.',
      labelNames: ['reason'],
      registers,
    });
  }

  public callEnded(tenant: string, outcome: string, milliseconds: number): void {
    this.meters.of(tenant, outcome)(milliseconds);
  }

  public upstreamEnded(tenant: string, outcome: string): void {
    this.upstreamMeters.of(tenant, outcome).inc();
  }

  public requestRefused(reason: string): void {
    this.refused.inc({ reason });
  }

  /** Adds what is read rather than counted. */
  public observe(snapshot: GatewaySnapshot): void {
    const gauge = (name: string, help: string, set: (gauge: Gauge<'tenant'>) => void) =>
      new Gauge({
        name: `mcp_proxy_${name}`,
        help,
        labelNames: ['tenant'],
        registers: [this.registry],
        collect() {
          this.reset();
          set(this);
        },
      });
    type Row = ReturnType<GatewaySnapshot['catalogues']>[number];
    const perTenant = (name: string, help: string, read: (row: Row) => number | undefined) =>
      gauge(name, help, (own) => {
        for (const row of snapshot.catalogues()) {
          const value = read(row);
          if (value !== undefined) own.set({ tenant: row.tenantId }, value);
        }
      });
    perTenant('catalogue_tools', 'Tools that the tenant shows.', ({ tools }) => tools);
    perTenant('catalogue_age_seconds', "Time since the tenant's lists were read.", ({ ageSeconds }) => ageSeconds);
    perTenant('catalogue_stale', '1 while the lists could not be read anew.', ({ stale }) => (stale ? 1 : 0));
    perTenant('breaker_open', '1 while the circuit breaker keeps calls from the server.', ({ breaker }) =>
      breaker === BreakerState.CLOSED ? 0 : 1,
    );
    perTenant(
      'quarantined_tools',
      'Tools held back because they are not the pinned ones.',
      ({ quarantined }) => quarantined,
    );
    const single = (name: string, help: string, read: () => number) => {
      new Gauge({
        name: `mcp_proxy_${name}`,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    };
    single('open_answers', 'Answers that are not complete yet.', () => snapshot.openAnswers);
    single('suspended_calls', 'Calls that wait for an answer of the user.', () => snapshot.suspendedCalls);
    single('listeners', 'Clients that listen for changed lists.', () => snapshot.listeners);
  }
}

/** Looking labels up takes longer than counting: it is done once for each tenant and outcome. */
class PerOutcome<T> {
  private readonly tenants = new Map<string, Map<string, T>>();

  constructor(private readonly make: (tenant: string, outcome: string) => T) {}

  public of(tenant: string, outcome: string): T {
    let outcomes = this.tenants.get(tenant);
    if (!outcomes) {
      outcomes = new Map();
      this.tenants.set(tenant, outcomes);
    }
    let made = outcomes.get(outcome);
    if (made === undefined) {
      made = this.make(tenant, outcome);
      outcomes.set(outcome, made);
    }
    return made;
  }
}
