import type { Caller } from '../identity/caller';

/** One user at one e-mail address: an answer or a cancellation counts only from whom the question went to. */
export function userKeyOf({ userId, email }: Caller): string {
  // With its length in front, no id can run into an address and become another user's key.
  return `${userId.length} ${userId} ${email}`;
}
