import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { ModelUsage } from '../engine/engine';
import { answerPrint } from '../openai/conversation';
import { withoutShownBlocks } from '../openai/shown-blocks';
import { StoreUnavailable } from '../store/database';
import { outlast } from '../store/outage';
import { type Lease, NO_USAGE, plus, type ToolCallRecord, type UsageSum } from '../store/records';
import type { NewTurn, TurnEntry, TurnStore } from '../store/turn-store';

/**
 * How long a turn waits for a database that is away, holding what it has to write. A failover of a managed PostgreSQL
 * takes up to two minutes (Azure documentation, "High availability" of the flexible server). Unit: milliseconds.
 */
const OUTAGE_MS = 120_000;
/** The same when the caller has left, or the service ends. */
const OUTAGE_LEFT_MS = 5000;

/** A turn that is in the store as a whole. */
export type WrittenTurn = NewTurn & { readonly answerPrint: string };

/** What a turn has said, done and cost, and how it comes into the store: each message before the turn goes on. */
export class TurnJournal {
  private readonly messages: BetaMessageParam[];
  private toolCalls: ToolCallRecord[] = [];
  private pendingUsage = NO_USAGE;
  private totalUsage = NO_USAGE;
  private answer = '';
  /** Text that no message of the transcript holds yet. */
  private unwritten = '';
  /** Not known to be in the store: the database was away for too long. Written twice, it counts once. */
  private missed: TurnEntry | undefined;

  /** @param signal what stops the turn: an outage is then not waited for as long */
  constructor(
    private readonly store: TurnStore,
    private readonly lease: Lease,
    private readonly turn: NewTurn,
    private readonly signal: AbortSignal,
  ) {
    this.messages = [...turn.messages];
  }

  /** What the model's calls took so far. */
  public get usage(): UsageSum {
    return this.totalUsage;
  }

  public said(text: string): void {
    this.answer += text;
    this.unwritten += text;
  }

  public used(usage: ModelUsage): void {
    this.pendingUsage = plus(this.pendingUsage, usage);
    this.totalUsage = plus(this.totalUsage, usage);
  }

  public toolUsed(record: ToolCallRecord): void {
    this.toolCalls.push(record);
  }

  /** Writes a message, with what was used and done before it. Error: `LeaseLost`, `StoreUnavailable`. */
  public async append(message: BetaMessageParam): Promise<void> {
    this.messages.push(message);
    this.unwritten = '';
    await this.write(this.takeEntry(1));
  }

  /** Writes what an outage left open. What is refused then is booked with the end. Error: `StoreUnavailable`. */
  public async catchUp(): Promise<void> {
    if (!this.missed) return;
    await this.write(this.missed).catch((error) => {
      if (error instanceof StoreUnavailable) throw error;
    });
  }

  /**
   * Writes the rest with how the turn ended, which frees the session. Error: `LeaseLost`, `StoreUnavailable`.
   *
   * @param notice what the person reads at the end of an answer that ended early
   */
  public async end(reason: string, notice: string): Promise<WrittenTurn> {
    const rest = this.unwritten.trimEnd();
    if (rest !== '') this.messages.push({ role: 'assistant', content: [{ type: 'text', text: rest }] });
    const print = answerPrint(withoutShownBlocks(this.answer + notice));
    const entry = this.takeEntry(rest === '' ? 0 : 1);
    await this.durably(() => this.store.finish(this.lease, entry, reason, print));
    return { ...this.turn, messages: this.messages, answerPrint: print, endReason: reason };
  }

  private async write(entry: TurnEntry): Promise<void> {
    this.missed = undefined;
    try {
      await this.durably(() => this.store.append(this.lease, entry));
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
}
