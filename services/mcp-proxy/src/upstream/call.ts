import { ErrorCode } from '../protocol/json-rpc';
import type { HttpExchange } from './http-exchange';
import { LIST_CHANGED } from './list-watch';
import type { JsonObject, UpstreamAnswer, UpstreamFailure, UpstreamMessage, UpstreamRequest } from './upstream';

/** Sends an answer to a request of the upstream back over the session that it came from. */
export type Respond = (answer: UpstreamAnswer) => Promise<void>;

/** Requests of one upstream that wait for an answer, by the ids that callers know them by. */
export class OpenQuestions {
  private next = 0;
  private readonly open = new Map<string, { readonly call: Call; readonly respond: Respond }>();

  public add(call: Call, respond: Respond): string {
    this.next += 1;
    const id = `u${this.next}`;
    this.open.set(id, { call, respond });
    return id;
  }

  /** Error: `UpstreamFailure`, when the upstream cannot be reached. An id that is no longer open is nobody's: ignored. */
  public async answer(id: string | number, answer: UpstreamAnswer): Promise<void> {
    const question = this.open.get(String(id));
    if (!question) return;
    this.open.delete(String(id));
    question.call.questionClosed();
    await question.respond(answer);
  }

  public forget(id: string): void {
    this.open.delete(id);
  }
}

export const METHOD_NOT_FOUND = { error: { code: ErrorCode.METHOD_NOT_FOUND, message: 'Method not found' } };

/**
 * One request on its way. Two users' calls over one connection or session are kept apart by this: the id and the
 * progress token on the wire are the gateway's own, and are turned back into the caller's here; a message is handed
 * only to the call on whose stream, or with whose token, it came.
 */
export class Call {
  private running?: Pick<HttpExchange<unknown>, 'answering' | 'cancel'>;
  private heard = false;
  private ended?: UpstreamFailure;
  private stop?: (reason: UpstreamFailure) => void;
  private readonly progressToken: unknown;
  private asked?: string[];
  /** Told when the upstream begins or stops waiting for a person. */
  public onWaiting?: (waiting: boolean) => void;
  public onListChanged?: () => void;
  /** Told once, when the upstream has said anything of this call. */
  public onHeard?: () => void;
  private waiting = 0;

  constructor(
    /** Request id on the wire. */
    public readonly id: number,
    public readonly request: UpstreamRequest,
    private readonly questions: OpenQuestions,
    /** @default - that of a caller's request */
    public readonly maxAnswerBytes?: number,
  ) {
    const meta = request.params._meta as JsonObject | undefined;
    this.progressToken = meta?.progressToken;
  }

  /** Parameters as the upstream gets them. @param extra more `_meta`, which overrides the caller's */
  public params(extra?: JsonObject): JsonObject {
    const { params } = this.request;
    if (this.progressToken === undefined && !extra) return params;
    const meta: JsonObject = { ...(params._meta as JsonObject | undefined), ...extra };
    if (this.progressToken !== undefined) meta.progressToken = this.id;
    return { ...params, _meta: meta };
  }

  /** Waits for what runs now, which ends with the call. Error: `UpstreamFailure`. */
  public follow<T>(exchange: HttpExchange<T>): Promise<T> {
    this.running = exchange;
    if (this.ended) exchange.cancel(this.ended);
    return exchange.result;
  }

  /** Waits for what others wait for too, and what therefore goes on when this call ends. Error: `UpstreamFailure`. */
  public waitFor<T>(shared: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.onEnd(reject);
      // Cleared before the call goes on, which then sets what to do next.
      shared.then(
        (value) => {
          this.onEnd(undefined);
          resolve(value);
        },
        (error) => {
          this.onEnd(undefined);
          reject(error);
        },
      );
    });
  }

  /** What to do when the call is ended from outside; at once when it was ended already. */
  public onEnd(stop: ((reason: UpstreamFailure) => void) | undefined): void {
    this.stop = stop;
    if (this.ended) stop?.(this.ended);
  }

  /** Ends the call: the time is up, or the caller left. */
  public end(reason: UpstreamFailure): void {
    this.ended ??= reason;
    this.running?.cancel(this.ended);
    this.stop?.(this.ended);
  }

  /** The upstream took the request, where that is told apart from its answer. */
  public markHeard(): void {
    if (this.heard) return;
    this.heard = true;
    this.onHeard?.();
  }

  /** The upstream has begun to answer. */
  public get answering(): boolean {
    return this.heard || this.running?.answering === true;
  }

  public get reasonToEnd(): UpstreamFailure | undefined {
    return this.ended;
  }

  /** A message that the upstream sent for this call. */
  public receive(message: UpstreamMessage, respond: Respond): void {
    this.markHeard();
    const { id, method } = message;
    // Callers have their lists from the catalogue, which tells them itself once it has changed.
    if (LIST_CHANGED.has(method)) this.onListChanged?.();
    else if (id !== undefined) this.receiveRequest(message, respond);
    else if (method === 'notifications/progress') this.receiveProgress(message);
    else this.request.onMessage?.(pass(message));
  }

  /** No answer of a caller may reach the upstream after this. */
  public finish(): void {
    this.onWaiting = undefined;
    for (const id of this.asked ?? []) this.questions.forget(id);
  }

  public questionClosed(): void {
    this.waiting -= 1;
    if (this.waiting === 0) this.onWaiting?.(false);
  }

  private receiveRequest(message: UpstreamMessage, respond: Respond): void {
    const { onMessage } = this.request;
    // A lost connection ends the call by itself: nothing is lost with an answer that does not get through.
    const answer = (text: UpstreamAnswer) => {
      respond(text).catch(() => {});
    };
    if (message.method === 'ping' || !onMessage) {
      answer(message.method === 'ping' ? { result: {} } : METHOD_NOT_FOUND);
      return;
    }
    const id = this.questions.add(this, respond);
    this.asked ??= [];
    this.asked.push(id);
    this.waiting += 1;
    if (this.waiting === 1) this.onWaiting?.(true);
    onMessage({ ...pass(message), id });
  }

  private receiveProgress(message: UpstreamMessage): void {
    const { params } = message;
    if (this.progressToken === undefined || params?.progressToken !== this.id) return;
    this.request.onMessage?.({ method: message.method, params: { ...params, progressToken: this.progressToken } });
  }
}

function pass({ method, params }: UpstreamMessage): UpstreamMessage {
  return params === undefined ? { method } : { method, params };
}
