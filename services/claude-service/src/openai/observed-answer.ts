import type { Logger } from '../../../runtime/log';
import { type Span, type Tracing, traceIdOf } from '../../../runtime/tracing';
import type { TurnEvent } from '../engine/engine';
import { apiErrorOf } from '../http/known-errors';
import type { Exchange } from '../http/server';
import type { Metrics } from '../metrics';
import type { UsageSum } from '../store/records';

/** What answers: a turn of a session, or a question without one. */
export interface Answering {
  readonly kind: 'session' | 'stateless';
  readonly sessionId?: string;
  events(): AsyncIterable<TurnEvent>;
  /** What it took so far. */
  readonly usage: UsageSum;
}

export interface Observers {
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly log: Logger;
}

/** One answer as operators see it: counted, traced, and a line of the log when it is over, in whatever way. */
export class ObservedAnswer {
  private readonly trace: string | undefined;
  private readonly span: Span;
  private answering: Answering | undefined;
  private end = 'refused';
  private failure: unknown;

  constructor(
    private readonly observers: Observers,
    private readonly exchange: Exchange,
    private readonly asked: { readonly user?: string; readonly model: string },
    private readonly callerLeft: AbortSignal,
  ) {
    const { traceparent } = exchange.request.headers;
    const parent = typeof traceparent === 'string' ? traceparent : undefined;
    this.trace = traceIdOf(parent);
    this.span = observers.tracing.startSpan('chat', parent);
    observers.metrics.turnBegan();
  }

  /** It has begun: its events, counted as they pass. */
  public events(answering: Answering): AsyncIterable<TurnEvent> {
    this.answering = answering;
    this.end = 'failed';
    return this.counted(answering.events());
  }

  /** The first piece is about to be sent. */
  public firstPiece(): void {
    if (this.answering) this.observers.metrics.firstPiece(this.answering.kind, this.milliseconds() / 1000);
  }

  /** What went wrong, before it is over. */
  public failed(error: unknown): void {
    this.failure = error;
    // An outage keeps turns from beginning: nobody refused them.
    const ours = apiErrorOf(error, this.exchange.requestId).status >= 500;
    if (this.end === 'refused' && ours && !this.callerLeft.aborted) this.end = 'failed';
  }

  public over(): void {
    const { metrics, log } = this.observers;
    const error = this.failure instanceof Error ? this.failure : undefined;
    metrics.turnEnded(this.end);
    this.span.end(error);
    const { kind, sessionId, usage } = this.answering ?? {};
    log.info(
      {
        requestId: this.exchange.requestId,
        trace: this.trace,
        kind,
        user: this.asked.user,
        session: sessionId,
        model: this.asked.model,
        end: this.end,
        error: error?.message,
        ms: Math.round(this.milliseconds()),
        ...usage,
      },
      'turn',
    );
  }

  private async *counted(events: AsyncIterable<TurnEvent>): AsyncGenerator<TurnEvent> {
    const { metrics } = this.observers;
    for await (const event of events) {
      if (event.kind === 'usage') metrics.used(event.usage);
      if (event.kind === 'tool-end') metrics.toolUsed(event.rule, event.failed);
      if (event.kind === 'end') this.end = event.reason;
      yield event;
    }
  }

  /** Since the request arrived. */
  private milliseconds(): number {
    return performance.now() - this.exchange.startedAt;
  }
}
