import fc from 'fast-check';
import { McpProtocol, parseTenants, renderTenants, type Tenant } from '../../constructs/tenants';
import { anyTenants } from './any-tenants';
import { SEED_JSON, SEED_TENANTS } from './seed-tenants';

const byId = (tenants: Tenant[]) => [...tenants].sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
const entry = (fields: object) => ({ acme: { tenant_id: 'acme', display_name: 'Acme', ...fields } });
const errorsOf = (fields: object) => parseTenants(entry(fields)).errors;

describe('tenants.json', () => {
  test("is the seed's text, field for field", () => {
    expect(renderTenants(SEED_TENANTS)).toBe(SEED_JSON);
    expect(parseTenants(SEED_JSON)).toEqual({ tenants: byId(SEED_TENANTS), errors: [] });
  });

  test('shows every field that was given, in one order, and no other but enabled', () => {
    const whole: Required<Tenant> = {
      sharesEndpoint: false,
      rateLimit: { perUserPerMinute: 60 },
      maxConcurrency: 8,
      timeoutMs: 30_000,
      tools: { deny: ['delete_*'], allow: ['search_*', 'read_*'] },
      credential: { scheme: '', header: 'X-API-Key', key: 'ACME_KEY' },
      protocol: McpProtocol.SSE,
      allowedGroups: ['ops'],
      allowedUsers: Array.from({ length: 6 }, (_, i) => `employee-${i}@acme.example`),
      enabled: false,
      mcpEndpoint: 'https://mcp.acme.example/mcp',
      displayName: 'Acme',
      tenantId: 'acme',
    };
    expect(renderTenants([whole])).toBe(`{
  "acme": {
    "tenant_id": "acme",
    "display_name": "Acme",
    "mcp_endpoint": "https://mcp.acme.example/mcp",
    "enabled": false,
    "allowed_users": [
      "employee-0@acme.example",
      "employee-1@acme.example",
      "employee-2@acme.example",
      "employee-3@acme.example",
      "employee-4@acme.example",
      "employee-5@acme.example"
    ],
    "allowed_groups": ["ops"],
    "protocol": "sse",
    "credential": {"key": "ACME_KEY", "header": "X-API-Key", "scheme": ""},
    "tools": {"allow": ["search_*", "read_*"], "deny": ["delete_*"]},
    "timeout_ms": 30000,
    "max_concurrency": 8,
    "rate_limit": {"per_user_per_minute": 60},
    "shares_endpoint": false
  }
}
`);
    expect(parseTenants(renderTenants([whole]))).toEqual({ tenants: [whole], errors: [] });
    expect(renderTenants([{ tenantId: 'a', displayName: 'A' }])).toBe(
      '{\n  "a": {\n    "tenant_id": "a",\n    "display_name": "A",\n    "enabled": true\n  }\n}\n',
    );
    expect(renderTenants([])).toBe('{}\n');
  });

  test('is read back without loss, as text and as object', () => {
    fc.assert(
      fc.property(anyTenants, (tenants) => {
        const text = renderTenants(tenants);
        const expected = byId(tenants).map((tenant) => ({ ...tenant, enabled: tenant.enabled ?? true }));
        expect(parseTenants(text)).toEqual({ tenants: expected, errors: [] });
        expect(parseTenants(JSON.parse(text))).toEqual({ tenants: expected, errors: [] });
        expect(renderTenants(parseTenants(text).tenants)).toBe(text);
      }),
    );
  });

  test('is the same text for the same tenants in any order', () => {
    fc.assert(
      fc.property(anyTenants, (tenants) => {
        expect(renderTenants([...tenants].reverse())).toBe(renderTenants(tenants));
      }),
    );
  });
});

