import { ApiError } from '../http/api-error';

/** A pod that takes over is ready by then. Unit: seconds. */
const RETRY_SECONDS = 5;

/** The answers that are being given, and their end when the service ends. */
export class ActiveTurns {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private isDraining = false;

  public get count(): number {
    return this.running.size;
  }

  public get draining(): boolean {
    return this.isDraining;
  }

  /** Error: `ApiError` 503 when the service ends. */
  public refuseWhenDraining(): void {
    if (!this.isDraining) return;
    throw new ApiError(503, 'This replica is ending: ask again, another one answers.', {
      code: 'shutting_down',
      retryAfterSeconds: RETRY_SECONDS,
    });
  }

  /** Runs an answer, which is to stop when its caller leaves or the service's time is over. */
  public async run(caller: AbortSignal, answer: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.refuseWhenDraining();
    const running = answer(AbortSignal.any([caller, this.stopping.signal]));
    const settled = running.then(
      () => {},
      () => {},
    );
    this.running.add(settled);
    try {
      await running;
    } finally {
      this.running.delete(settled);
    }
  }

  /** Takes nothing new, and resolves when nothing runs any more. What runs after the grace is stopped. */
  public async drain(graceSeconds: number): Promise<{ readonly stopped: number }> {
    this.isDraining = true;
    let stopped = 0;
    const timer = setTimeout(() => {
      stopped = this.running.size;
      this.stopping.abort(new ApiError(503, 'The service ends. What was done so far is kept: ask again to go on.'));
    }, graceSeconds * 1000);
    while (this.running.size > 0) await Promise.all(this.running);
    clearTimeout(timer);
    return { stopped };
  }
}
