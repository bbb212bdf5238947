import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { connectionFailure, failure } from './failures';
import { FailureKind, UpstreamFailure } from './upstream';

/** Ends a connection whose answer nobody waits for any more. */
const GIVEN_UP = new Error('given up');

/**
 * One HTTP request and its answer. Redirects are not followed: the upstream would choose where the credential goes.
 * Compressed answers are not read: a small one can become a large one, and none was asked for.
 */
export abstract class HttpExchange<T> implements Dispatcher.DispatchHandler {
  /** Error: `UpstreamFailure`. */
  public readonly result: Promise<T>;
  /** The upstream has begun to answer: it is alive. */
  public answering = false;
  private controller?: Dispatcher.DispatchController;
  private settled = false;
  private resolve!: (value: T) => void;
  private reject!: (error: unknown) => void;

  constructor() {
    this.result = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Gives the request up; the connection is closed with it. */
  public cancel(reason: UpstreamFailure): void {
    this.fail(reason);
  }

  public onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(GIVEN_UP);
  }

  public onResponseStart(_: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.answering = true;
    const encoding = headers['content-encoding'];
    if (status >= 300 && status < 400) this.fail(failure(FailureKind.BROKEN_ANSWER, `redirect, HTTP status ${status}`));
    else if (encoding !== undefined && encoding !== 'identity') {
      this.fail(failure(FailureKind.BROKEN_ANSWER, 'content-encoding, though none was accepted'));
    } else {
      try {
        this.head(status, headers);
      } catch (error) {
        this.broke(error);
      }
    }
  }

  public onResponseData(_: unknown, chunk: Buffer): void {
    try {
      this.data(chunk);
    } catch (error) {
      this.broke(error);
    }
  }

  public onResponseEnd(): void {
    try {
      this.end();
    } catch (error) {
      this.broke(error);
    }
  }

  public onResponseError(_: unknown, error: Error): void {
    this.lost(connectionFailure(error));
  }

  /** Anything that these three throw becomes the exchange's failure. */
  protected abstract head(status: number, headers: IncomingHttpHeaders): void;
  protected abstract data(chunk: Buffer): void;
  protected abstract end(): void;

  /** The connection ended before the answer did. */
  protected lost(reason: UpstreamFailure): void {
    this.fail(reason);
  }

  protected get isSettled(): boolean {
    return this.settled;
  }

  protected succeed(value: T): void {
    this.settled = true;
    this.resolve(value);
  }

  protected fail(reason: UpstreamFailure): void {
    if (this.settled) return;
    this.settled = true;
    this.reject(reason);
    this.disconnect();
  }

  protected disconnect(): void {
    this.controller?.abort(GIVEN_UP);
  }

  private broke(error: unknown): void {
    this.fail(error instanceof UpstreamFailure ? error : failure(FailureKind.BROKEN_ANSWER, error));
  }
}

/** `application/json; charset=utf-8` without what follows the type. */
export function mediaType(headers: IncomingHttpHeaders): string {
  const type = String(headers['content-type'] ?? '');
  const end = type.indexOf(';');
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** Collects a body up to a limit. */
export class BodyBuffer {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Error: `UpstreamFailure` when the body would be too large. */
  public expect(headers: IncomingHttpHeaders): void {
    if (Number(headers['content-length'] ?? 0) > this.maxBytes) throw tooLarge();
  }

  public add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) throw tooLarge();
    this.chunks.push(chunk);
  }

  public text(): string {
    return this.whole().toString();
  }

  public base64(): string {
    return this.whole().toString('base64');
  }

  private whole(): Buffer {
    const [only] = this.chunks;
    return this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks);
  }
}

export function tooLarge(): UpstreamFailure {
  return failure(FailureKind.BROKEN_ANSWER, 'answer too large');
}