describe('a wrong tenants.json', () => {
  test.each([['[]'], ['null'], ['"google"'], ['7']])('%s is no object of tenants', (json) => {
    const error = 'tenants must be an object keyed by tenant id: write {"google": {...}}';
    expect(parseTenants(json)).toEqual({ tenants: [], errors: [error] });
    expect(parseTenants(undefined).errors).toEqual([error]);
  });

  test('says where its syntax ends', () => {
    expect(parseTenants('{"google": {,}}')).toEqual({
      tenants: [],
      errors: ['line 1, column 13: , stands where a key in double quotes must stand'],
    });
  });

  test('does not let a second tenant of one name replace the first', () => {
    const twice = `{"acme": ${JSON.stringify(entry({}).acme)}, "acme": ${JSON.stringify(entry({}).acme)}}`;
    expect(parseTenants(twice).errors).toEqual([
      expect.stringMatching(/the key "acme" is given twice \(first on line 1\): keep one of them/),
    ]);
  });

  test('has its key as tenant_id', () => {
    expect(parseTenants({ acme: { tenant_id: 'other', display_name: 'Acme' } })).toEqual({
      tenants: [],
      errors: ['tenant "acme": tenant_id is "other": write the key of the entry, "acme"'],
    });
  });

  test.each<[object, string]>([
    [
      { allowed_user: [] },
      '"allowed_user" is not a field: write one of tenant_id, display_name, mcp_endpoint, enabled, allowed_users, ' +
        'allowed_groups, protocol, credential, tools, timeout_ms, max_concurrency, rate_limit, shares_endpoint, or remove it',
    ],
    [{ allowedUsers: ['*@a.com'] }, '"allowedUsers" is not a field: write allowed_users'],
    [
      { credential: { key: 'K', value: 's3cret' } },
      '"credential.value" is not a field: write one of key, header, scheme, or remove it',
    ],
    [{ credential: {} }, 'credential.key is missing: write "GITHUB_TOKEN"'],
    [
      { rate_limit: { perUserPerMinute: 5 } },
      '"rate_limit.perUserPerMinute" is not a field: write per_user_per_minute',
    ],
    [{ tenant_id: 7 }, 'tenant_id is the number 7: write a text, such as "google"'],
    [{ enabled: 'yes' }, 'enabled is a text: write true or false, such as true'],
    [{ enabled: null }, 'enabled is null: write true or false, such as true, or leave the field out'],
    [{ allowed_users: '*@a.com' }, 'allowed_users is a text: write a list of texts, such as ["*@google.com"]'],
    [
      { allowed_groups: ['ops', 7] },
      'allowed_groups is a list whose entry 2 is the number 7: write a list of texts, such as ["google-employees"]',
    ],
    [{ protocol: 'stdio' }, 'protocol is "stdio": write one of auto, streamable-http, sse, openapi, such as "auto"'],
    [{ protocol: 1 }, 'protocol is the number 1: write one of auto, streamable-http, sse, openapi, such as "auto"'],
    [{ tools: ['search'] }, 'tools is a list: write an object, such as an object with "allow" or "deny"'],
    [{ tools: { allow: {} } }, 'tools.allow is an object: write a list of texts, such as ["search_*"]'],
    [{ timeout_ms: '30' }, 'timeout_ms is a text: write a number, such as 60000'],
    [{ max_concurrency: true }, 'max_concurrency is true: write a number, such as 32'],
  ])('%j is refused with a sentence', (fields, sentence) => {
    expect(errorsOf(fields)).toContain(`tenant "acme": ${sentence}`);
    expect(parseTenants(entry(fields)).tenants).toEqual([]);
  });

  test('never repeats a text that stands where an object belongs: it may be a secret', () => {
    expect(errorsOf({ credential: 'ghp_realsecret' }).join()).not.toContain('ghp_realsecret');
  });

  test('has all its faults reported at once, and the right tenants read', () => {
    const { tenants, errors } = parseTenants({
      good: { tenant_id: 'good', display_name: 'Good' },
      list: [],
      nothing: null,
      bad: { display_name: 7, enabled: 1 },
    });
    expect(tenants.map(({ tenantId }) => tenantId)).toEqual(['good']);
    expect(errors.map((error) => error.split(':')[0])).toEqual([
      'tenant "list" is a list',
      'tenant "nothing" is null',
      'tenant "bad"',
      'tenant "bad"',
      'tenant "bad"',
    ]);
  });

  test('is answered with sentences, never with an exception, whatever it is', () => {
    const fields = [
      'tenant_id',
      'display_name',
      'allowed_users',
      'tools',
      'credential',
      'rate_limit',
      '__proto__',
      'x',
    ];
    const odd = fc.dictionary(
      fc.constantFrom('acme', '__proto__', ''),
      fc.dictionary(fc.constantFrom(...fields), fc.anything()),
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), odd), (json) => {
        for (const error of parseTenants(json).errors) expect(error).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
      }),
    );
  });
});
