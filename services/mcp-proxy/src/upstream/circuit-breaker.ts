import { failure } from './failures';
import { FailureKind } from './upstream';

export enum BreakerState {
  CLOSED = 'closed',
  /** One call is let through to see whether the upstream is back. */
  HALF_OPEN = 'half-open',
  OPEN = 'open',
}

/** One lost call happens when a pod restarts; five in a row, with no answer between them, are an outage. */
const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 5_000;
/** A pod that restarts in a loop is back within a minute or needs a person. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * Stops calling an upstream that does not answer, so that its callers are told at once. Only failures of the connection
 * and silence count: an upstream that answers anything, even an error, is alive.
 */
export class CircuitBreaker {
  private failures = 0;
  private pauses = 0;
  private openings = 0;
  private openUntil = 0;
  private probing = false;
  private reported = BreakerState.CLOSED;

  constructor(
    private readonly onState: (state: BreakerState) => void = () => {},
    private readonly now: () => number = () => performance.now(),
  ) {}

  public get state(): BreakerState {
    if (this.failures < FAILURES_TO_OPEN) return BreakerState.CLOSED;
    return this.probing || this.now() >= this.openUntil ? BreakerState.HALF_OPEN : BreakerState.OPEN;
  }

  /**
   * Error: the breaker is open. Whoever is admitted must tell the outcome by exactly one of the methods below.
   * @returns what tells calls that were admitted before an opening from those after it
   */
  public admit(): number {
    if (this.failures >= FAILURES_TO_OPEN) {
      if (this.now() < this.openUntil) {
        throw failure(FailureKind.CIRCUIT_OPEN);
      }
      this.probing = true;
      // A tool may take its time: should this call not have told anything by then, another one may try.
      this.openUntil = this.now() + FIRST_PAUSE_MS;
      this.report(BreakerState.HALF_OPEN);
    }
    return this.openings;
  }

  /** An answer counts whenever its call began: the upstream is alive. */
  public succeeded(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.pauses = 0;
    this.probing = false;
    this.report(BreakerState.CLOSED);
  }

  /** Many calls are lost in one outage: those that were under way when it was noticed say nothing of how long it lasts. */
  public failed(admission: number): void {
    if (admission !== this.openings) return;
    this.failures += 1;
    this.probing = false;
    if (this.failures < FAILURES_TO_OPEN) return;
    this.openings += 1;
    this.openUntil = this.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.pauses);
    this.pauses = Math.min(this.pauses + 1, 10);
    this.report(BreakerState.OPEN);
  }

  /** The call says nothing of the upstream: the caller left, or it never went out. */
  public undecided(admission: number): void {
    if (admission !== this.openings || !this.probing) return;
    this.probing = false;
    this.openUntil = this.now();
  }

  private report(state: BreakerState): void {
    if (state === this.reported) return;
    this.reported = state;
    this.onState(state);
  }
}
