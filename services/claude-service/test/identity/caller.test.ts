import { BearerKeys } from '../../../runtime/bearer-keys';
import { FixedSecret } from '../../../runtime/secret-source';
import { type Environment, readSettings } from '../../../runtime/settings';
import { UserTokenVerifier } from '../../../runtime/user-token';
import { CallerCheck, createCallerCheck } from '../../src/identity/caller';
import { SETTINGS } from '../../src/settings';
import { KEY, SECRET, userToken } from '../http/api-under-test';

const keys = new BearerKeys(new FixedSecret(KEY));

function userOf(check: CallerCheck, headers: { [name: string]: string }) {
  return check.identify({ authorization: `Bearer ${KEY}`, ...headers });
}

describe('without a secret that signs users', () => {
  const development = new CallerCheck(keys, undefined, true);
  const forgotten = new CallerCheck(keys, undefined, false);

  test.each<[string, { [name: string]: string }, string | undefined]>([
    ['the header of Open WebUI', { 'x-openwebui-user-id': 'ada' }, 'ada'],
    ['the header of LiteLLM', { 'x-litellm-customer-id': 'ada' }, 'ada'],
    ['both headers', { 'x-openwebui-user-id': 'ada', 'x-litellm-customer-id': 'bob' }, 'ada'],
    ['an empty header', { 'x-openwebui-user-id': '' }, undefined],
    ['the longest id', { 'x-openwebui-user-id': 'a'.repeat(256) }, 'a'.repeat(256)],
    ['an id that is too long', { 'x-openwebui-user-id': 'a'.repeat(257) }, undefined],
    ['a token that nobody can check', { 'x-openwebui-user-jwt': userToken('ada') }, undefined],
    ['no header', {}, undefined],
  ])('%s is believed in development only', (_, headers, user) => {
    expect(userOf(development, headers).user?.id).toBe(user);
    expect(userOf(forgotten, { ...headers, 'x-openwebui-user-groups': 'ops' })).toEqual({});
  });

  test('a user in development is no administrator, and has the groups that the header lists', () => {
    expect(userOf(development, { 'x-openwebui-user-id': 'ada', 'x-openwebui-user-groups': 'ops' })).toEqual({
      user: { id: 'ada', email: 'ada', name: 'ada', role: 'user' },
      groups: 'ops',
    });
  });

  test('groups without a user count for nothing', () => {
    expect(userOf(development, { 'x-openwebui-user-groups': 'ops' })).toEqual({});
  });

  test('the key is needed all the same', () => {
    expect(() => development.identify({ 'x-openwebui-user-id': 'ada' })).toThrow('service key');
  });
});

test('where users are signed, no plain header is believed, whatever the switch for development says', () => {
  const signed = new CallerCheck(keys, new UserTokenVerifier(new FixedSecret(SECRET)), true);
  expect(() => userOf(signed, { 'x-openwebui-user-id': 'ada' })).toThrow('Plain user headers are refused');
  expect(userOf(signed, { 'x-litellm-customer-id': 'ada' })).toEqual({});
  const tooLong = { 'x-openwebui-user-jwt': userToken('a'.repeat(257)) };
  expect(() => userOf(signed, tooLong)).toThrow('X-OpenWebUI-User-Jwt is refused');
});

describe('the variables', () => {
  const least = { CLAUDE_SERVICE_KEY: KEY, ANTHROPIC_API_KEY: 'a' };
  const signed = { FORWARD_USER_INFO_HEADER_JWT_SECRET: SECRET };
  const check = (env: Environment) => createCallerCheck(readSettings(SETTINGS, { ...least, ...env }));

  test('of a rotation: both keys and both secrets count', () => {
    const rotated = check({
      CLAUDE_SERVICE_KEY_PREVIOUS: 'the-key-before',
      FORWARD_USER_INFO_HEADER_JWT_SECRET: 'the-secret-after',
      FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS: SECRET,
    });
    for (const key of [KEY, 'the-key-before']) {
      for (const secret of [SECRET, 'the-secret-after']) {
        const headers = { authorization: `Bearer ${key}`, 'x-openwebui-user-jwt': userToken('ada', {}, secret) };
        expect(rotated.identify(headers).user?.id).toBe('ada');
      }
    }
    const forged = { 'x-openwebui-user-jwt': userToken('ada', {}, 'another') };
    expect(() => userOf(rotated, forged)).toThrow('signature');
  });

  test('of the longest life of a token', () => {
    const headers = { 'x-openwebui-user-jwt': userToken('ada') };
    expect(userOf(check(signed), headers).user?.id).toBe('ada');
    const short = check({ ...signed, FORWARD_USER_INFO_HEADER_JWT_EXPIRES_SECONDS: '299' });
    expect(() => userOf(short, headers)).toThrow('lifetime');
  });

  test('of development', () => {
    const headers = { 'x-openwebui-user-id': 'ada' };
    expect(userOf(check({}), headers)).toEqual({});
    expect(userOf(check({ TRUST_PLAIN_USER_HEADERS: 'true' }), headers).user?.id).toBe('ada');
  });
});
