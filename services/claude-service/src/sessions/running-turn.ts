import type { Logger } from '../../../runtime/log';
import { auditRecord } from '../audit/tool-call';
import { type Engine, type Turn, TurnEnd, type TurnEvent } from '../engine/engine';
import { endNotice } from '../openai/completion';
import { LeaseLost } from '../store/database';
import { LEASE_SECONDS, type LeaseStore } from '../store/lease-store';
import type { Lease, UsageSum } from '../store/records';
import type { TurnStore } from '../store/turn-store';
import type { OpenedTurn } from './transcript';
import { TurnJournal, type WrittenTurn } from './turn-journal';
import { untilStopped } from './until-stopped';

/** Three signs of life within a lease. Unit: milliseconds. */
const RENEW_MS = (LEASE_SECONDS * 1000) / 3;
/** What a turn ended with, besides what the engine says. */
const FAILED = 'failed';

/** What the turn runs with. */
export interface TurnParts {
  readonly leases: LeaseStore;
  readonly turns: TurnStore;
  readonly engine: Engine;
  readonly lease: Lease;
  readonly opened: OpenedTurn;
  readonly input: Turn;
  readonly log: Logger;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** The turn has said everything, and is about to free the session. */
  ending(): void;
  /** The session is free. `turn` is what became of it; nothing when it did not come into the store as a whole. */
  over(turn: WrittenTurn | undefined): void;
}

/** One turn that holds its session's lease: what the engine says is written down before it goes on. */
export class RunningTurn {
  public readonly kind = 'session';
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly journal: TurnJournal;
  private isOver = false;

  constructor(private readonly parts: TurnParts) {
    this.signal = AbortSignal.any([parts.signal, this.stop.signal]);
    this.journal = new TurnJournal(parts.turns, parts.lease, parts.opened.turn, this.signal);
  }

  public get sessionId(): string {
    return this.parts.lease.sessionId;
  }

  /** What the model's calls took so far. */
  public get usage(): UsageSum {
    return this.journal.usage;
  }

  /**
   * Runs it. The engine begins at once, while the person's message is written and the workspace made; nothing is said and
   * no tool runs before that is done. Whoever reads this to its end, or stops reading, leaves the session free. Error:
   * what the engine or the store throws.
   */
  public async *events(): AsyncGenerator<TurnEvent> {
    const { turns, lease, opened, engine, input } = this.parts;
    const begun = turns.begin(lease, [...opened.takenOver, opened.turn]);
    const ready = Promise.all([begun, input.workspace]);
    // The error comes out where it is awaited; the engine need not go on meanwhile.
    ready.catch((error) => this.stop.abort(error));
    const renewal = setInterval(() => void this.renew(), RENEW_MS);
    try {
      for await (const event of untilStopped(engine.run(input, this.signal), this.signal)) {
        await ready;
        await this.keep(event);
        yield event;
      }
      await ready;
      if (this.isOver) return;
      if (this.stop.signal.aborted) throw this.stop.signal.reason;
      const event = { kind: 'end', reason: TurnEnd.CANCELLED } as const;
      await this.keep(event);
      yield event;
    } catch (error) {
      await this.fail(begun, error);
      throw this.stop.signal.aborted ? this.stop.signal.reason : error;
    } finally {
      clearInterval(renewal);
      if (!this.isOver) {
        this.stop.abort(new Error('nobody reads the turn'));
        await this.fail(begun, undefined);
      }
    }
  }

  private async keep(event: TurnEvent): Promise<void> {
    switch (event.kind) {
      case 'text':
        return this.journal.said(event.text);
      case 'usage':
        return this.journal.used(event.usage);
      case 'tool-end':
        return this.audit(event);
      case 'message':
        return this.journal.append(event.message);
      case 'end':
        return this.finish(event.reason);
      default:
        return;
    }
  }

  private audit(event: TurnEvent & { readonly kind: 'tool-end' }): void {
    const record = auditRecord(event);
    this.journal.toolUsed(record);
    const { lease, log } = this.parts;
    log.info(
      { audit: 'tool', user: lease.userId, session: lease.sessionId, turn: lease.turnId, ...record },
      'tool used',
    );
  }

  /** Writes the rest, and frees the session. */
  private async finish(reason: string): Promise<void> {
    this.parts.ending();
    await this.journal.catchUp();
    this.isOver = true;
    try {
      this.parts.over(await this.journal.end(reason, endNotice(reason as TurnEnd, this.signal)));
    } catch (error) {
      this.parts.over(undefined);
      throw error;
    }
  }

  /** Ends a turn that something went wrong with; what was said stays. */
  private async fail(begun: Promise<void>, error: unknown): Promise<void> {
    if (this.isOver) return;
    try {
      await begun;
      await this.finish(error === undefined ? TurnEnd.CANCELLED : FAILED);
    } catch (second) {
      this.parts.log.warn({ err: second, turn: this.parts.lease.turnId }, 'the end of a turn was not written');
      if (this.isOver) return;
      this.isOver = true;
      await this.parts.leases.release(this.parts.lease).catch(() => {});
      this.parts.over(undefined);
    }
  }

  private async renew(): Promise<void> {
    try {
      if (!(await this.parts.leases.renew(this.parts.lease)) && !this.isOver) this.stop.abort(new LeaseLost());
    } catch {
      // The database is away: whoever takes the session over then, and the next write shows it.
    }
  }
}
