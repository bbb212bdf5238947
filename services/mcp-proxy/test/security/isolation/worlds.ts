import fc from 'fast-check';
import type { Tenant, ToolFilter } from '../../../../../constructs/tenants';
import { FailureKind } from '../../../src/upstream/upstream';

/** How a tenant's server behaves; one that was never reached has no catalogue either. */
export type ServerState = 'well' | 'error' | 'never reached' | FailureKind;

/** A tenant and the server behind it. */
export interface Place {
  readonly tenant: Tenant;
  readonly state: ServerState;
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
  readonly resources: readonly string[];
  /** Stands in everything that the server says, and in its credential. */
  readonly mark: string;
}

/** A user as the proved identity says. */
export interface Person {
  readonly email: string;
  readonly groups: readonly string[];
}

/** One thing that a caller asks: an HTTP request without who asks. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** Two worlds that are the same as far as A may see, and what A and others do there. */
export interface Worlds {
  readonly a: Person;
  readonly first: readonly Place[];
  readonly second: readonly Place[];
  readonly asks: readonly Ask[];
  /** What others do between A's requests: nothing in the first world. */
  readonly others: readonly { readonly who: Person; readonly ask: Ask }[];
}

export const TENANT_IDS = ['alpha', 'beta', 'gamma', 'a', 'a-b'];
const TOOLS = ['echo', 'read', 'b_echo', 'echo_read'];
const DOMAINS = ['one.example', 'two.example'];
const PEOPLE = ['alice', 'bob', 'alice-admin'].flatMap((name) => DOMAINS.map((domain) => `${name}@${domain}`));
const GROUPS = ['red', 'green', 'admin'];
const URIS = ['test://shared', 'test://alpha', 'test://b'];

/** The rule as the documents say it, written without the code under test: each list that is given must have a match. */
export function mayUse({ email, groups }: Person, { enabled, allowedUsers, allowedGroups }: Tenant): boolean {
  const domain = email.slice(email.indexOf('@'));
  const userFits = allowedUsers?.some((entry) => entry === '*' || entry === email || entry === `*${domain}`) ?? true;
  return enabled !== false && userFits && (allowedGroups?.some((group) => groups.includes(group)) ?? true);
}

const some = <Value>(values: readonly Value[], minLength = 0) => fc.subarray([...values], { minLength });

const users = fc.oneof(
  some(PEOPLE, 1),
  fc.constantFrom(...DOMAINS).map((domain): string[] => [`*@${domain}`]),
);

const access: fc.Arbitrary<Pick<Tenant, 'allowedUsers' | 'allowedGroups'>> = fc.oneof(
  users.map((allowedUsers) => ({ allowedUsers })),
  some(GROUPS, 1).map((allowedGroups) => ({ allowedGroups })),
  fc
    .tuple(fc.oneof(users, fc.constant<string[]>(['*'])), some(GROUPS, 1))
    .map(([allowedUsers, allowedGroups]) => ({ allowedUsers, allowedGroups })),
);

const filter: fc.Arbitrary<ToolFilter | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: some(TOOLS, 1).map((allow) => ({ allow })) },
  { weight: 1, arbitrary: fc.constant<ToolFilter>({ deny: ['*_*'] }) },
);

const state = fc.oneof(
  { weight: 4, arbitrary: fc.constant<ServerState>('well') },
  { weight: 3, arbitrary: fc.constantFrom<ServerState>('error', 'never reached', ...Object.values(FailureKind)) },
);

const place = (tenantId: string): fc.Arbitrary<Place> =>
  fc
    .record({
      access,
      state,
      filter,
      enabled: fc.boolean().map((drawn) => drawn || undefined),
      limit: fc.option(fc.constant({ perUserPerMinute: 2 }), { nil: undefined, freq: 3 }),
      tools: some(TOOLS),
      prompts: some(['ask']),
      resources: some(URIS),
      version: fc.nat(9),
    })
    .map(({ access: lists, state: drawn, filter: tools, enabled, limit, version, ...offered }) => ({
      ...offered,
      state: drawn,
      mark: `mark-of-${tenantId}-${version}-`,
      tenant: {
        tenantId,
        displayName: `Shown ${tenantId} ${version}`,
        mcpEndpoint: `http://${tenantId}-${version}.example.test/mcp`,
        enabled: enabled ?? version > 1,
        rateLimit: limit,
        credential: { key: `KEY-${version}` },
        tools,
        ...lists,
      },
    }));

