import { parseEmail } from '../../constructs/tenants/email';
import { UserList } from '../../constructs/tenants/user-list';

function entryFor(entries: string[], address: string): string | undefined {
  const email = parseEmail(address);
  return email && new UserList(entries).entryFor(email);
}

describe('an e-mail address', () => {
  test('is lowered, and split at its @', () => {
    expect(parseEmail('Alice@Google.COM')).toEqual({ address: 'alice@google.com', domain: 'google.com' });
  });

  test.each([[''], ['alice'], ['@google.com'], ['alice@'], ['a@b@google.com'], ['a b@google.com'], ['a@google.com\n']])(
    '%j is none',
    (text) => {
      expect(parseEmail(text)).toBeUndefined();
    },
  );

  test('keeps letters outside ASCII: no look-alike becomes an ASCII letter', () => {
    expect('a@mar\u212Aet.com'.toLowerCase()).toBe('a@market.com');
    expect(parseEmail('A@MAR\u212AET.com')?.domain).toBe('mar\u212Aet.com');
    expect(parseEmail('Jürgen@Google.com')?.address).toBe('jürgen@google.com');
  });
});

describe('a list of users', () => {
  test.each([
    ['*@google.com', 'alice@google.com', true],
    ['*@google.com', 'ALICE@GOOGLE.COM', true],
    ['*@google.com', 'jürgen@google.com', true],
    ['*@google.com', 'a@google.com.evil', false],
    ['*@google.com', 'a@b@google.com', false],
    ['*@google.com', 'a@notgoogle.com', false],
    ['*@google.com', 'a@eu.google.com', false],
    ['*@google.com', '@google.com', false],
    ['alice@google.com', 'alice@google.com', true],
    ['alice@google.com', 'malice@google.com', false],
    ['*-admin@google.com', 'bob-admin@google.com', true],
    ['*-admin@google.com', 'bob-admin@microsoft.com', false],
    ['*-admin@google.com', 'bob@google.com', false],
    ['*@*.google.com', 'a@eu.google.com', true],
    ['*@*.google.com', 'a@google.com', false],
    ['*@*.google.com', 'a@notgoogle.com', false],
    ['*', 'anyone@anywhere.org', true],
    ['*', 'nobody', false],
    ['o.brien@x.com', 'oxbrien@x.com', false],
  ])('%s and the user %s: %s', (entry, address, matches) => {
    expect(entryFor([entry], address)).toBe(matches ? entry : undefined);
  });

  test('names the entry that matched, the most exact first', () => {
    const entries = ['*', '*-admin@google.com', '*@google.com', 'bob-admin@google.com'];
    expect(entryFor(entries, 'bob-admin@google.com')).toBe('bob-admin@google.com');
    expect(entryFor(entries, 'eve-admin@google.com')).toBe('*@google.com');
    expect(entryFor(entries, 'eve@elsewhere.org')).toBe('*');
  });
});
