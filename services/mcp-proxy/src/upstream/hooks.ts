import type { BreakerState } from './circuit-breaker';
import type { FailureKind } from './upstream';

/** What happened at the upstreams, for metrics. A hook must not throw. */
export interface UpstreamHooks {
  /** A call that reached the upstream, or should have, ended: `ok`, `error` (the upstream's own), or why there was no answer. Time is that at the upstream. */
  callEnded?(tenantId: string, method: string, outcome: 'ok' | 'error' | FailureKind, milliseconds: number): void;
  breaker?(tenantId: string, state: BreakerState): void;
  /** Calls of the tenant that run, and that wait for their turn. */
  waiting?(tenantId: string, running: number, queued: number): void;
}

/** The part of pino's logger that is used here. */
export interface UpstreamLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
