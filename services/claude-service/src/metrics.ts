import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ModelUsage } from './engine/engine';
import type { SpendingStore } from './store/spending-store';

/**
 * Users with a series of their own. A label for each of 15,000 users would be 15,000 series that live as long as the
 * process; the costliest of today are who an operator looks for, and all others are one sum. The exact figures of
 * everybody are in the table `spending`.
 */
const TOP_USERS = 20;
/** The store is asked for them at most that often. Unit: milliseconds. */
const USER_COSTS_MS = 30_000;
const OTHERS = '(all others)';

/** What the service counts. No label can take a value that a caller chooses. */
export class Metrics {
  private readonly tokens: Counter<'model' | 'kind'>;
  private readonly cost: Counter<'model'>;
  private readonly turns: Counter<'end'>;
  private readonly firstToken: Histogram<'kind'>;
  private readonly tools: Counter<'rule' | 'failed'>;
  private readonly activeTurns: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.tokens = new Counter({
      name: 'claude_service_tokens_total',
      help: 'Tokens as the model API counted them.',
      labelNames: ['model', 'kind'],
      registers,
    });
    this.cost = new Counter({
      name: 'claude_service_cost_usd_total',
      help: 'Price of these tokens in US dollars.',
      labelNames: ['model'],
      registers,
    });
    this.turns = new Counter({
      name: 'claude_service_turns_total',
      help: 'Turns by how they ended.',
      labelNames: ['end'],
      registers,
    });
    this.firstToken = new Histogram({
      name: 'claude_service_first_token_seconds',
      help: 'From the arrival of a request to the first piece of its answer.',
      labelNames: ['kind'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64],
      registers,
    });
    this.tools = new Counter({
      name: 'claude_service_tool_calls_total',
      help: 'Uses of tools by what the persona says of them, and whether they failed.',
      labelNames: ['rule', 'failed'],
      registers,
    });
    this.activeTurns = new Gauge({
      name: 'claude_service_active_turns',
      help: 'Turns and stateless answers that run now.',
      registers,
    });
  }

  public turnBegan(): void {
    this.activeTurns.inc();
  }

  public turnEnded(end: string): void {
    this.activeTurns.dec();
    this.turns.inc({ end });
  }

  public firstPiece(kind: 'session' | 'stateless', seconds: number): void {
    this.firstToken.observe({ kind }, seconds);
  }

  public used(usage: ModelUsage): void {
    const { model } = usage;
    this.tokens.inc({ model, kind: 'input' }, usage.inputTokens);
    this.tokens.inc({ model, kind: 'output' }, usage.outputTokens);
    this.tokens.inc({ model, kind: 'cache_read' }, usage.cacheReadTokens);
    this.tokens.inc({ model, kind: 'cache_write' }, usage.cacheWriteTokens);
    this.cost.inc({ model }, usage.costUsd);
  }

  public toolUsed(rule: string, failed: boolean): void {
    this.tools.inc({ rule, failed: String(failed) });
  }
}

/** Sessions in memory. */
export function observeLiveSessions(registry: Registry, size: () => number): void {
  const gauge: Gauge = new Gauge({
    name: 'claude_service_live_sessions',
    help: 'Sessions in the memory of this replica.',
    registers: [registry],
    collect: () => gauge.set(size()),
  });
}

/** Today's cost of the costliest users, of all replicas, out of the store. */
export function observeUserCosts(registry: Registry, spending: SpendingStore, now: () => number = Date.now): void {
  let askedAt = Number.NEGATIVE_INFINITY;
  const gauge: Gauge<'user'> = new Gauge({
    name: 'claude_service_user_cost_usd_today',
    help: `Cost since midnight UTC of the ${TOP_USERS} costliest users, and of all others together. The same in each replica.`,
    labelNames: ['user'],
    registers: [registry],
    async collect() {
      if (now() - askedAt < USER_COSTS_MS) return;
      askedAt = now();
      // While the database is away, the figures of before stand.
      const costs = await spending.costs(TOP_USERS).catch(() => undefined);
      if (!costs) return;
      gauge.reset();
      for (const { userId, costUsd } of costs.top) gauge.set({ user: userId }, costUsd);
      gauge.set({ user: OTHERS }, costs.othersUsd);
    },
  });
}
