import { type AccessDecision, AccessKind, type Tenant, type TenantPolicy } from '../../../../constructs/tenants';
import type { RateVerdict } from '../../../runtime/rate-limit';
import { type Span, type Tracing, traceIdOf } from '../../../runtime/tracing';
import type { CallRecord } from '../audit/decision-log';
import type { CancelSignal } from '../cancellation';
import type { TenantCatalogue } from '../catalogue';
import type { Generation } from '../configuration/generation';
import type { Caller } from '../identity/caller';
import { ErrorCode, isMessage, isObject, ProtocolError } from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import type {
  JsonObject,
  ProtocolEra,
  Upstream,
  UpstreamAnswer,
  UpstreamMessage,
  UpstreamRequest,
} from '../upstream/upstream';
import { denied, failureOf, rateLimited, unavailable, unknownName } from './call-refusals';
import type { Target } from './targets';
import { userKeyOf } from './user-key';

/** What an HTTP request says of the work that it belongs to. */
export interface RequestOrigin {
  readonly requestId: string;
  /** W3C Trace Context, when the client sent one. */
  readonly traceparent?: string;
}

/** One request of a caller for one tenant's server. */
export interface Call {
  readonly caller: Caller;
  readonly origin: RequestOrigin;
  readonly method: string;
  readonly target: Target;
  /** As the caller sent them; the name in them is replaced by the target's. */
  readonly params: JsonObject;
  readonly era?: ProtocolEra;
  /** Absent unless the caller's protocol has such headers. */
  readonly paramHeaders?: { readonly [name: string]: string };
  readonly clientCapabilities?: JsonObject;
  readonly signal: CancelSignal;
  readonly onMessage?: (message: UpstreamMessage, upstream: Upstream) => void;
}

/** What calls pass on their way. */
export interface CallsOptions {
  readonly tenants: { readonly current: Generation };
  readonly catalogues: {
    of(tenantId: string): TenantCatalogue | undefined;
    upstream(tenantId: string): Upstream | undefined;
  };
  readonly limits: { take(tenant: Tenant, caller: Caller): RateVerdict | Promise<RateVerdict> };
  readonly decisions: { write(record: CallRecord): void };
  readonly metrics: {
    callEnded(tenantId: string, outcome: string, milliseconds: number): void;
    requestRefused(reason: string): void;
  };
  readonly tracing: Pick<Tracing, 'enabled' | 'startSpan'>;
}

/**
 * Every request that goes to a tenant's server passes here, whichever way it came: policy, rate limit, the server, and
 * one line in the decision log.
 */
export class Calls {
  constructor(private readonly options: CallsOptions) {}

  /** Error: `ProtocolError`, in words for the caller. */
  public async run(call: Call): Promise<UpstreamAnswer> {
    const began = performance.now();
    const generation = this.options.tenants.current;
    const decision = decide(generation.policy, call);
    const tenant = generation.tenants.get(decision.tenantId);
    const span = this.startSpan(call);
    let outcome = 'ok';
    let failed: Error | undefined;
    let argumentsJson: string | undefined;
    try {
      argumentsJson = argumentsOf(call);
      if (decision.kind === AccessKind.DENIED || !tenant) throw denied(call);
      if (decision.kind === AccessKind.UNKNOWN_TOOL) throw unknownName(call);
      const upstream = this.upstreamOf(call);
      const taken = this.options.limits.take(tenant, call.caller);
      const verdict = taken instanceof Promise ? await taken : taken;
      if (!verdict.allowed) throw rateLimited(verdict.retryAfterSeconds);
      const answer = await upstream.send(new TranslatedCall(call, upstream, span?.traceparent));
      if ('error' in answer || answer.result.isError === true) outcome = 'error';
      return answer;
    } catch (error) {
      const failure = failureOf(error, call.target.tenantId);
      outcome = failure.outcome;
      failed = failure.error;
      throw failed;
    } finally {
      const milliseconds = performance.now() - began;
      this.options.metrics.callEnded(tenant?.tenantId ?? '', outcome, milliseconds);
      this.record(call, nameOf(call), argumentsJson, decision, outcome, milliseconds, generation.number);
      span?.end(failed);
    }
  }

  /**
   * Whether the caller may use the tenant of an address at all. A refusal is a line in the decision log like a call's,
   * whatever the body asks for: nobody can try out addresses unseen.
   */
  public admits({ caller, origin }: Pick<Call, 'caller' | 'origin'>, tenantId: string, body: unknown): boolean {
    const { policy, number } = this.options.tenants.current;
    const decision = policy.decideTenant(caller, tenantId);
    if (decision.kind === AccessKind.ALLOWED) return true;
    const { method = '', params = {} } = isMessage(body) ? body : {};
    this.options.metrics.requestRefused('tenant');
    const name = nameIn(tenantId, params);
    this.record({ caller, origin, method }, name, argumentsOrNone(params), decision, 'denied', 0, number);
    return false;
  }

  private record(
    { caller, origin, method }: Pick<Call, 'caller' | 'origin' | 'method'>,
    name: string,
    argumentsJson: string | undefined,
    decision: AccessDecision,
    outcome: string,
    milliseconds: number,
    generation: number,
  ): void {
    this.options.decisions.write({
      caller,
      decision,
      method,
      name,
      argumentsJson,
      outcome,
      milliseconds,
      generation,
      requestId: origin.requestId,
      traceId: traceIdOf(origin.traceparent),
    });
  }

