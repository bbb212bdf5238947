import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { ModelUsage } from '../engine/engine';

/** What a session belongs to: one user's chat with one model. */
export interface SessionKey {
  readonly userId: string;
  readonly chatId: string;
  readonly model: string;
}

/** The right to write a session's next turn. */
export interface Lease {
  readonly sessionId: string;
  readonly turnId: string;
  readonly userId: string;
  /** Grows with every lease of the session: a write with an older one is refused. */
  readonly fence: number;
  /** Day of UTC on which the turn's cost counts, `YYYY-MM-DD`. */
  readonly day: string;
}

/** A turn in the tree of a session. */
export interface TurnRecord {
  readonly id: string;
  /** The turn that it follows; nothing at the beginning of a chat. */
  readonly parentId: string | null;
  /** Id of the answer in Open WebUI, where it is known. */
  readonly messageId: string | null;
  /** Fingerprint of what the person said. */
  readonly promptPrint: string;
  /** Fingerprint of the answer's text; nothing while it runs, and when the process ended in it. */
  readonly answerPrint: string | null;
  /** The person said nothing new: it goes on with its parent's answer. */
  readonly continues: boolean;
  readonly endReason: string | null;
  readonly messages: readonly BetaMessageParam[];
}

/** A session as its user sees it. */
export interface SessionRecord extends SessionKey {
  readonly id: string;
  readonly createdAt: Date;
  readonly usedAt: Date;
  /** Whether a turn runs now, anywhere. */
  readonly running: boolean;
  readonly turns: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly costUsd: number;
}

/** One use of a tool, for the audit. */
export interface ToolCallRecord {
  readonly callId: string;
  readonly tool: string;
  readonly rule: string;
  readonly inputSha256: string;
  readonly failed: boolean;
  readonly milliseconds: number;
}

/** Sum of what the model's calls took. */
export interface UsageSum {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUsd: number;
}

export const NO_USAGE: UsageSum = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
};

export function plus(sum: UsageSum, usage: UsageSum | ModelUsage): UsageSum {
  return {
    inputTokens: sum.inputTokens + usage.inputTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
    cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
    cacheWriteTokens: sum.cacheWriteTokens + usage.cacheWriteTokens,
    costUsd: sum.costUsd + usage.costUsd,
  };
}
