import type { LiteLlmBudget, LiteLlmRateLimit } from './model';

/** What may be spent. All three need a database: without one LiteLLM forgets who spent what. */
export interface LiteLlmBudgets {
  /** For each person who asks. @default - any amount */
  readonly perUser?: LiteLlmBudget;
  /** For each team that is created without a budget of its own. @default - any amount */
  readonly perTeam?: LiteLlmBudget;
  /** For everything together. @default - any amount */
  readonly total?: LiteLlmBudget;
}

/** How much may be asked for in a minute. Both need a database; `limits` of a model needs none. */
export interface LiteLlmRateLimits {
  /** For each person who asks. @default - any number */
  readonly perUser?: LiteLlmRateLimit;
  /** For each team that is created without limits of its own. @default - any number */
  readonly perTeam?: LiteLlmRateLimit;
}

/** The parameters of a limit, as LiteLLM names them for people and teams. */
export function limitFields(limit: LiteLlmRateLimit = {}): object {
  return { rpm_limit: limit.requestsPerMinute, tpm_limit: limit.tokensPerMinute };
}
