import type { CancelSignal } from '../cancellation';
import type { JsonObject, JsonRpcError } from '../protocol/json-rpc';

export type { JsonObject, JsonRpcError };

/** The two families of protocol versions: with a handshake (to 2025-11-25), and stateless (from 2026-07-28). */
export enum ProtocolEra {
  LEGACY = 'legacy',
  MODERN = 'modern',
}

/**
 * A notification or a request that the upstream sends while a call runs. A request has an `id`, which stands for the
 * upstream's own until the call ends: those of two sessions would collide.
 */
export interface UpstreamMessage {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: JsonObject;
}

/** One request of a caller, with the names that the upstream knows. It carries nothing of who the caller is. */
export interface UpstreamRequest {
  /** For example `tools/call`, `prompts/get`, `resources/read`, `completion/complete`. */
  readonly method: string;
  /** Without the gateway's own `_meta` keys. */
  readonly params: JsonObject;
  /**
   * Headers `Mcp-Param-*` of the caller, which are passed on as they are. A caller of an older protocol has none: leave
   * it out, and they are computed from the arguments where the tool asks for them.
   */
  readonly paramHeaders?: { readonly [name: string]: string };
  /**
   * Says who calls, and is never sent. An upstream that hands out sessions gets one for each key, because what a server
   * keeps in a session (a browser, a working folder) must not mix users.
   * @default - the one session that discovery uses too
   */
  readonly sessionKey?: string;
  /** What the caller's client can do, as the upstream should hear it: elicitation, sampling, roots. */
  readonly clientCapabilities?: JsonObject;
  /**
   * Era of the caller. An upstream that speaks both is spoken to in it: many servers can ask their questions
   * (sampling, elicitation) in one of them only. @default - as the upstream prefers
   */
  readonly era?: ProtocolEra;
  /** Ends the call at the upstream: the caller left or the gateway's time is up. */
  readonly signal: CancelSignal;
  /** Progress, log lines and the upstream's own requests, in their order, as they arrive. */
  readonly onMessage?: (message: UpstreamMessage) => void;
}

/**
 * What the upstream answered: its result or its own error. `raw` is the result as JSON text on one line, to be passed on
 * without being written again; it is missing where it is not at hand.
 */
export type UpstreamAnswer = { readonly result: JsonObject; readonly raw?: string } | { readonly error: JsonRpcError };

/** Why there is no answer. None of these texts tells anything of the upstream's address or credential. */
export enum FailureKind {
  /** No connection, or it was lost. */
  UNREACHABLE = 'unreachable',
  TIMEOUT = 'timeout',
  /** The tenant's calls at once are at `max_concurrency`, or the waiting line is full. */
  BUSY = 'busy',
  /** The circuit breaker is open: the upstream failed several times in a row. */
  CIRCUIT_OPEN = 'circuit-open',
  /** Not what the protocol allows: not JSON, another id, too large, a redirect. */
  BROKEN_ANSWER = 'broken-answer',
  /** 401 or 403 from the upstream: the tenant's credential is refused. */
  CREDENTIAL_REFUSED = 'credential-refused',
  /** The credential file is missing. */
  CREDENTIAL_MISSING = 'credential-missing',
  /** The caller left. */
  CANCELLED = 'cancelled',
}

/** A call that got no answer. */
export class UpstreamFailure extends Error {
  public constructor(
    public readonly kind: FailureKind,
    message: string,
  ) {
    // It says what happened elsewhere: the stack tells nothing, and taking it is the dearest part of a refusal.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What a server says of itself and offers: the answer to `initialize` or `server/discover` and all lists. */
export interface UpstreamOffer {
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  /** Protocol version spoken with this upstream. */
  readonly protocolVersion: string;
  /** As the upstream gave them, names not yet prefixed. */
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly resourceTemplates: readonly JsonObject[];
}

/** The server behind one tenant, in whatever protocol it speaks. */
export interface Upstream {
  readonly tenantId: string;
  /** Asks for everything that it offers. Error: `UpstreamFailure`. */
  discover(signal: CancelSignal): Promise<UpstreamOffer>;
  /** Sends one request. Error: `UpstreamFailure`. */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Answers a request that the upstream sent during a call, by the `id` that `onMessage` gave. */
  reply(id: string | number, answer: UpstreamAnswer): Promise<void>;
  /** Ends its connections; calls under way end with `UpstreamFailure`. */
  close(): Promise<void>;
}
