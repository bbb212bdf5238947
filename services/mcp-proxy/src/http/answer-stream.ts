import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Cancellation, type CancelSignal } from '../cancellation';
import { sendEmpty, sendJson } from './answers';
import type { KeepAlive } from './keep-alive';

/** Most that waits for a slow reader before the exchange is given up. Unit: bytes. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** What the caller's `Accept` header admits. */
export interface AcceptedForms {
  readonly json: boolean;
  readonly events: boolean;
}

export function acceptedForms(accept: string | undefined): AcceptedForms {
  if (accept === undefined) return { json: true, events: false };
  const any = accept.includes('*/*');
  return {
    json: any || accept.includes('application/json') || accept.includes('application/*'),
    events: accept.includes('text/event-stream'),
  };
}

/** Where the messages before a result go. */
export interface MessageStream {
  /** Aborted when nobody listens any more: the caller left, or has the whole answer. */
  readonly signal: CancelSignal;
  /** Whether messages before the result can be sent at all. */
  readonly canStream: boolean;
  /** Sends a message before the result; it is dropped when the caller takes no streams. */
  send(json: string): void;
}

/**
 * The answer to one POST: a JSON document, or, once something is to be said before the result, a stream of events.
 * Nothing is held back: each message is written as it comes.
 */
export class AnswerStream implements MessageStream {
  public readonly signal = new Cancellation();
  private streaming = false;
  private ended = false;

  /** @param keepAlive has the answer tell now and then that it is still coming */
  constructor(
    private readonly response: ServerResponse,
    private readonly accepts: AcceptedForms,
    keepAlive?: KeepAlive,
  ) {
    const kept = keepAlive?.enter(this);
    response.on('close', () => {
      if (kept) keepAlive?.leave(kept);
      this.signal.abort();
    });
  }

  public get canStream(): boolean {
    return this.accepts.events && !this.ended;
  }

  public send(json: string): void {
    if (!this.canStream) return;
    this.open();
    this.write(`event: message\ndata: ${json}\n\n`);
  }

  /** A comment that keeps the connection from being taken for dead. */
  public keepAlive(): void {
    if (!this.canStream) return;
    this.open();
    this.write(': keep-alive\n\n');
  }

  /** Sends the result and ends. `status` is that of a JSON answer; a stream has begun with 200. */
  public end(status: number, json: string, headers: OutgoingHttpHeaders = {}): void {
    if (this.ended) return;
    this.ended = true;
    if (this.streaming || (!this.accepts.json && this.accepts.events)) {
      this.open();
      this.response.end(`event: message\ndata: ${json}\n\n`);
    } else sendJson(this.response, status, json, headers);
  }

  /** Ends without a body: the answer to what is no request. */
  public endEmpty(status: number): void {
    if (this.ended) return;
    this.ended = true;
    sendEmpty(this.response, status);
  }

  private open(): void {
    if (this.streaming) return;
    this.streaming = true;
    this.response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    this.response.flushHeaders();
  }

  private write(text: string): void {
    if (this.response.destroyed) return;
    this.response.write(text);
    if (this.response.writableLength > MAX_UNREAD_BYTES) this.response.destroy();
  }
}
