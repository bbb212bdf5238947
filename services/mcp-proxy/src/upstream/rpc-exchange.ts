import type { IncomingHttpHeaders } from 'node:http';
import { failure, HttpRefusal, refusalKind } from './failures';
import { BodyBuffer, HttpExchange, mediaType, tooLarge } from './http-exchange';
import { MAX_ANSWER_BYTES, MAX_REFUSAL_BYTES, MAX_STREAM_BYTES, STREAM_END_GRACE_MS } from './limits';
import { isMessage, readAnswer, readError, readMessages } from './rpc-message';
import { SseParser } from './sse-parser';
import { FailureKind, type UpstreamAnswer, type UpstreamFailure, type UpstreamMessage } from './upstream';

/** A stream that ended before the answer, and may be taken up again (SSE polling, specification 2025-11-25). */
export interface BrokenOff {
  readonly lastEventId: string;
  readonly retryMs: number;
}

export type RpcOutcome = UpstreamAnswer | BrokenOff;

const DEFAULT_RETRY_MS = 1_000;

/**
 * One JSON-RPC request over HTTP, answered by one JSON document or by a stream of events that ends with the answer.
 * Messages that come before the answer are handed on as they arrive.
 */
export class RpcExchange extends HttpExchange<RpcOutcome> {
  public headers: IncomingHttpHeaders = {};
  private status = 0;
  private body?: BodyBuffer;
  private stream?: SseParser;
  private streamBytes = 0;
  private graceTimer?: NodeJS.Timeout;

  constructor(
    private readonly id: number,
    private readonly onMessage: (message: UpstreamMessage) => void,
    private readonly maxAnswerBytes = MAX_ANSWER_BYTES,
  ) {
    super();
  }

  protected head(status: number, headers: IncomingHttpHeaders): void {
    this.headers = headers;
    this.status = status;
    const type = mediaType(headers);
    if (status >= 400) this.body = new BodyBuffer(MAX_REFUSAL_BYTES);
    else if (type === 'text/event-stream')
      this.stream = new SseParser(this.maxAnswerBytes, ({ data }) => this.read(data));
    else if (type === 'application/json') {
      this.body = new BodyBuffer(this.maxAnswerBytes);
      this.body.expect(headers);
    } else throw failure(FailureKind.BROKEN_ANSWER, 'content type is neither JSON nor an event stream');
  }

  protected data(chunk: Buffer): void {
    if (this.isSettled) return;
    if (this.body) {
      this.body.add(chunk);
      return;
    }
    this.streamBytes += chunk.length;
    if (this.streamBytes > MAX_STREAM_BYTES) throw tooLarge();
    this.stream?.push(chunk);
    // A server should end the stream after the answer. One that does not must not keep the connection for ever.
    if (this.isSettled) this.graceTimer = setTimeout(() => this.disconnect(), STREAM_END_GRACE_MS);
  }

  protected end(): void {
    clearTimeout(this.graceTimer);
    if (this.isSettled) return;
    if (this.status >= 400)
      throw new HttpRefusal(refusalKind(this.status), this.status, readError(this.body?.text() ?? ''));
    if (this.body) {
      this.read(this.body.text());
      if (!this.isSettled) throw failure(FailureKind.BROKEN_ANSWER, 'no answer in the body');
      return;
    }
    this.breakOff(failure(FailureKind.BROKEN_ANSWER, 'stream ended without the answer'));
  }

  protected override lost(reason: UpstreamFailure): void {
    clearTimeout(this.graceTimer);
    this.breakOff(reason);
  }

  private breakOff(reason: UpstreamFailure): void {
    const { lastEventId, retryMs = DEFAULT_RETRY_MS } = this.stream ?? {};
    if (this.isSettled || !lastEventId) this.fail(reason);
    else this.succeed({ lastEventId, retryMs });
  }

  private read(text: string): void {
    for (const message of readMessages(text)) {
      if (this.isSettled) return;
      if (isMessage(message)) this.onMessage(message);
      else this.succeed(readAnswer(message, this.id, text));
    }
  }
}
