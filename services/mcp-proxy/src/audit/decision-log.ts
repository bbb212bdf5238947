import { hash } from 'node:crypto';
import type { AccessDecision } from '../../../../constructs/tenants';
import type { Logger } from '../../../runtime/log';
import type { Caller } from '../identity/caller';

/** One call, as the audit trail keeps it. */
export interface CallRecord {
  readonly caller: Caller;
  readonly decision: AccessDecision;
  /**
   * MCP method, such as `tools/call`, which `POST /{tool}` and `call_tool` count as too. Of a request that was refused
   * at the tenant's own address it is whatever the caller wrote; empty for a batch.
   */
  readonly method: string;
  /** What was asked for: `<tenant>_<name>`, also where the caller wrote the server's own name; or a resource's URI. */
  readonly name: string;
  /** The arguments as JSON without spaces, as JSON.stringify writes them, if there were any; only its hash is kept. */
  readonly argumentsJson?: string;
  /**
   * `ok`, `error` (the tool says so), `denied`, `unknown` (there is no such tool, prompt or resource), `rate-limited`,
   * `refused` (the request is wrong in itself), `internal-error`, or why there was no answer (`FailureKind`).
   */
  readonly outcome: string;
  readonly milliseconds: number;
  /** Number of the generation that decided. */
  readonly generation: number;
  /** Id that the request was given, or brought in `X-Request-Id`. */
  readonly requestId?: string;
  readonly traceId?: string;
}

/** Longest part of a caller's text in a line. */
const MAX_NAME_LENGTH = 128;

/**
 * The audit trail: one line of the log for each call, allowed or not, with `event: "call"`.
 *
 * It names the user by id and by e-mail address. The lists that decided are written in addresses, so a decision cannot
 * be checked afterwards without it, and the id of a user who was removed from Open WebUI leads nowhere. The arguments
 * and the answer are never in it, because they are the company's data; the SHA-256 of the arguments' JSON proves
 * later which call a line is about. A hash of few possible arguments can be guessed, so the lines are for the same
 * eyes as other personal data.
 */
export class DecisionLog {
  private readonly log: Logger;

  constructor(log: Logger) {
    // Written at every LOG_LEVEL: the trail is no verbosity.
    this.log = log.child({ event: 'call' }, { level: 'info' });
  }

  public write(record: CallRecord): void {
    const { caller, decision, argumentsJson } = record;
    this.log.info({
      user: caller.userId,
      email: caller.email,
      proof: caller.proof,
      method: record.method.slice(0, MAX_NAME_LENGTH),
      name: record.name.slice(0, MAX_NAME_LENGTH),
      tenant: decision.tenantId.slice(0, MAX_NAME_LENGTH),
      tool: decision.tool?.slice(0, MAX_NAME_LENGTH),
      decision: decision.kind,
      rule: decision.rule,
      user_entry: decision.userEntry,
      group_entry: decision.groupEntry,
      tool_entry: decision.toolEntry,
      arguments_sha256: argumentsJson === undefined ? undefined : hash('sha256', argumentsJson),
      outcome: record.outcome,
      ms: Math.round(record.milliseconds * 100) / 100,
      generation: record.generation,
      request_id: record.requestId,
      trace_id: record.traceId,
    });
  }
}
