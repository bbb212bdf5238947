import { ApiError } from '../http/api-error';
import type { SpendingStore } from '../store/spending-store';

/** When money that running turns have set aside may be free again. Unit: seconds. */
const TAKEN_RETRY_SECONDS = 30;

/** The answer when a user's day has no money left for what was asked. */
export async function budgetRefusal(spending: SpendingStore, userId: string, dayBudgetUsd: number): Promise<ApiError> {
  return (await spending.isSpent(userId, dayBudgetUsd)) ? budgetSpent(dayBudgetUsd) : budgetTaken();
}

function budgetSpent(dayBudgetUsd: number, now = new Date()): ApiError {
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return new ApiError(429, `Your ${dayBudgetUsd} US dollars for today are spent: go on after midnight UTC.`, {
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    retryAfterSeconds: Math.ceil((midnight - now.getTime()) / 1000),
  });
}

/** The rest of the day's money is set aside for turns of the same user that run now. */
function budgetTaken(): ApiError {
  return new ApiError(429, 'Your running turns have the rest of your money for today: wait until one has ended.', {
    type: 'insufficient_quota',
    code: 'budget_reserved',
    retryAfterSeconds: TAKEN_RETRY_SECONDS,
  });
}
