import fc from 'fast-check';
import { credentialScheme, exposedToolName, MAX_TOOL_NAME_LENGTH, splitToolName } from '../../constructs/tenants';

describe("a tool's shown name", () => {
  test('is split into the halves it was made of, whatever underscores the tool has', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/),
        fc.stringMatching(/^[\w.-]{1,32}$/),
        (tenantId, tool) => {
          expect(splitToolName(exposedToolName(tenantId, tool) ?? '')).toEqual({ tenantId, tool });
        },
      ),
    );
  });

  test('has 64 characters at most: a longer one is not shown', () => {
    expect(exposedToolName('acme', 'x'.repeat(59))).toHaveLength(MAX_TOOL_NAME_LENGTH);
    expect(exposedToolName('acme', 'x'.repeat(60))).toBeUndefined();
    expect(exposedToolName('acme', '')).toBeUndefined();
  });
});

describe("a credential's scheme", () => {
  test.each([
    [{ key: 'K' }, 'Bearer'],
    [{ key: 'K', header: 'authorization' }, 'Bearer'],
    [{ key: 'K', header: 'X-API-Key' }, ''],
    [{ key: 'K', header: 'X-API-Key', scheme: 'token' }, 'token'],
    [{ key: 'K', scheme: '' }, ''],
  ])('of %j is %j', (credential, scheme) => {
    expect(credentialScheme(credential)).toBe(scheme);
  });
});
