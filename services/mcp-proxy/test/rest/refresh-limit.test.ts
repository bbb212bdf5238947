import type { Caller } from '../../src/identity/caller';
import { RefreshLimit } from '../../src/rest/refresh-limit';

const user = (userId: string) => ({ userId, email: `${userId}@example.com` }) as Caller;

test('a user may refresh six times a minute, whatever others did', () => {
  const limit = new RefreshLimit();
  const waits = (caller: Caller) => Array.from({ length: 7 }, () => limit.waitSeconds(caller) > 0);
  const SIX_THEN_WAIT = [...Array(6).fill(false), true];
  expect(waits(user('alice'))).toEqual(SIX_THEN_WAIT);
  expect(waits(user('bob'))).toEqual(SIX_THEN_WAIT);
});
