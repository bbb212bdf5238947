import type { CancelSignal } from '../cancellation';
import type { MessageStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import { ErrorCode, isObject, notificationText, ProtocolError } from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import {
  type JsonObject,
  ProtocolEra,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamMessage,
} from '../upstream/upstream';
import type { Call, Calls, RequestOrigin } from './calls';
import { type ClientRequests, neededCapability } from './client-requests';
import type { Exchange } from './exchange';
import { isOurState, type SuspendedCalls } from './suspended-calls';
import type { Target } from './targets';

/** Rounds of questions after which a server that never has enough is given up. */
const MAX_ROUNDS = 16;

/** One request to forward, and where its answer goes. */
export interface Forwarded {
  readonly caller: Caller;
  readonly origin: RequestOrigin;
  readonly exchange: Exchange;
  readonly method: string;
  readonly target: Target;
  readonly params: JsonObject;
  /** Only of a client whose protocol has them. */
  readonly paramHeaders?: { readonly [name: string]: string };
  readonly stream: MessageStream;
  /** Aborted when the caller left or took the call back. */
  readonly signal: CancelSignal;
}

/**
 * Brings together clients and servers of either era: a question of the server reaches the client in the way that the
 * client knows, and progress and log lines go down the call's stream as they come.
 */
export class Forwarder {
  constructor(
    private readonly calls: Calls,
    private readonly clientRequests: ClientRequests,
    private readonly suspended: SuspendedCalls,
  ) {}

  /** Error: `ProtocolError`. */
  public forward(request: Forwarded): Promise<UpstreamAnswer> {
    return request.exchange.era === ProtocolEra.MODERN ? this.forwardModern(request) : this.forwardLegacy(request);
  }

  private forwardModern(request: Forwarded): Promise<UpstreamAnswer> {
    const { caller, exchange, method, target, params, stream, signal } = request;
    const subject = `${method} ${target.tenantId} ${target.name}`;
    if (isOurState(params.requestState)) return this.suspended.resume(caller, subject, params, stream);
    const { capabilities } = exchange;
    const wantsLog = isObject(params._meta) && typeof params._meta[META.logLevel] === 'string';
    const deliver = (message: UpstreamMessage, to: MessageStream) => {
      if (wantsLog || message.method !== 'notifications/message') relayNotification(message, to);
    };
    const canBeAsked = capabilities.elicitation ?? capabilities.sampling ?? capabilities.roots;
    if (!canBeAsked) {
      const onMessage = (message: UpstreamMessage, upstream: Upstream) => {
        if (message.id === undefined) deliver(message, stream);
        else refuseQuestion(message.id, message.method, upstream);
      };
      return this.calls.run(callOf(request, params, signal, onMessage));
    }
    const start = (aborted: CancelSignal, onMessage: OnMessage) =>
      this.calls.run(callOf(request, params, aborted, onMessage));
    return this.suspended.run({ caller, subject, capabilities, start, deliver }, stream);
  }

  private forwardLegacy(request: Forwarded): Promise<UpstreamAnswer> {
    const { stream, signal, params } = request;
    const onMessage = (message: UpstreamMessage, upstream: Upstream) => {
      if (message.id === undefined) relayNotification(message, stream);
      else void this.askClient(request, message.id, message, upstream);
    };
    const first = this.calls.run(callOf(request, params, signal, onMessage));
    return first.then((answer) => (isUnfinished(answer) ? this.goOn(request, onMessage, answer) : answer));
  }

  /** Asks and calls again until the server has all that it needs. */
  private async goOn(request: Forwarded, onMessage: OnMessage, unfinished: UpstreamAnswer): Promise<UpstreamAnswer> {
    const { signal, params } = request;
    let answer = unfinished;
    for (let round = 0; isUnfinished(answer); round++) {
      if (round === MAX_ROUNDS) throw needsMore('the server keeps asking');
      const { inputRequests, requestState } = answer.result;
      const inputResponses = await this.askAll(request, isObject(inputRequests) ? inputRequests : {});
      const next = { ...params, inputResponses, requestState };
      answer = await this.calls.run(callOf(request, next, signal, onMessage));
    }
    return answer;
  }

  private async askClient(
    { caller, exchange, stream, signal }: Forwarded,
    id: string | number,
    { method, params }: UpstreamMessage,
    upstream: Upstream,
  ): Promise<void> {
    if (!canBeAsked(exchange, method) || !stream.canStream) return refuseQuestion(id, method, upstream);
    const answer = await this.clientRequests.ask(caller, stream, signal, method, params);
    await upstream.reply(id, answer).catch(() => {});
  }

  /** Puts the questions of an incomplete result to a client that is asked by requests. */
  private async askAll(request: Forwarded, questions: JsonObject): Promise<JsonObject> {
    const { caller, exchange, stream, signal } = request;
    const answers = Object.entries(questions).map(async ([key, question]) => {
      const method = isObject(question) && typeof question.method === 'string' ? question.method : '';
      if (!canBeAsked(exchange, method) || !stream.canStream) {
        throw needsMore(`the client does not support ${neededCapability(method) ?? 'that'}`);
      }
      const params = isObject(question) && isObject(question.params) ? question.params : undefined;
      const answer = await this.clientRequests.ask(caller, stream, signal, method, params);
      if ('error' in answer) throw needsMore(`the client answered: ${answer.error.message}`);
      return [key, answer.result] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  }
}

type OnMessage = (message: UpstreamMessage, upstream: Upstream) => void;

// Written out: this is the way of every call, and spreading an object takes longer than the policy.
function callOf(request: Forwarded, params: JsonObject, signal: CancelSignal, onMessage: OnMessage): Call {
  const { caller, origin, method, target, paramHeaders, exchange } = request;
  const { era, capabilities: clientCapabilities } = exchange;
  return { caller, origin, method, target, params, era, paramHeaders, clientCapabilities, signal, onMessage };
}

function canBeAsked({ capabilities }: Exchange, method: string): boolean {
  const needed = neededCapability(method);
  return needed !== undefined && isObject(capabilities[needed]);
}

function refuseQuestion(id: string | number, method: string, upstream: Upstream): void {
  const error = {
    code: ErrorCode.METHOD_NOT_FOUND,
    message: `The client does not support ${neededCapability(method) ?? method}`,
  };
  upstream.reply(id, { error }).catch(() => {});
}

/** What a server may tell in the middle of a call. The rest is about the connection to the server, not the call. */
const RELAYED = new Set(['notifications/progress', 'notifications/message', 'notifications/elicitation/complete']);

function relayNotification({ method, params }: UpstreamMessage, stream: MessageStream): void {
  if (RELAYED.has(method)) stream.send(notificationText(method, params));
}

function isUnfinished(answer: UpstreamAnswer): answer is { readonly result: JsonObject } {
  return 'result' in answer && answer.result.resultType === 'input_required';
}

function needsMore(why: string): ProtocolError {
  return new ProtocolError(ErrorCode.UPSTREAM_FAILED, `The call needs an input of the client, but ${why}`);
}
