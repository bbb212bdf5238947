import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { OpenWebUiUser } from '../../../runtime/user-token';
import type { Engine, TurnEvent } from '../engine/engine';
import { budgetSpent } from '../limits/budget';
import { newId } from '../sessions/ids';
import { outlast } from '../store/outage';
import { NO_USAGE, plus, type UsageSum } from '../store/records';
import type { SpendingStore } from '../store/spending-store';
import type { Conversation } from './conversation';

/** What is set aside for a question until its price is known: more than a title costs. Unit: US dollars. */
const RESERVED_USD = 0.05;
/** How long a complete answer waits for a database that is to book it. Unit: milliseconds. */
const OUTAGE_MS = 5000;

export interface StatelessQuestion {
  readonly engine: Engine;
  readonly spending: SpendingStore;
  /** Who pays, where that is known. */
  readonly user?: OpenWebUiUser;
  readonly dayBudgetUsd: number;
  readonly conversation: Conversation;
  readonly model: string;
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

/** An answer that belongs to no session: nothing is remembered, and no tool runs. */
export class StatelessAnswer {
  private total = NO_USAGE;

  constructor(private readonly question: StatelessQuestion) {}

  public get usage(): UsageSum {
    return this.total;
  }

  /** Error: `ModelError`; `ApiError` 429 when the user's day has no money left; `StoreUnavailable`. */
  public async *events(): AsyncGenerator<TurnEvent> {
    const { engine, spending, user, dayBudgetUsd, conversation, model, maxTokens, signal } = this.question;
    const reservation = user && (await spending.reserve(newId(), user.id, RESERVED_USD, dayBudgetUsd));
    if (user && !reservation) throw budgetSpent(dayBudgetUsd);
    try {
      const messages = messagesOf(conversation);
      for await (const event of engine.ask(
        messages,
        model,
        maxTokens,
        signal,
        conversation.instructions || undefined,
      )) {
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
}

function messagesOf({ past, prompt }: Conversation): BetaMessageParam[] {
  const before = past.flatMap(({ prompt: said, answer }): BetaMessageParam[] => [
    ...(said.length > 0 ? [{ role: 'user' as const, content: [...said] }] : []),
    ...(answer !== '' ? [{ role: 'assistant' as const, content: answer }] : []),
  ]);
  return [...before, { role: 'user', content: [...prompt] }];
}
