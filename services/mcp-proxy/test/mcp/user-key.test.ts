import type { Caller } from '../../src/identity/caller';
import { userKeyOf } from '../../src/mcp/user-key';

const keyOf = (userId: string, email: string) => userKeyOf({ userId, email } as Caller);

test.each([
  ['another id', 'id', 'a@example.com', 'id-2', 'a@example.com'],
  ['the same id at another address', 'id', 'a@example.com', 'id', 'b@example.com'],
  ['an id that runs into the address', 'id', 'x a@example.com', 'id x', 'a@example.com'],
])('%s is another user', (_, id, email, otherId, otherEmail) => {
  expect(keyOf(id, email)).not.toBe(keyOf(otherId, otherEmail));
});

test('the same id at the same address is the same user', () => {
  expect(keyOf('id', 'a@example.com')).toBe(keyOf('id', 'a@example.com'));
});
