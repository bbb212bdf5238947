import { TENANT_DEFAULTS, type Tenant } from '../../../../constructs/tenants';
import { type Running, RunningList } from '../../../runtime/running-list';
import type { CancelSignal } from '../cancellation';
import { Call, OpenQuestions } from './call';
import { CallClocks } from './call-clock';
import { CallGate } from './call-gate';
import { type BreakerState, CircuitBreaker } from './circuit-breaker';
import { failure } from './failures';
import type { UpstreamHooks, UpstreamLog } from './hooks';
import { DISCOVERY_TIMEOUT_MS, MAX_LIST_PAGE_BYTES } from './limits';
import { DISCOVERY_CAPABILITIES, type Transport, type WithCall } from './transport';
import {
  FailureKind,
  type JsonObject,
  type Upstream,
  type UpstreamAnswer,
  UpstreamFailure,
  type UpstreamOffer,
  type UpstreamRequest,
} from './upstream';

/** Of calls that nobody waits for alone. */
const NEVER: CancelSignal = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };

/**
 * A tenant's upstream within its limits: time, calls at once, and a breaker for when it is down. Each tenant has its
 * own, so that one dead upstream slows nobody else.
 */
export class GuardedUpstream implements Upstream {
  public readonly tenantId: string;
  /** The upstream said that one of its lists changed. */
  public onListChanged?: () => void;
  private readonly transport: Transport;
  private readonly questions = new OpenQuestions();
  private readonly gate: CallGate;
  private readonly breaker: CircuitBreaker;
  private readonly timeoutMs: number;
  private readonly calls = new RunningList<Call>();
  private readonly clocks = new CallClocks();
  /** A server that says anything is alive, long before a slow tool has its answer. */
  private readonly onHeard = () => this.breaker.succeeded();
  private lastId = 0;
  private lastAnswer = 0;
  private onIdle?: () => void;
  private closing = false;

  constructor(
    tenant: Tenant,
    transport: (withCall: WithCall, onListChanged: () => void) => Transport,
    private readonly hooks?: UpstreamHooks,
    private readonly log?: UpstreamLog,
  ) {
    this.tenantId = tenant.tenantId;
    this.timeoutMs = tenant.timeoutMs ?? TENANT_DEFAULTS.timeoutMs;
    this.gate = new CallGate(tenant.maxConcurrency ?? TENANT_DEFAULTS.maxConcurrency);
    this.breaker = new CircuitBreaker((state) => {
      this.log?.warn({ tenant: this.tenantId, state }, 'circuit breaker of the upstream changed');
    });
    this.transport = transport(
      (method, params, run) => this.ownCall(method, params, NEVER, run),
      () => this.onListChanged?.(),
    );
  }

  public get breakerState(): BreakerState {
    return this.breaker.state;
  }

  public async discover(signal: CancelSignal): Promise<UpstreamOffer> {
    const admission = this.breaker.admit();
    const started = performance.now();
    try {
      const asked = this.transport.discover((method, params, run) => this.ownCall(method, params, signal, run));
      const offer = await unlessLeft(signal, asked);
      this.succeeded(offer);
      return offer;
    } catch (error) {
      throw this.failed('discover', error, this.lastAnswer > started, admission);
    }
  }

