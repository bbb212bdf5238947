import type { ServerResponse } from 'node:http';

/** A sign of life before proxies and LiteLLM (15 s) take silence for an end. Unit: milliseconds. */
const HEARTBEAT_MS = 10_000;
/** A client that takes nothing for so long is gone. Unit: milliseconds. */
const STALLED_MS = 60_000;
const HEARTBEAT = ': working\n\n';

/**
 * A stream of server-sent events. It begins with what is written first, or with a sign of life, so that until then an
 * error can still be told by a status.
 */
export class EventStream {
  private heartbeat: NodeJS.Timeout | undefined;
  private isWaiting = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly headers: { readonly [name: string]: string },
    heartbeatMs = HEARTBEAT_MS,
  ) {
    this.heartbeat = setInterval(() => this.beat(), heartbeatMs);
  }

  /** Whether the status is sent, and only the stream itself can tell an error. */
  public get hasBegun(): boolean {
    return this.response.headersSent;
  }

  /** Sends text at once. Resolves when the client can take more, or is gone. */
  public write(text: string): Promise<void> | undefined {
    if (this.response.destroyed) return undefined;
    this.begin();
    this.heartbeat?.refresh();
    return this.response.write(text) ? undefined : this.untilTaken();
  }

  public end(text = ''): void {
    this.close();
    if (!this.response.destroyed) this.response.end(text);
  }

  /** No more signs of life. */
  public close(): void {
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }

  private begin(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, {
      ...this.headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  }

  private beat(): void {
    if (this.isWaiting || this.response.destroyed) return;
    this.begin();
    this.response.write(HEARTBEAT);
  }

  private untilTaken(): Promise<void> {
    this.isWaiting = true;
    return new Promise((resolve) => {
      const stalled = setTimeout(() => this.response.destroy(), STALLED_MS);
      const done = () => {
        clearTimeout(stalled);
        this.response.off('drain', done).off('close', done);
        this.isWaiting = false;
        resolve();
      };
      this.response.on('drain', done).on('close', done);
    });
  }
}
