import { type Running, RunningList } from '../../../runtime/running-list';

/** Proxies on the way take a connection without a byte for dead after 60 s or less. Unit: milliseconds. */
const PERIOD_MS = 15_000;

/** An answer that can tell its reader that it is still coming. */
interface LastingAnswer {
  keepAlive(): void;
}

/** Sends a comment now and then down every answer that lasts long: one timer for all of them. */
export class KeepAlive {
  private readonly streams = new RunningList<LastingAnswer>();
  private seenBefore = new WeakSet<LastingAnswer>();
  private readonly timer: NodeJS.Timeout;

  constructor(periodMs = PERIOD_MS) {
    this.timer = setInterval(() => this.beat(), periodMs).unref();
  }

  public enter(stream: LastingAnswer): Running<LastingAnswer> {
    return this.streams.add(stream);
  }

  public leave(stream: Running<LastingAnswer>): void {
    this.streams.remove(stream);
  }

  /** Answers that are not complete yet. */
  public get size(): number {
    return this.streams.size;
  }

  public close(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    // A call shorter than a period gets its answer as a plain JSON document.
    for (const stream of this.streams.items()) {
      if (this.seenBefore.has(stream)) stream.keepAlive();
      else this.seenBefore.add(stream);
    }
  }
}
