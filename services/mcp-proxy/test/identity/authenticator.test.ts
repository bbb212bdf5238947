import fc from 'fast-check';
import { AccessKind, compileTenants } from '../../../../constructs/tenants';
import { mintUserToken } from '../../../runtime/user-token';
import { Authenticator } from '../../src/identity/authenticator';
import { type Caller, CallerProof } from '../../src/identity/caller';
import { isRefusal, type Refusal, RefusalReason } from '../../src/identity/refusal';
import { ALICE, bearer, identitySettings, JWT_SECRET, KEY, PREVIOUS_KEY, tokenOf } from './open-webui';

const authenticator = new Authenticator(identitySettings());
const PLAIN = {
  'x-openwebui-user-email': 'admin@company.com',
  'x-openwebui-user-id': 'u-admin',
  'x-openwebui-user-role': 'admin',
  'x-openwebui-user-name': 'Admin',
};
const GROUPS = { 'x-openwebui-user-groups': 'developers,ops' };

type Headers = { readonly [name: string]: string };

function identify(headers: Headers, by = authenticator): Caller | Refusal {
  const identity = by.authenticate({ ...headers });
  if (identity instanceof Promise) throw new Error('the path of Open WebUI must not wait');
  return identity;
}

function reasonOf(headers: Headers, by = authenticator): RefusalReason | undefined {
  const identity = identify(headers, by);
  return isRefusal(identity) ? identity.refused : undefined;
}

describe('a request of Open WebUI', () => {
  it('is from the user of its token, with the groups of its header', () => {
    expect(identify({ ...bearer(KEY), ...tokenOf(ALICE), ...GROUPS })).toEqual({
      userId: 'u-alice',
      email: 'alice@google.com',
      role: 'user',
      groups: ['developers', 'ops'],
      proof: CallerProof.OPEN_WEBUI_TOKEN,
    });
  });

  it('may carry the previous key', () => {
    expect(identify({ ...bearer(PREVIOUS_KEY), ...tokenOf(ALICE) })).toMatchObject({ userId: 'u-alice' });
  });

  it('may have no groups: Open WebUI then sends an empty header', () => {
    expect(identify({ ...bearer(KEY), ...tokenOf(ALICE), 'x-openwebui-user-groups': '' })).toMatchObject({
      groups: [],
    });
    expect(identify({ ...bearer(KEY), ...tokenOf(ALICE) })).toMatchObject({ groups: [] });
  });

  it('is not made another user by plain headers beside the token', () => {
    expect(identify({ ...bearer(KEY), ...tokenOf(ALICE), ...PLAIN })).toEqual(
      identify({ ...bearer(KEY), ...tokenOf(ALICE) }),
    );
  });
});

describe('without the key', () => {
  it.each<[string, Headers]>([
    ['nothing', {}],
    ['a token of Open WebUI alone', tokenOf(ALICE)],
    ['plain headers alone', PLAIN],
    ['a groups header of the client’s choice', GROUPS],
    ['all of them', { ...PLAIN, ...GROUPS, ...tokenOf(ALICE) }],
    ['the key in other headers', { 'x-api-key': KEY, cookie: `token=${KEY}`, 'proxy-authorization': `Bearer ${KEY}` }],
  ])('%s is nobody', (_, headers) => expect(reasonOf(headers)).toBe(RefusalReason.NO_CREDENTIAL));

  it.each(['Bearer wrong', `Basic ${KEY}`, KEY, 'Bearer ', `Bearer ${KEY}x`, `Bearer ${JWT_SECRET}`])(
    '%j is refused with whatever beside it',
    (authorization) =>
      expect(reasonOf({ authorization, ...PLAIN, ...GROUPS, ...tokenOf(ALICE) })).toBe(RefusalReason.WRONG_KEY),
  );

  it('the user token is no key either', () => {
    expect(reasonOf(bearer(mintUserToken(ALICE, JWT_SECRET)))).toBe(RefusalReason.WRONG_KEY);
  });
});

describe('with the key alone', () => {
  it('a caller is a program, whatever groups it says to have', () => {
    const program = { userId: '', email: '', groups: [], proof: CallerProof.KEY_ONLY };
    expect(identify(bearer(KEY))).toEqual(program);
    expect(identify({ ...bearer(KEY), ...GROUPS })).toEqual(program);
  });

  it('it sees no tenant, not even one for every group or address', () => {
    const policy = compileTenants([
      { tenantId: 'everyone', displayName: 'E', mcpEndpoint: 'http://a/mcp', allowedUsers: ['*@google.com'] },
      { tenantId: 'dev', displayName: 'D', mcpEndpoint: 'http://b/mcp', allowedGroups: ['developers'] },
    ]);
    const program = identify({ ...bearer(KEY), ...GROUPS }) as Caller;
    expect(policy.tenantsOf(program)).toEqual([]);
    expect(policy.decide(program, 'dev_search').kind).toBe(AccessKind.DENIED);
  });
});

