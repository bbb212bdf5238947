import { randomUUID } from 'node:crypto';
import type { CancelSignal } from '../cancellation';
import type { MessageStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import { isObject, type JsonRpcMessage, requestText } from '../protocol/json-rpc';
import type { JsonObject, UpstreamAnswer } from '../upstream/upstream';
import type { Relay } from './relay';
import { userKeyOf } from './user-key';

/** What a client must be able to do to be asked this, as its capabilities name it. */
const NEEDED_CAPABILITY: { readonly [method: string]: string } = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
};

/** The capability that a question needs; nothing for a question that no client knows. */
export function neededCapability(method: string): string | undefined {
  return Object.hasOwn(NEEDED_CAPABILITY, method) ? NEEDED_CAPABILITY[method] : undefined;
}

/** Longest wait for a person's answer. Unit: milliseconds. */
export const MAX_ANSWER_MS = 10 * 60_000;

interface Waiting {
  readonly userKey: string;
  readonly answered: (answer: UpstreamAnswer) => void;
}

/**
 * Questions that are put to a client with a handshake while its call runs: sent down the call's stream, answered by a
 * POST of their own, which may arrive at another replica.
 */
export class ClientRequests {
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly relay: Relay) {
    relay.onMessage((message) => {
      if (message.type === 'client-answer') this.deliver(message.id, message.userKey, message.answer);
    });
  }

  /**
   * Asks the client. It never rejects: a client that leaves, or is too slow, gives an error for an answer.
   * @param signal aborted when the call ended, for whichever reason
   */
  public ask(
    caller: Caller,
    stream: MessageStream,
    signal: CancelSignal,
    method: string,
    params?: JsonObject,
  ): Promise<UpstreamAnswer> {
    const id = `${this.relay.replica}.${randomUUID()}`;
    const question = questionText(id, method, params);
    if (question === undefined) return Promise.resolve(noAnswer('The question is nested too deeply to be passed on'));
    if (signal.aborted) return Promise.resolve(noAnswer('The client left'));
    return new Promise((resolve) => {
      const answered = (answer: UpstreamAnswer) => {
        this.waiting.delete(id);
        clearTimeout(patience);
        signal.removeEventListener('abort', left);
        resolve(answer);
      };
      const left = () => answered(noAnswer('The client left'));
      const patience = setTimeout(() => answered(noAnswer('The client did not answer')), MAX_ANSWER_MS).unref();
      signal.addEventListener('abort', left);
      this.waiting.set(id, { userKey: userKeyOf(caller), answered });
      stream.send(question);
    });
  }

  /** Questions that wait for an answer. */
  public get size(): number {
    return this.waiting.size;
  }

  /** Takes a client's answer. An answer to nothing that this user was asked is dropped. */
  public answer(caller: Caller, message: JsonRpcMessage): void {
    const { id } = message;
    if (typeof id !== 'string') return;
    const replica = id.slice(0, id.indexOf('.'));
    const answer = answerOf(message);
    if (replica === this.relay.replica) this.deliver(id, userKeyOf(caller), answer);
    else if (/^[0-9a-f]{16}$/.test(replica)) {
      this.relay.send(replica, { type: 'client-answer', id, userKey: userKeyOf(caller), answer });
    }
  }

  private deliver(id: unknown, userKey: unknown, answer: unknown): void {
    const waiting = typeof id === 'string' ? this.waiting.get(id) : undefined;
    if (waiting && waiting.userKey === userKey && isObject(answer)) waiting.answered(answer as UpstreamAnswer);
  }
}

/** Nothing when it is nested so deeply that nothing can write it, which a server may send all the same. */
function questionText(id: string, method: string, params: JsonObject | undefined): string | undefined {
  try {
    return requestText(id, method, params);
  } catch {
    return undefined;
  }
}

function noAnswer(message: string): UpstreamAnswer {
  return { error: { code: -32000, message } };
}

function answerOf({ result, error }: JsonRpcMessage): UpstreamAnswer {
  if (isObject(result)) return { result };
  const { code, message } = isObject(error) ? error : { code: undefined, message: undefined };
  return {
    error: {
      code: typeof code === 'number' ? code : -32603,
      message: typeof message === 'string' ? message : 'The client gave no valid answer',
    },
  };
}
