import { Cancellation, type CancelSignal } from '../cancellation';
import type { MessageStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import { ErrorCode, isObject } from '../protocol/json-rpc';
import type { JsonObject, Upstream, UpstreamAnswer, UpstreamMessage } from '../upstream/upstream';
import { neededCapability } from './client-requests';

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

interface Question {
  readonly id: string | number;
  readonly method: string;
  readonly params?: JsonObject;
}

/** A call that goes on at its server while no client waits for it, with the questions that are open. */
export class SuspendedCall {
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
