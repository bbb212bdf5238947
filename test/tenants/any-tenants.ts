import fc from 'fast-check';
import { McpProtocol, type Tenant } from '../../constructs/tenants';

const DOMAINS = ['google.com', 'microsoft.com', 'eu.google.com', 'company.com', 'localhost'];
const LOCAL_PARTS = ['alice', 'bob', 'alice-admin', 'o.brien', 'x'];
export const GROUPS = ['developers', 'Developers', 'google-employees', 'Ärzte', 'ops & on call'];

/** An address of the small world the tenants live in, so that matches and near misses are both frequent. */
export const anyEmail = fc
  .tuple(fc.constantFrom(...LOCAL_PARTS), fc.constantFrom(...DOMAINS, 'google.com.evil', 'notgoogle.com'))
  .map(([local, domain]) => `${local}@${domain}`);

export const anyGroups = fc.uniqueArray(fc.constantFrom(...GROUPS), { maxLength: 3 });

const anyUserGlob = fc.oneof(
  fc.tuple(fc.constantFrom(...LOCAL_PARTS), fc.constantFrom(...DOMAINS)).map(([local, domain]) => `${local}@${domain}`),
  fc.tuple(fc.constantFrom('*', '*-admin', 'a*', '*.*'), fc.constantFrom(...DOMAINS)).map((half) => half.join('@')),
  fc.constantFrom('*@*.google.com', 'alice@*.google.com'),
);

const anyUsers = fc.uniqueArray(anyUserGlob, { minLength: 1, maxLength: 3 });
const someGroups = fc.uniqueArray(fc.constantFrom(...GROUPS), { minLength: 1, maxLength: 3 });

const anyLists = fc.oneof(
  anyUsers.map((allowedUsers) => ({ allowedUsers })),
  someGroups.map((allowedGroups) => ({ allowedGroups })),
  fc.record({ allowedUsers: fc.oneof(anyUsers, fc.constant<string[]>(['*'])), allowedGroups: someGroups }),
);

const anyToolGlob = fc.stringMatching(/^[a-zA-Z][a-z_.]{0,8}\*?$/);
const anyTools = fc
  .uniqueArray(anyToolGlob, { minLength: 2, maxLength: 6 })
  .chain((globs) =>
    fc.constantFrom<Tenant['tools']>(
      { allow: globs },
      { deny: globs },
      { allow: globs.slice(0, 1), deny: globs.slice(1) },
    ),
  );

const anyToken = fc.stringMatching(/^[A-Z][A-Z0-9_]{1,12}$/);
const anyDisplayName = fc.oneof(
  fc.constantFrom('Google', 'Ärzte & "Pfleger"', '日本 <支社>', '__proto__', 'back\\slash', '😀'),
  fc.stringMatching(/^[!-~]{1,100}$/),
);

const anyExtras = fc.record(
  {
    enabled: fc.boolean(),
    protocol: fc.constantFrom(...Object.values(McpProtocol)),
    credential: fc.record(
      { key: anyToken, header: fc.constantFrom('Authorization', 'X-API-Key'), scheme: fc.constantFrom('', 'token') },
      { requiredKeys: ['key'] },
    ),
    tools: anyTools,
    timeoutMs: fc.integer({ min: 100, max: 900_000 }),
    maxConcurrency: fc.integer({ min: 1, max: 1_000 }),
    rateLimit: fc.record({ perUserPerMinute: fc.integer({ min: 1, max: 6_000 }) }),
    sharesEndpoint: fc.constant(true),
  },
  { requiredKeys: [] },
);

/** Any tenant that breaks no rule, with a server of its own. */
export const anyTenant: fc.Arbitrary<Tenant> = fc
  .tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/), anyDisplayName, anyLists, anyExtras)
  .map(([tenantId, displayName, lists, extras]) => {
    return { tenantId, displayName, mcpEndpoint: `http://mcp-${tenantId}x:8000`, ...lists, ...extras };
  });

/** Any set of tenants that breaks no rule, in any order. */
export const anyTenants = fc.uniqueArray(anyTenant, { selector: ({ tenantId }) => tenantId, maxLength: 12 });
