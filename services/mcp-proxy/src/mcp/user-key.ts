import { createHmac, randomBytes } from 'node:crypto';
import type { Caller } from '../identity/caller';

/** Known to this process only, so that the key of a session tells no server who the user is. */
const SECRET = randomBytes(32);

/** One user at one e-mail address: an answer or a cancellation counts only from whom the question went to. */
export function userKeyOf({ userId, email }: Caller): string {
  return `${userId} ${email}`;
}

/** Callers are remembered from one request to the next, and so is this. */
const known = new WeakMap<Caller, string>();

/** What separates the users in upstreams that keep a state for each session. */
export function sessionKeyOf(caller: Caller): string {
  let key = known.get(caller);
  if (key === undefined) {
    key = createHmac('sha256', SECRET).update(userKeyOf(caller)).digest('base64url');
    known.set(caller, key);
  }
  return key;
}
