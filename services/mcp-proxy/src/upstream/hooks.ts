import type { FailureKind } from './upstream';

/** What happened at the upstreams, for metrics. A hook must not throw. */
export interface UpstreamHooks {
  /** A call that reached the upstream, or should have, ended: `ok`, `error` (the upstream's own), or why there was no answer. */
  callEnded(tenantId: string, outcome: 'ok' | 'error' | FailureKind): void;
}

/** The part of pino's logger that is used here. */
export interface UpstreamLog {
  warn(fields: object, message: string): void;
}
