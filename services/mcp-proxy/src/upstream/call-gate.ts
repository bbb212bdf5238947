import type { CancelSignal } from '../cancellation';
import { failure } from './failures';
import { MAX_QUEUE_WAIT_MS } from './limits';
import { FailureKind, type UpstreamFailure } from './upstream';

interface Waiting {
  readonly enter: () => void;
  readonly refuse: (reason: UpstreamFailure) => void;
}

/**
 * At most so many calls at once. As many more may wait, first come, first served, for a short time; whoever comes then
 * is refused at once, so that a slow upstream holds neither memory nor callers.
 */
export class CallGate {
  private running = 0;
  private readonly queue = new Set<Waiting>();

  constructor(private readonly limit: number) {}

  /** Calls that run or wait. */
  public get size(): number {
    return this.running + this.queue.size;
  }

  /** Nothing when the call may go on at once, else a promise of its turn. Error: `UpstreamFailure` BUSY or CANCELLED. */
  public enter(signal: CancelSignal): Promise<void> | undefined {
    if (this.running < this.limit) {
      this.running += 1;
      return undefined;
    }
    if (this.queue.size >= this.limit) throw failure(FailureKind.BUSY);
    return this.wait(signal);
  }

  public leave(): void {
    this.running -= 1;
    const [next] = this.queue;
    if (next && this.running < this.limit) next.enter();
  }

  /** A call that had left goes on, whatever the limit: it has its connection already. */
  public comeBack(): void {
    this.running += 1;
  }

  private wait(signal: CancelSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', left);
        this.queue.delete(waiting);
      };
      const waiting: Waiting = {
        enter: () => {
          end();
          this.running += 1;
          resolve();
        },
        refuse: (reason) => {
          end();
          reject(reason);
        },
      };
      const timer = setTimeout(() => waiting.refuse(failure(FailureKind.BUSY)), MAX_QUEUE_WAIT_MS);
      const left = () => waiting.refuse(failure(FailureKind.CANCELLED));
      signal.addEventListener('abort', left);
      this.queue.add(waiting);
    });
  }
}