const person: fc.Arbitrary<Person> = fc.record({ email: fc.constantFrom(...PEOPLE), groups: some(GROUPS) });

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

function rpc(path: string, modern: boolean, method: string, params: { readonly [key: string]: unknown }): Ask {
  const name = params.name ?? params.uri;
  const headers = modern
    ? {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      }
    : { 'mcp-protocol-version': '2025-11-25' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: modern ? { ...params, _meta: META } : params });
  return { method: 'POST', path, headers, body };
}

const get = (path: string): Ask => ({ method: 'GET', path, headers: {}, body: '' });
const post = (path: string, body: object): Ask => ({ method: 'POST', path, headers: {}, body: JSON.stringify(body) });

const tenantId = fc.constantFrom(...TENANT_IDS, 'absent');
const shownTool = fc.tuple(tenantId, fc.constantFrom(...TOOLS)).map(([id, tool]) => `${id}_${tool}`);
const path = fc.oneof(
  fc.constant('/mcp'),
  tenantId.map((id) => `/mcp/${id}`),
  fc.constant('/mcp?toolset=dynamic'),
);

const message = fc.oneof(
  { weight: 3, arbitrary: shownTool.map((name) => ({ method: 'tools/call', params: { name, arguments: {} } })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...TOOLS).map((name) => ({ method: 'tools/call', params: { name, arguments: {} } })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        'tools/list',
        'prompts/list',
        'resources/list',
        'resources/templates/list',
        'server/discover',
        'initialize',
      )
      .map((method) => ({ method, params: {} })),
  },
  { weight: 1, arbitrary: tenantId.map((id) => ({ method: 'prompts/get', params: { name: `${id}_ask` } })) },
  {
    weight: 1,
    arbitrary: tenantId.map((id) => ({
      method: 'completion/complete',
      params: { ref: { type: 'ref/prompt', name: `${id}_ask` }, argument: { name: 'x', value: '' } },
    })),
  },
  { weight: 1, arbitrary: fc.constantFrom(...URIS).map((uri) => ({ method: 'resources/read', params: { uri } })) },
  {
    weight: 1,
    arbitrary: shownTool.map((name) => ({
      method: 'tools/call',
      params: { name: 'call_tool', arguments: { name, arguments: {} } },
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...TENANT_IDS, ...TOOLS)
      .map((query) => ({ method: 'tools/call', params: { name: 'search_tools', arguments: { query } } })),
  },
);

const ask: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(path, fc.boolean(), message)
      .map(([at, modern, { method, params }]) => rpc(at, modern, method, params)),
  },
  { weight: 2, arbitrary: shownTool.map((name) => post(`/${name}`, {})) },
  { weight: 1, arbitrary: fc.constantFrom('/tools', '/tenants', '/openapi.json').map(get) },
  { weight: 1, arbitrary: shownTool.map((name) => post('/meta/call_tool', { name, arguments: {} })) },
  {
    weight: 1,
    arbitrary: some(TENANT_IDS, 1).map((ids) => post('/meta/describe_tools', { names: ids.map((id) => `${id}_echo`) })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...TENANT_IDS, ...TOOLS).map((query) => post('/meta/search_tools', { query })),
  },
  { weight: 1, arbitrary: fc.constant(post('/refresh', {})) },
);

const places = fc.tuple(...TENANT_IDS.map((id) => fc.option(place(id), { nil: undefined, freq: 6 })));

/** The second world keeps what A may use; whatever A may not use is drawn anew, as far as A may not use that either. */
export const worlds: fc.Arbitrary<Worlds> = fc
  .record({
    a: person,
    drawn: places,
    redrawn: places,
    asks: fc.array(ask, { minLength: 2, maxLength: 6 }),
    others: fc.array(fc.record({ who: person, ask }), { maxLength: 4 }),
  })
  .map(({ a, drawn, redrawn, asks, others }) => {
    const isHidden = (candidate: Place | undefined) => candidate === undefined || !mayUse(a, candidate.tenant);
    const exists = (candidate: Place | undefined): candidate is Place => candidate !== undefined;
    const second = drawn.map((known, index) => (isHidden(known) && isHidden(redrawn[index]) ? redrawn[index] : known));
    return {
      a,
      first: drawn.filter(exists),
      second: second.filter(exists),
      asks,
      others: others.filter(({ who }) => who.email !== a.email),
    };
  });