  public async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { signal } = request;
    if (this.closing) throw failure(FailureKind.UNREACHABLE, 'the tenant was changed or removed');
    if (signal.aborted) throw failure(FailureKind.CANCELLED);
    const refusal = this.transport.refusal?.(request);
    if (refusal) return { error: refusal };
    const turn = this.gate.enter(signal);
    if (turn) await turn;
    const call = this.callOf(request);
    const running = this.begin(call);
    const clock = this.clocks.start(this.timeoutMs, () =>
      call.end(failure(FailureKind.TIMEOUT, `${this.timeoutMs} ms`)),
    );
    let waits = false;
    // While a person is asked, neither the time runs nor is a place taken: a few open questions would shut the tenant.
    call.onWaiting = (waiting) => {
      waits = waiting;
      clock.pause(waiting);
      if (waiting) this.gate.leave();
      else this.gate.comeBack();
    };
    const leave = () => call.end(failure(FailureKind.CANCELLED));
    call.onHeard = this.onHeard;
    signal.addEventListener('abort', leave);
    const started = performance.now();
    let admission: number | undefined;
    try {
      admission = this.breaker.admit();
      const answer = await this.transport.send(call);
      this.succeeded(answer);
      return answer;
    } catch (error) {
      if (admission === undefined) throw error;
      throw this.failed(request.method, error, call.answering || this.lastAnswer > started, admission);
    } finally {
      signal.removeEventListener('abort', leave);
      clock.stop();
      if (!waits) this.gate.leave();
      this.end(running);
    }
  }

  public reply(id: string | number, answer: UpstreamAnswer): Promise<void> {
    return this.questions.answer(id, answer);
  }

  public async close(): Promise<void> {
    this.closing = true;
    for (const call of this.calls.items()) call.end(failure(FailureKind.UNREACHABLE, 'closed by the gateway'));
    await this.transport.close();
  }

  /** Closes when the running calls have ended, at the latest after their time-out. */
  public async retire(): Promise<void> {
    this.closing = true;
    if (this.calls.size > 0 || this.gate.size > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
        setTimeout(resolve, this.timeoutMs).unref();
      });
    }
    await this.close();
  }

  private callOf(request: UpstreamRequest, maxAnswerBytes?: number): Call {
    this.lastId += 1;
    return new Call(this.lastId, request, this.questions, maxAnswerBytes);
  }

  private begin(call: Call): Running<Call> {
    call.onListChanged = this.onListChanged;
    return this.calls.add(call);
  }

  private end(running: Running<Call>): void {
    running.item.finish();
    this.calls.remove(running);
    if (this.calls.size === 0) this.onIdle?.();
  }

  private async ownCall<T>(
    method: string,
    params: JsonObject,
    signal: CancelSignal,
    run: (call: Call) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw failure(FailureKind.CANCELLED);
    const request = { method, params, signal, clientCapabilities: DISCOVERY_CAPABILITIES };
    const call = this.callOf(request, MAX_LIST_PAGE_BYTES);
    const running = this.begin(call);
    const limit = Math.min(this.timeoutMs, DISCOVERY_TIMEOUT_MS);
    const clock = this.clocks.start(limit, () => call.end(failure(FailureKind.TIMEOUT, `${limit} ms`)));
    const leave = () => call.end(failure(FailureKind.CANCELLED));
    signal.addEventListener('abort', leave);
    try {
      return await run(call);
    } finally {
      signal.removeEventListener('abort', leave);
      clock.stop();
      this.end(running);
    }
  }

  private succeeded(answer: UpstreamAnswer | UpstreamOffer): void {
    this.lastAnswer = performance.now();
    this.breaker.succeeded();
    this.hooks?.callEnded(this.tenantId, 'error' in answer ? 'error' : 'ok');
  }

  /** @param alive the upstream answered something since the call began */
  private failed(method: string, error: unknown, alive: boolean, admission: number): UpstreamFailure {
    const reason = error instanceof UpstreamFailure ? error : failure(FailureKind.BROKEN_ANSWER, error);
    this.weigh(reason.kind, alive, admission);
    this.hooks?.callEnded(this.tenantId, reason.kind);
    if (reason.kind !== FailureKind.CANCELLED) {
      this.log?.warn({ tenant: this.tenantId, method, kind: reason.kind, cause: causeText(reason) }, 'upstream failed');
    }
    return reason;
  }

  /** A slow tool of a server that is alive is no outage: one user's calls could shut the tenant for all. */
  private weigh(kind: FailureKind, alive: boolean, admission: number): void {
    if (kind === FailureKind.UNREACHABLE || (kind === FailureKind.TIMEOUT && !alive)) this.breaker.failed(admission);
    else if (kind === FailureKind.BROKEN_ANSWER || kind === FailureKind.CREDENTIAL_REFUSED) this.breaker.succeeded();
    else this.breaker.undecided(admission);
  }
}

/** What is opened for a discovery is for calls too and goes on; whoever left waits for it no longer. */
function unlessLeft<T>(signal: CancelSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const left = () => reject(failure(FailureKind.CANCELLED));
    signal.addEventListener('abort', left);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', left));
  });
}

function causeText({ cause }: UpstreamFailure): string | undefined {
  return cause instanceof Error ? `${'code' in cause ? `${cause.code} ` : ''}${cause.message}` : (cause as string);
}
