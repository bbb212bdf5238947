import { randomUUID } from 'node:crypto';
import { Cancellation, type CancelSignal } from '../cancellation';
import type { MessageStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import { ErrorCode, isObject, ProtocolError } from '../protocol/json-rpc';
import type { JsonObject, Upstream, UpstreamAnswer, UpstreamMessage } from '../upstream/upstream';
import { MAX_ANSWER_MS, neededCapability } from './client-requests';
import type { Relay } from './relay';
import { userKeyOf } from './user-key';

/** Calls that wait, of all users and of one: each holds a connection to its server. */
const MAX_SUSPENDED = 1_024;
const MAX_SUSPENDED_OF_USER = 16;
/** How long another replica that goes on with a call may say nothing; it says so four times as often. Unit: milliseconds. */
const RELAY_SILENCE_MS = 2_000;
const STATE_FORM = /^mcp-proxy:([0-9a-f]{16})\.[0-9a-f-]{36}$/;

/** Whether a request goes on with a call of ours; any other state belongs to the tenant's server. */
export function isOurState(state: unknown): state is string {
  return typeof state === 'string' && STATE_FORM.test(state);
}

/** One call at a server with a handshake, for a client without one. */
export interface ResumableCall {
  readonly caller: Caller;
  /** Method and name, which must be the same when the client goes on. */
  readonly subject: string;
  readonly capabilities: JsonObject;
  /** Starts the call. It is aborted when the client leaves while it is waited for. */
  start(
    signal: CancelSignal,
    onMessage: (message: UpstreamMessage, upstream: Upstream) => void,
  ): Promise<UpstreamAnswer>;
  /** Takes progress and log lines while a client waits. */
  deliver(message: UpstreamMessage, stream: MessageStream): void;
}

/**
 * A server with a handshake asks its questions in the middle of a call; a client of 2026-07-28 is asked by an incomplete
 * result and calls again with the answers. In between the call waits here.
 */
export class SuspendedCalls {
  private readonly calls = new Map<string, SuspendedCall>();
  /** Calls at other replicas that go on for clients of this one, by exchange. */
  private readonly remote = new Map<string, (message: JsonObject) => void>();
  /** Aborted when the client of another replica left, for which a call goes on here; by exchange. */
  private readonly guests = new Map<string, Cancellation>();

  constructor(private readonly relay: Relay) {
    relay.onMessage((message) => {
      const { type, exchange } = message;
      if (typeof exchange !== 'string') return;
      if (type === 'resume') void this.resumeForOther(exchange, message);
      else if (type === 'left') this.guests.get(exchange)?.abort();
      else this.remote.get(exchange)?.(message);
    });
  }

  /** Runs a call until it has its result or its first questions. Error: what `start` rejects with. */
  public run(call: ResumableCall, stream: MessageStream): Promise<UpstreamAnswer> {
    return this.step(new SuspendedCall(call), stream);
  }

  /** Goes on with a call. Error: `ProtocolError` when it is not waiting any more, or for someone else. */
  public resume(caller: Caller, subject: string, params: JsonObject, stream: MessageStream): Promise<UpstreamAnswer> {
    const state = String(params.requestState);
    const replica = STATE_FORM.exec(state)?.[1] ?? '';
    if (replica !== this.relay.replica) return this.resumeAtOther(replica, caller, subject, params, stream);
    return this.resumeHere(state, userKeyOf(caller), subject, params.inputResponses, stream);
  }

  /** Ends every call that waits for a client. */
  public close(): void {
    for (const call of this.calls.values()) call.abort();
    this.calls.clear();
  }

  public get size(): number {
    return this.calls.size;
  }

  private async resumeHere(
    state: string,
    userKey: string,
    subject: string,
    inputResponses: unknown,
    stream: MessageStream,
  ): Promise<UpstreamAnswer> {
    const call = this.calls.get(state);
    if (!call || userKeyOf(call.call.caller) !== userKey || call.call.subject !== subject) throw notWaiting();
    this.calls.delete(state);
    call.takeAnswers(isObject(inputResponses) ? inputResponses : {});
    return this.step(call, stream);
  }

  private async step(call: SuspendedCall, stream: MessageStream): Promise<UpstreamAnswer> {
    const answer = await call.next(stream);
    if (answer) return answer;
    if (this.isFullFor(call.call.caller)) {
      call.abort();
      throw new ProtocolError(
        ErrorCode.RATE_LIMITED,
        'Too many calls wait for answers: answer or leave them first',
        200,
        {
          retryAfterSeconds: MAX_ANSWER_MS / 1000,
        },
      );
    }
    const state = `mcp-proxy:${this.relay.replica}.${randomUUID()}`;
    this.calls.set(state, call);
    call.expire(MAX_ANSWER_MS, () => this.calls.delete(state));
    return { result: { resultType: 'input_required', inputRequests: call.questions(), requestState: state } };
  }

  private isFullFor(caller: Caller): boolean {
    if (this.calls.size >= MAX_SUSPENDED) return true;
    const userKey = userKeyOf(caller);
    const own = [...this.calls.values()].filter(({ call }) => userKeyOf(call.caller) === userKey);
    return own.length >= MAX_SUSPENDED_OF_USER;
  }

  private resumeAtOther(
    replica: string,
    caller: Caller,
    subject: string,
    { requestState, inputResponses }: JsonObject,
    stream: MessageStream,
  ): Promise<UpstreamAnswer> {
    const exchange = randomUUID();
    let silence: NodeJS.Timeout | undefined;
    let giveUp = () => {};
    return new Promise<UpstreamAnswer>((resolve, reject) => {
      giveUp = () => {
        this.relay.send(replica, { type: 'left', exchange });
        reject(notWaiting());
      };
      silence = setTimeout(giveUp, RELAY_SILENCE_MS);
      stream.signal.addEventListener('abort', giveUp);
      this.remote.set(exchange, ({ type, json, answer, error }) => {
        silence?.refresh();
        if (type === 'told' && typeof json === 'string') stream.send(json);
        if (type !== 'resumed') return;
        if (isObject(answer)) resolve(answer as UpstreamAnswer);
        else reject(isObject(error) ? new ProtocolError(Number(error.code), String(error.message)) : notWaiting());
      });
      const from = this.relay.replica;
      const userKey = userKeyOf(caller);
      this.relay.send(replica, { type: 'resume', exchange, from, userKey, subject, requestState, inputResponses });
    }).finally(() => {
      clearTimeout(silence);
      stream.signal.removeEventListener('abort', giveUp);
      this.remote.delete(exchange);
    });
  }

  private async resumeForOther(exchange: string, message: JsonObject): Promise<void> {
    const { from, userKey, subject, requestState, inputResponses } = message;
    const tell = (rest: JsonObject) => this.relay.send(String(from), { exchange, ...rest });
    const signal = new Cancellation();
    this.guests.set(exchange, signal);
    const stream = { signal, canStream: true, send: (json: string) => tell({ type: 'told', json }) };
    const goesOn = () => tell({ type: 'resuming' });
    goesOn();
    const beat = setInterval(goesOn, RELAY_SILENCE_MS / 4);
    try {
      const answer = await this.resumeHere(
        String(requestState),
        String(userKey),
        String(subject),
        inputResponses,
        stream,
      );
      tell({ type: 'resumed', answer });
    } catch (error) {
      const { code, message: text } = error instanceof ProtocolError ? error : notWaiting();
      tell({ type: 'resumed', error: { code, message: text } });
    } finally {
      clearInterval(beat);
      this.guests.delete(exchange);
    }
  }
}

function notWaiting(): ProtocolError {
  return new ProtocolError(ErrorCode.INVALID_PARAMS, 'requestState: this call is not waiting any more: call again');
}

interface Question {
  readonly id: string | number;
  readonly method: string;
  readonly params?: JsonObject;
}

class SuspendedCall {
  private readonly cancellation = new Cancellation();
  private readonly open = new Map<string, Question>();
  private readonly done: Promise<UpstreamAnswer>;
  private upstream?: Upstream;
  private asked = 0;
  private stream?: MessageStream;
  private wake?: () => void;
  private expiry?: NodeJS.Timeout;

  constructor(public readonly call: ResumableCall) {
    this.done = call.start(this.cancellation, (message, upstream) => this.take(message, upstream));
    // It may end while nobody waits for it.
    this.done.catch(() => {});
  }

  /** The result, or nothing when there are questions. */
  public async next(stream: MessageStream): Promise<UpstreamAnswer | undefined> {
    clearTimeout(this.expiry);
    this.stream = stream;
    const left = () => this.cancellation.abort();
    stream.signal.addEventListener('abort', left);
    try {
      if (this.open.size > 0) return undefined;
      const asked = new Promise<undefined>((resolve) => {
        this.wake = () => resolve(undefined);
      });
      return await Promise.race([this.done, asked]);
    } finally {
      this.stream = undefined;
      stream.signal.removeEventListener('abort', left);
    }
  }

  public questions(): JsonObject {
    return Object.fromEntries([...this.open].map(([key, { method, params }]) => [key, { method, params }]));
  }

  public takeAnswers(answers: JsonObject): void {
    for (const [key, { id }] of [...this.open]) {
      const result = answers[key];
      if (!isObject(result)) continue;
      this.open.delete(key);
      this.upstream?.reply(id, { result }).catch(() => this.cancellation.abort());
    }
  }

  public expire(milliseconds: number, expired: () => void): void {
    this.expiry = setTimeout(() => {
      expired();
      this.abort();
    }, milliseconds).unref();
  }

  public abort(): void {
    clearTimeout(this.expiry);
    this.cancellation.abort();
  }

  private take(message: UpstreamMessage, upstream: Upstream): void {
    const { id, method, params } = message;
    if (id === undefined) {
      if (this.stream) this.call.deliver(message, this.stream);
      return;
    }
    const needed = neededCapability(method);
    if (needed === undefined || !isObject(this.call.capabilities[needed])) {
      const error = { code: ErrorCode.METHOD_NOT_FOUND, message: `The client does not support ${needed ?? method}` };
      upstream.reply(id, { error }).catch(() => {});
      return;
    }
    this.upstream = upstream;
    this.open.set(`question-${++this.asked}`, { id, method, params });
    this.wake?.();
  }
}
