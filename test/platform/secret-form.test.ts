import { SecretForm, SecretKind } from '../../constructs/platform/secret-form';
import { developmentValue } from '../../synth/development-secrets';

const database = { host: 'db.company.com', database: 'openwebui', user: 'open webui' };

test('in words, for tables and comments', () => {
  expect(SecretForm.hex(32).describe()).toBe('64 hexadecimal digits');
  expect(SecretForm.token().describe()).toBe('URL-safe token');
  expect(SecretForm.cookieSecret().describe()).toBe('URL-safe base64 of 32 bytes');
  expect(SecretForm.postgresUrl(database).describe()).toBe('postgresql:// URL of db.company.com/openwebui');
  expect(SecretForm.issuedBy('Anthropic').describe()).toBe('issued by Anthropic');
  expect(SecretForm.percentEncoded('REDIS_PASSWORD').describe()).toBe('REDIS_PASSWORD percent-encoded');
});

test('every kind has a value that a generator can write', () => {
  const forms = [
    SecretForm.hex(16),
    SecretForm.token(),
    SecretForm.cookieSecret(),
    SecretForm.postgresUrl(database),
    SecretForm.issuedBy('x'),
    SecretForm.percentEncoded('x'),
  ];
  expect(forms.map(({ kind }) => kind).sort()).toEqual(Object.values(SecretKind).sort());
  for (const form of forms) {
    expect(developmentValue(form)).not.toBe(developmentValue(form));
    expect(developmentValue(form)).not.toMatch(/\s/);
  }
});

test('a cookie secret decodes to the 32 bytes that oauth2-proxy wants', () => {
  const value = developmentValue(SecretForm.cookieSecret());
  expect(value).toMatch(/^[A-Za-z0-9_-]{43}=$/);
  expect(Buffer.from(value, 'base64url')).toHaveLength(32);
});

test('a token can stand in a URL, in redis.conf and in a JSON string as it is', () => {
  expect(developmentValue(SecretForm.token())).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('a database URL carries its login encoded', () => {
  const url = new URL(developmentValue(SecretForm.postgresUrl({ ...database, sslMode: 'disable' })));
  expect(decodeURIComponent(url.username)).toBe('open webui');
  expect(url.password.length).toBeGreaterThanOrEqual(32);
  expect(url.host).toBe('db.company.com:5432');
  expect(url.pathname).toBe('/openwebui');
  expect(url.searchParams.get('sslmode')).toBe('disable');
  expect(new URL(developmentValue(SecretForm.postgresUrl(database))).searchParams.get('sslmode')).toBe('require');
});
