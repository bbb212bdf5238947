import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { Logger } from '../../../runtime/log';
import { auditRecord } from '../audit/tool-call';
import { type Engine, type Turn, TurnEnd, type TurnEvent } from '../engine/engine';
import { endNotice } from '../openai/completion';
import { answerPrint } from '../openai/conversation';
import { withoutShownBlocks } from '../openai/shown-blocks';
import { LeaseLost, StoreUnavailable } from '../store/database';
import { LEASE_SECONDS, type LeaseStore } from '../store/lease-store';
import { outlast } from '../store/outage';
import { type Lease, NO_USAGE, plus, type ToolCallRecord, type UsageSum } from '../store/records';
import type { NewTurn, TurnEntry, TurnStore } from '../store/turn-store';
import type { OpenedTurn } from './transcript';
import { untilStopped } from './until-stopped';

/** Three signs of life within a lease. Unit: milliseconds. */
const RENEW_MS = (LEASE_SECONDS * 1000) / 3;
/**
 * How long a turn waits for a database that is away, holding what it has to write. A failover of a managed PostgreSQL
 * takes up to two minutes (Azure documentation, "High availability" of the flexible server). Unit: milliseconds.
 */
const OUTAGE_MS = 120_000;
/** The same when the caller has left, or the service ends. */
const OUTAGE_LEFT_MS = 5000;

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
  over(turn: (NewTurn & { readonly answerPrint: string }) | undefined): void;
}

/** One turn that holds its session's lease: what the engine says is written down before it goes on. */
export class RunningTurn {
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly messages: BetaMessageParam[];
  private toolCalls: ToolCallRecord[] = [];
  private pendingUsage = NO_USAGE;
  private totalUsage = NO_USAGE;
  private answer = '';
  /** Text that no message of the transcript holds yet. */
  private unwritten = '';
  /** Not known to be in the store: the database was away for too long. Written twice, it counts once. */
  private missed: TurnEntry | undefined;
  private isOver = false;

  constructor(private readonly parts: TurnParts) {
    this.messages = [...parts.opened.turn.messages];
    this.signal = AbortSignal.any([parts.signal, this.stop.signal]);
  }

  public get sessionId(): string {
    return this.parts.lease.sessionId;
  }

  /** What the model's calls took so far. */
  public get usage(): UsageSum {
    return this.totalUsage;
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
        this.answer += event.text;
        this.unwritten += event.text;
        return;
      case 'usage':
        this.pendingUsage = plus(this.pendingUsage, event.usage);
        this.totalUsage = plus(this.totalUsage, event.usage);
        return;
      case 'tool-end':
        this.audit(event);
        return;
      case 'message':
        return this.append(event.message);
      case 'end':
        return this.finish(event.reason);
      default:
        return;
    }
  }

  private audit(event: TurnEvent & { readonly kind: 'tool-end' }): void {
    const record = auditRecord(event);
    this.toolCalls.push(record);
    const { lease, log } = this.parts;
    log.info(
      { audit: 'tool', user: lease.userId, session: lease.sessionId, turn: lease.turnId, ...record },
      'tool used',
    );
  }

  private async append(message: BetaMessageParam): Promise<void> {
    this.messages.push(message);
    this.unwritten = '';
    await this.write(this.takeEntry(1));
  }

  private async write(entry: TurnEntry): Promise<void> {
    this.missed = undefined;
    try {
      await this.durably(() => this.parts.turns.append(this.parts.lease, entry));
    } catch (error) {
      if (error instanceof StoreUnavailable) this.missed = entry;
      else this.takeBack(entry);
      throw error;
    }
  }

  /** The store has refused the newest message, and what it cost is still to be booked. */
  private takeBack({ usage, toolCalls }: TurnEntry): void {
    this.messages.pop();
    this.pendingUsage = plus(this.pendingUsage, usage);
    this.toolCalls = [...toolCalls, ...this.toolCalls];
  }

  /** Writes the rest, and frees the session. */
  private async finish(reason: string): Promise<void> {
    this.parts.ending();
    if (this.missed) {
      await this.write(this.missed).catch((error) => {
        // What is refused is booked with the end.
        if (error instanceof StoreUnavailable) throw error;
      });
    }
    const { turns, lease, opened } = this.parts;
    const rest = this.unwritten.trimEnd();
    if (rest !== '') this.messages.push({ role: 'assistant', content: [{ type: 'text', text: rest }] });
    const print = answerPrint(withoutShownBlocks(this.answer + endNotice(reason as TurnEnd, this.signal)));
    const entry = this.takeEntry(rest === '' ? 0 : 1);
    this.isOver = true;
    try {
      await this.durably(() => turns.finish(lease, entry, reason, print));
      this.parts.over({ ...opened.turn, messages: this.messages, answerPrint: print, endReason: reason });
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

  private takeEntry(count: number): TurnEntry {
    const entry = {
      position: this.messages.length - count,
      messages: this.messages.slice(this.messages.length - count),
      usage: this.pendingUsage,
      toolCalls: this.toolCalls,
    };
    this.pendingUsage = NO_USAGE;
    this.toolCalls = [];
    return entry;
  }

  /** Waits out an outage of the database. */
  private durably(write: () => Promise<void>): Promise<void> {
    return outlast(write, () => (this.signal.aborted ? OUTAGE_LEFT_MS : OUTAGE_MS));
  }

  private async renew(): Promise<void> {
    try {
      if (!(await this.parts.leases.renew(this.parts.lease)) && !this.isOver) this.stop.abort(new LeaseLost());
    } catch {
      // The database is away: whoever takes the session over then, and the next write shows it.
    }
  }
}