describe('a user token that does not hold', () => {
  const old = mintUserToken(ALICE, JWT_SECRET, { now: () => Date.now() - 400_000 });
  const long = mintUserToken(ALICE, JWT_SECRET, { lifetimeSeconds: 301 });
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${old.split('.')[1]}.`;

  it.each<[string, string, string]>([
    ['expired', old, 'expired'],
    ['too long', long, 'lifetime'],
    ['of another secret', mintUserToken(ALICE, 'WEBUI_SECRET_KEY of Open WebUI'), 'signature'],
    ['unsigned', none, 'algorithm'],
    ['empty', '', 'malformed'],
    [
      'sent twice, as Node joins it',
      `${mintUserToken(ALICE, JWT_SECRET)}, ${mintUserToken(ALICE, JWT_SECRET)}`,
      'malformed',
    ],
  ])('refuses the request (%s) and never falls back to less', (_, token, detail) => {
    const headers = { ...bearer(KEY), ...GROUPS, 'x-openwebui-user-jwt': token };
    expect(identify(headers)).toEqual({ refused: RefusalReason.USER_TOKEN, detail });
    expect(identify({ ...headers, ...PLAIN })).toEqual({ refused: RefusalReason.USER_TOKEN, detail });
  });

  it('may live longer when Open WebUI is told so', () => {
    const longer = new Authenticator(identitySettings({ userTokenSeconds: 301 }));
    expect(identify({ ...bearer(KEY), 'x-openwebui-user-jwt': long }, longer)).toMatchObject({ userId: 'u-alice' });
  });

  it('is one that nobody can check, too', () => {
    const unset = new Authenticator(identitySettings({ userTokenSecret: undefined }));
    expect(reasonOf({ ...bearer(KEY), ...tokenOf(ALICE) }, unset)).toBe(RefusalReason.USER_TOKEN);
  });
});

describe('plain user headers', () => {
  it.each(Object.keys(PLAIN))('refuse the request (%s), so that a failed signature is no way in', (name) => {
    expect(reasonOf({ ...bearer(KEY), [name]: PLAIN[name as keyof typeof PLAIN] })).toBe(RefusalReason.PLAIN_HEADERS);
  });

  it('are refused without a signing secret as well', () => {
    const unset = new Authenticator(identitySettings({ userTokenSecret: undefined }));
    expect(reasonOf({ ...bearer(KEY), ...PLAIN }, unset)).toBe(RefusalReason.PLAIN_HEADERS);
  });

  describe('under TRUST_PLAIN_USER_HEADERS', () => {
    const trusting = new Authenticator(identitySettings({ userTokenSecret: undefined, trustPlainUserHeaders: true }));

    it('are believed, behind the key', () => {
      expect(identify({ ...bearer(KEY), ...PLAIN, ...GROUPS }, trusting)).toEqual({
        userId: 'u-admin',
        email: 'admin@company.com',
        role: 'admin',
        groups: ['developers', 'ops'],
        proof: CallerProof.PLAIN_HEADERS,
      });
      expect(reasonOf(PLAIN, trusting)).toBe(RefusalReason.NO_CREDENTIAL);
      expect(reasonOf({ ...PLAIN, authorization: 'Bearer x' }, trusting)).toBe(RefusalReason.WRONG_KEY);
    });

    it('need an address', () => {
      expect(reasonOf({ ...bearer(KEY), 'x-openwebui-user-id': 'u' }, trusting)).toBe(RefusalReason.PLAIN_HEADERS);
      expect(reasonOf({ ...bearer(KEY), 'x-openwebui-user-email': '' }, trusting)).toBe(RefusalReason.PLAIN_HEADERS);
    });
  });
});

it('no header but the key and the token decides who a caller is (property)', () => {
  const name = fc.constantFrom(
    ...Object.keys(PLAIN),
    ...Object.keys(GROUPS),
    'x-forwarded-email',
    'x-user-email',
    'cookie',
  );
  const others = fc.dictionary(name, fc.string(), { maxKeys: 6 });
  const proved = identify({ ...bearer(KEY), ...tokenOf(ALICE) }) as Caller;
  fc.assert(
    fc.property(others, (headers) => {
      expect(isRefusal(identify(headers))).toBe(true);
      const caller = identify({ ...headers, ...bearer(KEY), ...tokenOf(ALICE) }) as Caller;
      expect({ ...caller, groups: [] }).toEqual(proved);
      const behindKey = identify({ ...headers, ...bearer(KEY) });
      expect(isRefusal(behindKey) || behindKey.proof === CallerProof.KEY_ONLY).toBe(true);
    }),
  );
});
