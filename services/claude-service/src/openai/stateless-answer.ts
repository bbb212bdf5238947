import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { OpenWebUiUser } from '../../../runtime/user-token';
import { estimatedTokens } from '../engine/compaction';
import type { Engine, TurnEvent } from '../engine/engine';
import { costUsd, outputTokensFor } from '../engine/prices';
import { budgetRefusal } from '../limits/budget';
import { newId } from '../sessions/ids';
import { outlast } from '../store/outage';
import { NO_USAGE, plus, type UsageSum } from '../store/records';
import type { SpendingStore } from '../store/spending-store';
import type { Conversation } from './conversation';

/** How long a complete answer waits for a database that is to book it. Unit: milliseconds. */
const OUTAGE_MS = 5000;

export interface StatelessQuestion {
  readonly engine: Engine;
  readonly spending: SpendingStore;
  /** Who pays, where that is known. */
  readonly user?: OpenWebUiUser;
  readonly budgetUsd: number;
  readonly dayBudgetUsd: number;
  readonly conversation: Conversation;
  readonly model: string;
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

/** An answer that belongs to no session: nothing is remembered, and no tool runs. */
export class StatelessAnswer {
  public readonly kind = 'stateless';
  private total = NO_USAGE;

  constructor(private readonly question: StatelessQuestion) {}

  public get usage(): UsageSum {
    return this.total;
  }

  /** Error: `ModelError`; `ApiError` 429 when the user's day has no money left; `StoreUnavailable`. */
  public async *events(): AsyncGenerator<TurnEvent> {
    const { engine, spending, user, dayBudgetUsd, conversation, model, signal } = this.question;
    const messages = messagesOf(conversation);
    const mostUsd = this.mostUsd(messages);
    const reservation = user && (await spending.reserve(newId(), user.id, mostUsd, dayBudgetUsd));
    if (user && !reservation) throw await budgetRefusal(spending, user.id, dayBudgetUsd);
    const maxTokens = outputTokensFor(reservation?.grantedUsd ?? mostUsd, model, this.question.maxTokens);
    try {
      const instructions = conversation.instructions || undefined;
      for await (const event of engine.ask(messages, model, maxTokens, signal, instructions)) {
        if (event.kind === 'usage') this.total = plus(this.total, event.usage);
        yield event;
      }
    } finally {
      if (reservation)
        await outlast(
          () => spending.settle(reservation, this.total.costUsd),
          () => OUTAGE_MS,
        );
    }
  }

  /** What it may cost: the price of its words and of the longest answer. */
  private mostUsd(messages: readonly BetaMessageParam[]): number {
    const { budgetUsd, conversation, model, maxTokens } = this.question;
    const input = estimatedTokens([...messages, { role: 'user', content: conversation.instructions }]);
    const tokens = { input, output: maxTokens, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };
    return Math.min(budgetUsd, costUsd(model, tokens));
  }
}

function messagesOf({ past, prompt }: Conversation): BetaMessageParam[] {
  const before = past.flatMap(({ prompt: said, answer }): BetaMessageParam[] => [
    ...(said.length > 0 ? [{ role: 'user' as const, content: [...said] }] : []),
    ...(answer !== '' ? [{ role: 'assistant' as const, content: answer }] : []),
  ]);
  return [...before, { role: 'user', content: [...prompt] }];
}
