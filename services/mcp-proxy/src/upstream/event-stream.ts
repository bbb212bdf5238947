import type { IncomingHttpHeaders } from 'node:http';
import { failure, HttpRefusal, refusalKind } from './failures';
import { HttpExchange, mediaType } from './http-exchange';
import { MAX_ANSWER_BYTES } from './limits';
import { type SseEvent, SseParser } from './sse-parser';
import { FailureKind, type UpstreamFailure } from './upstream';

/** A stream of events that stays open: each event is limited, their number is not. Its result tells that it is open. */
export class EventStream extends HttpExchange<void> {
  private stream?: SseParser;
  private over = false;

  /** @param onEnd told once, when an open stream ends for whatever reason */
  constructor(
    private readonly onEvent: (event: SseEvent) => void,
    private readonly onEnd: () => void,
  ) {
    super();
    // It may be closed before anybody waits for it.
    this.result.catch(() => {});
  }

  /** Closes the connection. */
  public close(): void {
    this.finish();
    this.cancel(failure(FailureKind.UNREACHABLE, 'closed by the gateway'));
    this.disconnect();
  }

  protected head(status: number, headers: IncomingHttpHeaders): void {
    if (status >= 400) throw new HttpRefusal(refusalKind(status), status);
    if (mediaType(headers) !== 'text/event-stream') throw failure(FailureKind.BROKEN_ANSWER, 'not an event stream');
    this.stream = new SseParser(MAX_ANSWER_BYTES, this.onEvent);
    this.succeed();
  }

  protected data(chunk: Buffer): void {
    if (this.over) return;
    try {
      this.stream?.push(chunk);
    } catch {
      // One unreadable event makes all that follow doubtful.
      this.close();
    }
  }

  protected end(): void {
    this.finish();
  }

  protected override lost(reason: UpstreamFailure): void {
    this.fail(reason);
    this.finish();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.onEnd();
  }
}
