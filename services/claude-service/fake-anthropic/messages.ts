import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, answer, FIRST_OUTPUT_TOKENS, streamEvents } from './answer';
import type { Counter } from './counter';
import { ApiRefusal, refuseTooLong, refuseWrong } from './refusals';
import { type Reply, type Rule, replyTo, type ScriptedRequest } from './script';
import { type CountedRequest, PromptCache } from './tokens';

/** A request that was seen. */
export interface SeenRequest {
  readonly path: string;
  /** As sent, without what carries the key. */
  readonly headers: { readonly [name: string]: string };
  /** What came as `x-api-key`, or as bearer token. */
  readonly key: string;
  readonly body: unknown;
  /** How it went. `left` means that the caller closed the connection before the answer was complete. */
  outcome: 'running' | 'complete' | 'refused' | 'error-event' | 'cut' | 'left';
  status?: number;
}

type MessagesBody = ScriptedRequest & CountedRequest & { readonly stream?: boolean };

/** `POST /v1/messages`. */
export class MessagesEndpoint {
  private readonly cache = new PromptCache();
  /** How often a request that is scripted to fail has failed. */
  private readonly failures = new Map<string, number>();

  public constructor(
    private readonly rules: readonly Rule[],
    private readonly counter: Counter,
    private readonly contextWindow: number,
  ) {}

  /** Forgets what earlier requests left behind. */
  public clear(): void {
    this.cache.clear();
    this.failures.clear();
  }

  /** Answers one request. Error: `ApiRefusal`. */
  public async handle(raw: string, request: IncomingMessage, response: ServerResponse, seen: SeenRequest) {
    const body = seen.body as MessagesBody;
    refuseWrong(body);
    const { input, cacheWrite, cacheWriteHour } = new PromptCache().count(body);
    refuseTooLong(input + cacheWrite + cacheWriteHour, this.contextWindow);
    const reply = replyTo(body, this.rules);
    const left = new AbortController();
    response.on('close', () => left.abort());
    await pause(reply.firstDelayMs ?? 0, undefined, { signal: left.signal });
    this.fail(reply, raw, response);
    const made = answer(reply, body.model, this.cache.count(body), JSON.stringify(body.messages));
    if (body.stream) {
      await this.stream(made, reply, body.model, response, seen, left.signal);
      return;
    }
    await pause((reply.delayMs ?? 0) * [...streamEvents(made, reply)].length, undefined, { signal: left.signal });
    if (reply.cutAfterPieces !== undefined) {
      seen.outcome = 'cut';
      request.socket.destroy();
      return;
    }
    this.counter.add(body.model, made.prompt, made.outputTokens);
    seen.outcome = 'complete';
    response.setHeader('content-type', 'application/json').end(JSON.stringify(made.message));
  }

  private fail({ error }: Reply, raw: string, response: ServerResponse): void {
    const failed = this.failures.get(raw) ?? 0;
    if (!error || failed >= (error.times ?? Number.POSITIVE_INFINITY)) {
      return;
    }
    this.failures.set(raw, failed + 1);
    if (error.retryAfter !== undefined) {
      response.setHeader('retry-after', String(error.retryAfter));
    }
    throw new ApiRefusal(error.status, error.message ?? `scripted error ${error.status}`, error.type);
  }

  private async stream(
    made: Answer,
    reply: Reply,
    model: string,
    response: ServerResponse,
    seen: SeenRequest,
    left: AbortSignal,
  ): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    let pieces = 0;
    let outputTokens = FIRST_OUTPUT_TOKENS;
    try {
      for (const { event, piece } of streamEvents(made, reply)) {
        if (piece && pieces === reply.cutAfterPieces) {
          seen.outcome = 'cut';
          // What came before has left the process by then, so that the caller sees it.
          response.write('\n', () => response.destroy());
          return;
        }
        if (piece && pieces === reply.errorAfterPieces) {
          seen.outcome = 'error-event';
          const error = { type: 'overloaded_error', message: 'Overloaded' };
          response.end(frame({ type: 'error', error, request_id: 'req_fake' }));
          return;
        }
        if (piece && reply.delayMs) {
          await pause(reply.delayMs, undefined, { signal: left });
        }
        pieces += piece ? 1 : 0;
        outputTokens = event.type === 'message_delta' ? made.outputTokens : outputTokens;
        response.write(frame(event));
      }
      seen.outcome = 'complete';
      response.end();
    } finally {
      this.counter.add(model, made.prompt, outputTokens);
    }
  }
}

function frame(event: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
