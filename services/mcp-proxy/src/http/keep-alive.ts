import { type Running, RunningList } from '../../../runtime/running-list';
import type { AnswerStream } from './answer-stream';

/** Proxies on the way take a connection without a byte for dead after 60 s or less. Unit: milliseconds. */
const PERIOD_MS = 15_000;

/** Sends a comment now and then down every answer that lasts long: one timer for all of them. */
export class KeepAlive {
  private readonly streams = new RunningList<AnswerStream>();
  private seenBefore = new WeakSet<AnswerStream>();
  private readonly timer: NodeJS.Timeout;

  constructor(periodMs = PERIOD_MS) {
    this.timer = setInterval(() => this.beat(), periodMs).unref();
  }

  public enter(stream: AnswerStream): Running<AnswerStream> {
    return this.streams.add(stream);
  }

  public leave(stream: Running<AnswerStream>): void {
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
