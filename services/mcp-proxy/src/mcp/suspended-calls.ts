import { randomUUID } from 'node:crypto';
import type { MessageStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import { ErrorCode, isObject, type JsonObject, ProtocolError } from '../protocol/json-rpc';
import type { UpstreamAnswer } from '../upstream/upstream';
import { notWaiting } from './call-refusals';
import { MAX_ANSWER_MS } from './client-requests';
import type { Relay } from './relay';
import { RelayedResumption, type Resumption } from './relayed-resumption';
import { type ResumableCall, SuspendedCall } from './suspended-call';
import { userKeyOf } from './user-key';

/** Calls that wait, of all users and of one: each holds a connection to its server. */
const MAX_SUSPENDED = 1_024;
const MAX_SUSPENDED_OF_USER = 16;
const STATE_FORM = /^mcp-proxy:([0-9a-f]{16})\.[0-9a-f-]{36}$/;

/** Whether a request goes on with a call of ours; any other state belongs to the tenant's server. */
export function isOurState(state: unknown): state is string {
  return typeof state === 'string' && STATE_FORM.test(state);
}

/**
 * A server with a handshake asks its questions in the middle of a call; a client of 2026-07-28 is asked by an incomplete
 * result and calls again with the answers. In between the call waits here.
 */
export class SuspendedCalls {
  private readonly calls = new Map<string, SuspendedCall>();
  private readonly relayed: RelayedResumption;

  constructor(private readonly relay: Relay) {
    this.relayed = new RelayedResumption(relay, (resumption, stream) => this.resumeHere(resumption, stream));
  }

  /** Runs a call until it has its result or its first questions. Error: what `start` rejects with. */
  public run(call: ResumableCall, stream: MessageStream): Promise<UpstreamAnswer> {
    return this.step(new SuspendedCall(call), stream);
  }

  /** Goes on with a call. Error: `ProtocolError` when it is not waiting any more, or for someone else. */
  public resume(caller: Caller, subject: string, params: JsonObject, stream: MessageStream): Promise<UpstreamAnswer> {
    const { inputResponses } = params;
    const requestState = String(params.requestState);
    const resumption = { userKey: userKeyOf(caller), subject, requestState, inputResponses };
    const replica = STATE_FORM.exec(requestState)?.[1] ?? '';
    if (replica !== this.relay.replica) return this.relayed.resumeAt(replica, resumption, stream);
    return this.resumeHere(resumption, stream);
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
    { userKey, subject, requestState, inputResponses }: Resumption,
    stream: MessageStream,
  ): Promise<UpstreamAnswer> {
    const call = this.calls.get(requestState);
    if (!call || userKeyOf(call.call.caller) !== userKey || call.call.subject !== subject) throw notWaiting();
    this.calls.delete(requestState);
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
}