  private startSpan({ method, target, origin }: Call): Span | undefined {
    const { tracing } = this.options;
    if (!tracing.enabled) return undefined;
    const attributes = {
      'mcp.method.name': method,
      'mcp_proxy.tenant': target.tenantId,
      'mcp_proxy.name': target.name,
    };
    return tracing.startSpan(`${method} ${target.tenantId}`, origin.traceparent, attributes);
  }

  /** The server of the call's tenant, when it offers what the call names. */
  private upstreamOf(call: Call): Upstream {
    const { tenantId, name } = call.target;
    const catalogue = this.options.catalogues.of(tenantId);
    const upstream = this.options.catalogues.upstream(tenantId);
    if (!catalogue || !upstream) throw unavailable(tenantId);
    if (call.method === 'tools/call' && !catalogue.tools.has(name)) throw unknownName(call);
    if (call.method === 'prompts/get' && !catalogue.prompts.has(name)) throw unknownName(call);
    return upstream;
  }
}

/** The arguments as JSON. Error: `ProtocolError` when they are no object, or nested so deeply that nothing can write them. */
function argumentsOf({ params: { arguments: args } }: Pick<Call, 'params'>): string | undefined {
  if (args === undefined) return undefined;
  if (!isObject(args)) throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'params.arguments is not an object');
  try {
    return JSON.stringify(args);
  } catch {
    throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'params.arguments is nested too deeply');
  }
}

/** The name as the decision log has it: with its tenant, and a URI as it is. */
function nameOf({ method, target: { tenantId, name } }: Call): string {
  return tenantId === '' || method === 'resources/read' ? name : `${tenantId}_${name}`;
}

/** The same for a request that is refused before it is a call; the tenant alone when the request names nothing. */
function nameIn(tenantId: string, { name, uri, ref }: JsonObject): string {
  const { name: ofRef, uri: uriOfRef } = isObject(ref) ? ref : {};
  const [address, own] = [uri ?? uriOfRef, name ?? ofRef];
  if (typeof address === 'string') return address;
  if (typeof own !== 'string') return tenantId;
  return own.startsWith(`${tenantId}_`) ? own : `${tenantId}_${own}`;
}

/** The arguments of a request that is refused anyway: those that cannot be written have no hash. */
function argumentsOrNone(params: JsonObject): string | undefined {
  try {
    return argumentsOf({ params });
  } catch {
    return undefined;
  }
}

/** Tools are filtered one by one; prompts and resources go with the tenant. */
function decide(policy: TenantPolicy, { caller, method, target }: Call): AccessDecision {
  if (method === 'tools/call') return policy.decide(caller, `${target.tenantId}_${target.name}`);
  return policy.decideTenant(caller, target.tenantId);
}

/** A call in the server's words. A class, because an object with a getter of its own is slow to make. */
class TranslatedCall implements UpstreamRequest {
  public readonly method: string;
  public readonly params: JsonObject;
  public readonly era?: ProtocolEra;
  public readonly paramHeaders?: { readonly [name: string]: string };
  public readonly clientCapabilities?: JsonObject;
  public readonly signal: CancelSignal;
  public readonly onMessage?: (message: UpstreamMessage) => void;
  readonly #caller: Caller;

  constructor(call: Call, upstream: Upstream, traceparent: string | undefined) {
    const { onMessage } = call;
    this.method = call.method;
    this.params = paramsFor(call.method, call.params, call.target.name, traceparent);
    this.era = call.era;
    this.paramHeaders = call.paramHeaders;
    this.clientCapabilities = call.clientCapabilities;
    this.signal = call.signal;
    this.onMessage = onMessage && ((message) => onMessage(message, upstream));
    this.#caller = call.caller;
  }

  /** Only some upstreams have sessions that must be kept apart: the others never ask for it. */
  public get sessionKey(): string {
    return userKeyOf(this.#caller);
  }
}

/** The caller's params with the name that the server knows, and without what the caller said of itself. */
function paramsFor(method: string, params: JsonObject, name: string, traceparent: string | undefined): JsonObject {
  const { _meta: meta, ...sent } = params;
  if (method === 'tools/call' || method === 'prompts/get') sent.name = name;
  else if (method === 'completion/complete' && (sent.ref as JsonObject).type === 'ref/prompt') {
    sent.ref = { ...(sent.ref as JsonObject), name };
  }
  const kept = metaFor(meta, traceparent);
  if (kept !== undefined) sent._meta = kept;
  return sent;
}

function metaFor(meta: unknown, traceparent: string | undefined): JsonObject | undefined {
  const kept: JsonObject = {};
  let any = false;
  if (isObject(meta)) {
    for (const key of FOR_THE_SERVER) {
      if (meta[key] === undefined) continue;
      kept[key] = meta[key];
      any = true;
    }
  }
  if (traceparent !== undefined) return { ...kept, traceparent };
  return any ? kept : undefined;
}

/**
 * What of a caller's `_meta` is about the call. The rest is about who calls and from where: clients write the user, the
 * place and the conversation under keys of their own.
 */
const FOR_THE_SERVER = ['progressToken', META.logLevel, 'traceparent', 'tracestate'] as const;
