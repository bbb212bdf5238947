import fc from 'fast-check';
import { FindingSeverity, type Tenant, TenantSpelling, tenantRules, validateTenants } from '../../constructs/tenants';
import { anyTenants } from './any-tenants';
import { GITHUB, GOOGLE, MICROSOFT, SEED_TENANTS } from './seed-tenants';

const ACME: Tenant = {
  tenantId: 'acme',
  displayName: 'Acme',
  mcpEndpoint: 'https://mcp.acme.example/mcp',
  allowedUsers: ['*@acme.example'],
};

/** A change to a right tenant, and what is said about it after `tenant "acme": `. */
interface Break {
  readonly rule: string;
  readonly change: object;
  readonly says: string;
}

const BREAKS: Break[] = [
  ...['Acme', 'a_b', '1acme', 'a'.repeat(32), '-a', 'ac me', 'acme\n'].map((tenantId) => {
    return { rule: 'tenant-id-form', change: { tenantId }, says: 'must be a lower-case letter and up to 30' };
  }),
  ...[' ', 'x'.repeat(101), 'a\u202eb', 'a\nb', '\ud800'].map((displayName) => {
    return { rule: 'display-name-form', change: { displayName }, says: 'write a name for people to read' };
  }),
  {
    rule: 'tenant-shape',
    change: { user: 'x' },
    says: '"user" is not a field: write one of tenantId, displayName, mcpEndpoint,',
  },
  { rule: 'tenant-shape', change: { allowed_users: [] }, says: '"allowed_users" is not a field: write allowedUsers' },
  { rule: 'tenant-shape', change: { displayName: undefined }, says: 'displayName is missing: write "Google"' },
  { rule: 'tenant-shape', change: { enabled: 'no' }, says: 'enabled is a text: write true or false, such as true' },
  { rule: 'endpoint-missing', change: { mcpEndpoint: undefined }, says: 'mcpEndpoint is missing: write the URL' },
  { rule: 'endpoint-missing', change: { mcpEndpoint: '' }, says: 'mcpEndpoint is missing: write the URL' },
  ...[
    ...[
      'ftp://a',
      'mcp-github:8002',
      'http:/a',
      'http:a',
      'http://',
      'http://a b',
      ' http://a',
      'http://a\n',
      'HTTP://a',
    ],
    ...[
      'http://a:99999',
      'http://a:0',
      'http:\\\\a',
      'http://a\\b',
      'http://bücher.example',
      'http://*.a',
      'javascript:1',
    ],
  ].map((mcpEndpoint) => {
    return { rule: 'endpoint-url', change: { mcpEndpoint }, says: 'is not an http or https URL: write one, as in' };
  }),
  ...['http://user@a/', 'http://user:pw@a/', 'http://@a/', 'ftp://user:pw@a', 'http:\\\\u:pw@a', 'u:pw@a/b'].map(
    (mcpEndpoint) => {
      return {
        rule: 'endpoint-credentials',
        change: { mcpEndpoint },
        says: 'has a user name or password in it: remove',
      };
    },
  ),
  ...['key', 'api_key', 'apiKey', 'access_token', 'accessToken', 'x-api-key', 'client_secret', 'sig'].map((name) => ({
    rule: 'endpoint-secret',
    change: { mcpEndpoint: `http://a/?x=1&${name}=s3cret` },
    says: `has the query parameter "${name}", which looks like a secret in a ConfigMap: remove it`,
  })),
  { rule: 'endpoint-fragment', change: { mcpEndpoint: 'http://a/#top' }, says: '"http://a/" has a fragment' },
  {
    rule: 'nobody-listed',
    change: { allowedUsers: undefined },
    says: 'it says of nobody that they may use it: give allowedUsers',
  },
  { rule: 'list-empty', change: { allowedUsers: [] }, says: 'allowedUsers is empty, which matches nothing: add' },
  { rule: 'list-empty', change: { allowedGroups: [] }, says: 'allowedGroups is empty' },
  { rule: 'list-empty', change: { tools: { allow: [] } }, says: 'tools.allow is empty' },
  { rule: 'list-empty', change: { tools: { deny: [] } }, says: 'tools.deny is empty' },
  {
    rule: 'list-repeats',
    change: { allowedUsers: ['a@b.c', 'x@y.z', 'a@b.c'] },
    says: 'allowedUsers has "a@b.c" twice: remove one',
  },
  {
    rule: 'list-repeats',
    change: { allowedGroups: ['ops', 'ops'] },
    says: 'allowedGroups has "ops" twice: remove one',
  },
  { rule: 'list-repeats', change: { tools: { deny: ['a', 'a'] } }, says: 'tools.deny has "a" twice: remove one' },
  ...[
    ['user-glob-double-star', '**@a.b', 'has two stars in a row: write one *'],
    ['user-glob-double-star', '**', 'has two stars in a row: write one *'],
    ['user-glob-ascii', '', 'is empty or has a space'],
    ['user-glob-ascii', 'a b@c.d', 'has a space'],
    ['user-glob-ascii', '*@bücher.example', 'an international domain in its xn-- form'],
    ['user-glob-ascii', '*@goog\u200ble.com', 'entry "*@goog\\u200ble.com" is empty or has'],
    ['user-glob-upper-case', '*@Google.com', 'has capital letters: write "*@google.com"'],
    ['user-glob-characters', '[a-z]@google.com', 'it is a glob, not a regular expression'],
    ['user-glob-characters', '^a@google.com$', 'it is a glob, not a regular expression'],
    ['user-glob-characters', 'a?@google.com', 'write * for any run of characters'],
    ['user-glob-characters', 'a@google\\.com', 'it is a glob, not a regular expression'],
    ['user-glob-characters', 'a@b.c,d@e.f', 'has a character that no address has'],
    ['user-glob-one-at', 'google.com', 'must have exactly one @: write a whole address'],
    ['user-glob-one-at', 'a@b@c.d', 'must have exactly one @'],
    ['user-glob-one-at', '*google*', 'must have exactly one @'],
    ['user-glob-any-domain', '*@*', 'admits every domain there is: write the domain, as in *@google.com'],
    ['user-glob-any-domain', 'admin@*', 'admits every domain there is'],
    ['user-glob-domain', '*@*google.com', 'has no clear domain: write it out'],
    ['user-glob-domain', '*@google.*', 'has no clear domain'],
    ['user-glob-domain', '*@goo*.com', 'has no clear domain'],
    ['user-glob-domain', '*@*.com', 'has no clear domain'],
    ['user-glob-domain', '*@.google.com', 'has no clear domain'],
    ['user-glob-domain', '*@google.com.', 'has no clear domain'],
    ['user-glob-domain', 'alice@', 'has no clear domain'],
    ['user-glob-local-part', '@google.com', 'matches no address before its @'],
    ['user-glob-local-part', '.*@google.com', 'a glob, not a regular expression'],
    ['user-glob-local-part', 'a..b@google.com', 'matches no address before its @'],
    ['user-glob-length', `${'a'.repeat(251)}@b.c`, 'has 255 characters, an address at most 254'],
    ['everyone-needs-groups', '*', '"*" gives the tenant to every signed-in user: add allowedGroups'],
  ].map(([rule = '', glob, says = '']) => ({ rule, change: { allowedUsers: [glob] }, says })),
  {
    rule: 'everyone-alone',
    change: { allowedUsers: ['a@b.c', '*'], allowedGroups: ['ops'] },
    says: 'allowedUsers has "*" next to other entries, which then decide nothing: remove "*" or the others',
  },
  ...[
    ['group-blank', '', 'is empty or has spaces around it'],
    ['group-blank', ' ops', 'is empty or has spaces around it'],
    ['group-comma', 'ops,dev', 'has a comma, at which the group header is split'],
    ['group-star', 'ops-*', 'has a *, but groups are compared exactly'],
    ['group-characters', 'o\u0000ps', 'entry "o\\u0000ps" is longer than 256 characters or has invisible ones'],
    ['group-characters', 'x'.repeat(257), 'is longer than 256 characters'],
  ].map(([rule = '', group, says = '']) => ({ rule, change: { allowedGroups: [group] }, says })),
  ...['', 'a/b', '../x', '..', '.', '..data', 'a b', 'x'.repeat(254), 'ключ'].map((key) => {
    return {
      rule: 'credential-key',
      change: { credential: { key } },
      says: 'credential.key cannot be a key of a Secret',
    };
  }),
  ...['ghp_abcdefgh', 'github_pat_1', 'sk-ant-api03-x', 'xoxb-1-2', 'AKIAABCDEFGH', 'eyJhbGciOi.e.s', 'glpat-1'].map(
    (key) => {
      return { rule: 'credential-key-secret', change: { credential: { key } }, says: 'looks like a secret itself' };
    },
  ),
  ...['', 'X Key', 'X-Key:', 'X-Key\r\nX-Evil', 'Schlüssel', 'a'.repeat(65)].map((header) => ({
    rule: 'credential-header',
    change: { credential: { key: 'K', header } },
    says: 'is not a header name: write one, as in Authorization or X-API-Key',
  })),
  ...[
    ...['Host', 'host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Cookie', 'Origin', 'Forwarded'],
    ...['X-OpenWebUI-User-Email', 'x-openwebui-user-jwt', 'X-OpenWebUI-User-Groups', 'X-Forwarded-For'],
    ...['Mcp-Session-Id', 'MCP-Protocol-Version', 'Proxy-Authorization', 'x-litellm-customer-id'],
  ].map((header) => ({
    rule: 'credential-header-reserved',
    change: { credential: { key: 'K', header } },
    says: `credential.header "${header}" belongs to the gateway or to HTTP itself`,
  })),
  ...['Bearer ', 'a b', 'Bearer\r\nX: y', 'ä'].map((scheme) => ({
    rule: 'credential-scheme',
    change: { credential: { key: 'K', scheme } },
    says: 'is not one word: write Bearer, Basic or token, or "" to send the secret alone',
  })),
  ...[
    [{ timeoutMs: 0 }, 'timeoutMs is 0: write a whole number of milliseconds from 100 to 900000'],
    [{ timeoutMs: 99 }, 'timeoutMs is 99'],
    [{ timeoutMs: 900_001 }, 'timeoutMs is 900001'],
    [{ timeoutMs: 1000.5 }, 'timeoutMs is 1000.5'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs is NaN'],
    [{ maxConcurrency: 0 }, 'maxConcurrency is 0: write a whole number of calls from 1 to 1000'],
    [{ maxConcurrency: -1 }, 'maxConcurrency is -1'],
    [{ maxConcurrency: 1001 }, 'maxConcurrency is 1001'],
    [
      { rateLimit: { perUserPerMinute: 0 } },
      'rateLimit.perUserPerMinute is 0: write a whole number of calls a minute from 1 to 6000',
    ],
    [{ rateLimit: { perUserPerMinute: Number.POSITIVE_INFINITY } }, 'rateLimit.perUserPerMinute is Infinity'],
  ].map(([change, says]) => ({ rule: 'number-range', change: change as object, says: says as string })),
  ...[
    ['tool-glob-double-star', { allow: ['a**'] }, 'tools.allow entry "a**" has two stars in a row: write one *'],
    ['tool-glob-characters', { allow: [''] }, 'is empty or has a character that no tool name has'],
    ['tool-glob-characters', { allow: ['a|b'] }, 'a glob, not a regular expression'],
    ['tool-glob-characters', { deny: ['delete?'] }, 'tools.deny entry "delete?" is empty or has a character'],
    ['tool-glob-characters', { deny: ['ein tool'] }, 'tools.deny entry "ein tool" is empty or has a character'],
    ['tool-deny-everything', { deny: ['*'] }, 'tools.deny "*" leaves no tool: write enabled: false'],
    ['tool-allowed-and-denied', { allow: ['a', 'b'], deny: ['b'] }, '"b" is in tools.allow and in tools.deny'],
    ['tool-name-length', { allow: ['x'.repeat(60)] }, 'names tools that are never shown: with its prefix, "acme_"'],
    ['tool-name-length', { deny: [`${'x'.repeat(60)}*`] }, '64 characters at most: shorten the entry or the tenantId'],
    ['tool-glob-prefixed', { allow: ['acme_search'] }, `begins with the tenant's own prefix`],
  ].map(([rule, tools, says]) => ({ rule: rule as string, change: { tools }, says: says as string })),
  {
    rule: 'endpoint-waiver-unused',
    change: { sharesEndpoint: true },
    says: 'sharesEndpoint is true but no other enabled',
  },
];

const SET_RULES = ['tenant-id-unique', 'endpoint-shared', 'endpoint-shared-knowingly'];

describe('a tenant that breaks a rule', () => {
  test.each(BREAKS)('$rule: $change', ({ rule, change, says }) => {
    const findings = validateTenants([{ ...ACME, ...change }]);
    expect(findings.map(({ ruleId }) => ruleId)).toEqual([rule]);
    const name = JSON.stringify({ ...ACME, ...change }.tenantId);
    expect(findings[0]?.message.startsWith(`tenant ${name}: `)).toBe(true);
    expect(findings[0]?.message).toContain(says);
  });

  test('there is such a tenant for every rule', () => {
    const broken = new Set([...BREAKS.map(({ rule }) => rule), ...SET_RULES]);
    expect([...broken].sort()).toEqual(
      tenantRules()
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('is told what to write instead, for every rule', () => {
    for (const { change } of BREAKS) {
      for (const { message } of validateTenants([{ ...ACME, ...change }])) {
        expect(message).toMatch(/: .*\b(write|give|add|remove|keep|shorten)\b/);
      }
    }
  });

  test('never has a secret repeated in its message', () => {
    const secrets = [
      { mcpEndpoint: 'http://user:s3cret@a/' },
      { mcpEndpoint: 'ftp://user:s3cret@a/' },
      { mcpEndpoint: 'http://a/?token=s3cret' },
      { mcpEndpoint: 'http:/a?token=s3cret' },
      { mcpEndpoint: 'http://a/#s3cret' },
      { credential: { key: 'sk-s3cret' } },
      { credential: { key: 's3cret!' } },
      { credential: 's3cret' as unknown as { key: string } },
    ];
    for (const change of secrets) {
      const findings = validateTenants([{ ...ACME, ...change }]);
      expect(findings).toHaveLength(1);
      expect(findings[0]?.message).not.toContain('s3cret');
    }
  });

  test('has all its faults reported at once, each list entry for itself', () => {
    const wrong = {
      ...ACME,
      displayName: '',
      mcpEndpoint: 'nowhere',
      allowedUsers: ['*@*', 'Bob@acme.example', '*@acme.example'],
      timeoutMs: -1,
    };
    expect(validateTenants([wrong]).map(({ ruleId }) => ruleId)).toEqual([
      'display-name-form',
      'endpoint-url',
      'number-range',
      'user-glob-any-domain',
      'user-glob-upper-case',
    ]);
  });

  test('is spoken of in the words of the file, where the file is what its reader edits', () => {
    const messages = validateTenants([{ ...ACME, allowedUsers: ['*'], timeoutMs: 1 }], TenantSpelling.FILE);
    expect(messages.map(({ message }) => message)).toEqual([
      'tenant "acme": timeout_ms is 1: write a whole number of milliseconds from 100 to 900000',
      'tenant "acme": allowed_users "*" gives the tenant to every signed-in user: add allowed_groups, ' +
        'or write the domains, as in *@google.com',
    ]);
  });

  test.each([[null], [undefined], [7], ['acme'], [[]]])('%j instead of a tenant is a sentence', (value) => {
    const [only, ...others] = validateTenants([value as unknown as Tenant]);
    expect(only?.message).toMatch(/^tenants\[0\] is .*: write an object with tenantId, displayName,/);
    expect(others).toEqual([]);
  });
});

describe('a right tenant', () => {
  test.each([
    { mcpEndpoint: 'http://mcp-github:8002' },
    { mcpEndpoint: 'http://mcp-github.tools.svc.cluster.local./mcp?readonly=1' },
    { mcpEndpoint: 'http://10.0.0.1:8000/@scope/server' },
    { mcpEndpoint: 'http://[fd00::1]:8000/' },
    { mcpEndpoint: 'https://xn--bcher-kva.example/mcp' },
    { mcpEndpoint: 'https://a.example/mcp?monkey=1&keyboard=de' },
    { allowedUsers: ['alice@google.com', '*@google.com', '*-admin@x.y', '*@*.google.com', 'a@localhost'] },
    { allowedUsers: ['alice_contoso.com#ext#@company.onmicrosoft.com', "o'brien+x@x.y"] },
    { allowedUsers: ['*'], allowedGroups: ['developers'] },
    { allowedUsers: undefined, allowedGroups: ['Ärzte & Pfleger', '6f9619ff-8b86-d011-b42d-00c04fc964ff'] },
    { credential: { key: 'GITHUB_TOKEN' } },
    { credential: { key: 'a.b-c_D', header: 'X-API-Key', scheme: '' } },
    { credential: { key: 'JIRA', scheme: 'Basic' } },
    { tools: { allow: ['*'] } },
    { tools: { allow: ['search_*', 'a/b.c-d'], deny: ['*delete*'] } },
    { tools: { allow: ['x'.repeat(59)] } },
    { timeoutMs: 100, maxConcurrency: 1, rateLimit: { perUserPerMinute: 1 } },
    { timeoutMs: 900_000, maxConcurrency: 1_000, rateLimit: { perUserPerMinute: 6_000 } },
    { tenantId: 'a', enabled: false },
    { tenantId: 'a'.repeat(31), displayName: '日本 😀' },
  ])('%j breaks no rule', (change) => {
    expect(validateTenants([{ ...ACME, ...change } as Tenant])).toEqual([]);
  });

  test('is what the generator of the other tests makes: no errors in any of its sets', () => {
    fc.assert(
      fc.property(anyTenants, (tenants) => {
        const errors = validateTenants(tenants).filter(({ severity }) => severity === FindingSeverity.ERROR);
        expect(errors).toEqual([]);
      }),
    );
  });
});

describe('tenants together', () => {
  test('of one name are refused, once for each name', () => {
    const others = [GITHUB, { ...GITHUB, mcpEndpoint: 'http://b' }, { ...GITHUB, mcpEndpoint: 'http://c' }, ACME];
    expect(validateTenants(others)).toEqual([
      {
        ruleId: 'tenant-id-unique',
        severity: FindingSeverity.ERROR,
        tenantId: 'github',
        message: 'tenant "github": there are 3 tenants of this name: give each a tenantId of its own',
      },
    ]);
  });

  test('that share a server are refused: filtering is not data isolation', () => {
    const google = { ...GOOGLE, sharesEndpoint: undefined };
    const microsoft = { ...MICROSOFT, sharesEndpoint: undefined, mcpEndpoint: 'http://mcp-filesystem:8001/' };
    expect(validateTenants([google, microsoft, GITHUB]).map(({ severity, message }) => [severity, message])).toEqual([
      [
        FindingSeverity.ERROR,
        'tenant "google": it shares mcpEndpoint "http://mcp-filesystem:8001" with "microsoft"; filtering who may call ' +
          'a server does not separate the data behind it: give each tenant a server of its own, or write ' +
          'sharesEndpoint: true on each that may share',
      ],
      [FindingSeverity.ERROR, expect.stringMatching(/^tenant "microsoft": it shares .* with "google"/)],
    ]);
  });

  test('that share a server, and say so, are warned about', () => {
    expect(validateTenants(SEED_TENANTS).map(({ ruleId, severity, tenantId }) => [ruleId, severity, tenantId])).toEqual(
      [
        ['endpoint-shared-knowingly', FindingSeverity.WARNING, 'google'],
        ['endpoint-shared-knowingly', FindingSeverity.WARNING, 'microsoft'],
      ],
    );
  });

  test('cannot be made to share by one of them alone', () => {
    const findings = validateTenants([GOOGLE, { ...MICROSOFT, sharesEndpoint: false }]);
    expect(findings.map(({ ruleId, tenantId }) => `${ruleId} ${tenantId}`)).toEqual([
      'endpoint-shared microsoft',
      'endpoint-shared-knowingly google',
    ]);
  });

  test('do not share with a disabled one', () => {
    const findings = validateTenants([
      { ...GOOGLE, sharesEndpoint: undefined },
      { ...MICROSOFT, enabled: false },
    ]);
    expect(findings).toEqual([]);
  });

  test('share a server also when only a trailing slash, the default port or capitals in the host differ', () => {
    const endpoints = ['http://a/mcp', 'http://a/mcp/', 'http://A:80/mcp'];
    const tenants = endpoints.map((mcpEndpoint, i) => ({ ...ACME, tenantId: `t${i}`, mcpEndpoint }));
    expect(validateTenants(tenants).map(({ ruleId }) => ruleId)).toEqual(Array(3).fill('endpoint-shared'));
  });

  test('do not share when path, query, port or scheme differ', () => {
    const endpoints = [
      'http://a',
      'https://a',
      'http://a:81',
      'http://a/x',
      'http://a/?x=1',
      'http://a/?x=2',
      'http://b',
    ];
    const tenants = endpoints.map((mcpEndpoint, i) => ({ ...ACME, tenantId: `t${i}`, mcpEndpoint }));
    expect(validateTenants(tenants)).toEqual([]);
  });

  test('are named up to three in a message, however many share', () => {
    const tenants = ['a', 'b', 'c', 'd', 'e', 'f'].map((tenantId) => ({ ...ACME, tenantId }));
    expect(validateTenants(tenants)[0]?.message).toContain('with "b", "c", "d" and 2 more;');
  });
});
