import { ProtectedResource } from '../../src/identity/protected-resource';
import { RefusalReason } from '../../src/identity/refusal';

const resource = new ProtectedResource('https://tools.company.com', 'https://login.example/v2.0');

it('tells where to get a token (RFC 9728)', () => {
  expect(JSON.parse(resource.metadata('/mcp') ?? '')).toEqual({
    resource: 'https://tools.company.com/mcp',
    authorization_servers: ['https://login.example/v2.0'],
    bearer_methods_supported: ['header'],
    resource_name: 'MCP Proxy Gateway',
  });
  expect(resource.metadata('')).toContain('"https://tools.company.com"');
});

it('tells it of every tenant that could be, so that nobody learns which there are', () => {
  expect(resource.metadata('/mcp/google')).toBe(resource.metadata('/mcp/github')?.replace('github', 'google'));
});

it.each(['/other', '/mcp/', '/mcp/a/b', '/mcp/A', '/mcp/../x', '/mcp?x', '/mcp/"', 'mcp'])('knows no %j', (path) => {
  expect(resource.metadata(path)).toBeUndefined();
});

it('challenges with the place of the metadata (RFC 9728, 5.1), and an error only where a token was sent', () => {
  expect(resource.challenge('/mcp/google', { refused: RefusalReason.NO_CREDENTIAL })).toBe(
    'Bearer resource_metadata="https://tools.company.com/.well-known/oauth-protected-resource/mcp/google"',
  );
  expect(resource.challenge('/mcp', { refused: RefusalReason.ACCESS_TOKEN, detail: 'x' })).toBe(
    'Bearer error="invalid_token", resource_metadata="https://tools.company.com/.well-known/oauth-protected-resource/mcp"',
  );
});

it('puts nothing of the path of a request into a header', () => {
  const challenge = resource.challenge('/mcp/"\r\nx: y', { refused: RefusalReason.WRONG_KEY });
  expect(challenge).not.toMatch(/[\r\n]|x: y/);
});

it('without an issuer has neither', () => {
  const alone = new ProtectedResource('https://tools.company.com');
  expect(alone.metadata('/mcp')).toBeUndefined();
  expect(alone.challenge('/mcp', { refused: RefusalReason.NO_CREDENTIAL })).toBe('Bearer');
});
