import * as crypto from 'node:crypto';
import fc from 'fast-check';
import { FileSecret, FixedSecret } from '../secret-source';
import {
  mintUserToken,
  type OpenWebUiUser,
  UserTokenFault,
  type UserTokenOptions,
  UserTokenVerifier,
} from '../user-token';
import { KubernetesFolder, until } from './kubernetes-folder';

jest.mock('node:crypto', () => {
  const real = jest.requireActual('node:crypto');
  return { ...real, createHmac: jest.fn(real.createHmac), timingSafeEqual: jest.fn(real.timingSafeEqual) };
});

const SECRET = 'a-secret-of-its-own-with-more-than-32-bytes';
const NOW = 1_800_000_000;
const ALICE: OpenWebUiUser = { id: 'u-1', email: 'alice@company.com', name: 'Alice Größe', role: 'user' };
const CLAIMS = {
  sub: 'u-1',
  email: ALICE.email,
  name: ALICE.name,
  role: 'user',
  iss: 'open-webui',
  iat: NOW,
  exp: NOW + 300,
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (signed: string, secret = SECRET, algorithm = 'sha256') =>
  crypto.createHmac(algorithm, secret).update(signed).digest('base64url');

function token(claims: object = CLAIMS, header: object = { alg: 'HS256', typ: 'JWT' }, secret = SECRET): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign(signed, secret)}`;
}

function verify(given: string, options: UserTokenOptions = {}) {
  return new UserTokenVerifier(new FixedSecret(SECRET), { now: () => NOW * 1000, ...options }).verify(given);
}

const without = (claim: string) => Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));

describe('a token of Open WebUI', () => {
  it('names its user', () => {
    expect(verify(token())).toEqual({ user: ALICE, expiresAt: NOW + 300 });
  });

  it('is read as PyJWT 2.13 wrote it, by the call in utils/headers.py of Open WebUI 0.12.4', () => {
    const minted =
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1LTEiLCJlbWFpbCI6ImFsaWNlQGNvbXBhbnkuY29tIiwibmFtZSI6IkFsaWNlIEdy' +
      'XHUwMGY2XHUwMGRmZSIsInJvbGUiOiJ1c2VyIiwiaXNzIjoib3Blbi13ZWJ1aSIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwMzAwfQ.' +
      'LEIBhojGggCAaYtjbzNQKc4iMZJ0ts1gYJv_Mq9VKX4';
    expect(verify(minted)).toEqual({ user: ALICE, expiresAt: NOW + 300 });
  });

  it('may order its header otherwise', () => {
    expect(verify(token(CLAIMS, { typ: 'JWT', alg: 'HS256' }))).toHaveProperty('user');
  });

  it('may have an empty name, which is never decided by', () => {
    expect(verify(token({ ...CLAIMS, name: '' }))).toHaveProperty('user.name', '');
  });
});

describe('the algorithm', () => {
  it.each([
    'none',
    'None',
    'NONE',
    '',
    'HS512',
    'HS384',
    'hs256',
    'RS256',
    'ES256',
    'PS256',
    'EdDSA',
    'dir',
    'A256GCMKW',
  ])('is never %j, even under a right HS256 signature', (alg) =>
    expect(verify(token(CLAIMS, { alg, typ: 'JWT' }))).toEqual({ fault: UserTokenFault.ALGORITHM }),
  );

  it.each([{}, { alg: null }, { alg: ['HS256'] }, { alg: 256 }, { alg: 'HS256', crit: ['b64'], b64: false }])(
    'is not guessed from %j',
    (header) => expect(verify(token(CLAIMS, header))).toEqual({ fault: UserTokenFault.ALGORITHM }),
  );

  it('none is refused with an empty signature too', () => {
    const signed = `${encode({ alg: 'none' })}.${encode(CLAIMS)}`;
    expect(verify(`${signed}.`)).toEqual({ fault: UserTokenFault.ALGORITHM });
    expect(verify(`eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${encode(CLAIMS)}.`)).toEqual({
      fault: UserTokenFault.SIGNATURE,
    });
  });

  it('is not confused by a signature of another kind, or by a public key used as a secret', () => {
    const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(CLAIMS)}`;
    const rs256 = `${signed}.${crypto.createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
    expect(verify(rs256)).toEqual({ fault: UserTokenFault.ALGORITHM });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(verify(token(CLAIMS, undefined, pem))).toEqual({ fault: UserTokenFault.SIGNATURE });
    const hs512 = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(CLAIMS)}`;
    expect(verify(`${hs512}.${sign(hs512, SECRET, 'sha512')}`)).toEqual({ fault: UserTokenFault.SIGNATURE });
  });
});

describe('the signature', () => {
  it('must be made with the shared secret, and not with an empty one', () => {
    expect(verify(token(CLAIMS, undefined, 'another secret'))).toEqual({ fault: UserTokenFault.SIGNATURE });
    expect(verify(token(CLAIMS, undefined, ''))).toEqual({ fault: UserTokenFault.SIGNATURE });
  });

  it('covers every byte: no change of one character is accepted with another meaning (property)', () => {
    const good = token();
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = good.slice(0, at) + character + good.slice(at + 1);
        const result = verify(changed);
        // The last character carries unused bits, so another spelling of the same signature is possible there.
        return 'fault' in result || changed.slice(0, -1) === good.slice(0, -1);
      }),
      { numRuns: 2000 },
    );
  });

  it('is looked at before the claims: a forged token learns nothing but that', () => {
    const expired = token({ ...CLAIMS, iss: 'x', exp: 1 }, undefined, 'another secret');
    expect(verify(expired)).toEqual({ fault: UserTokenFault.SIGNATURE });
  });
});

describe('the claims', () => {
  it.each([undefined, null, 'Open-WebUI', 'open-webui ', ['open-webui'], 'https://login.example'])(
    'need the issuer open-webui, not %j',
    (iss) => expect(verify(token({ ...CLAIMS, iss }))).toEqual({ fault: UserTokenFault.ISSUER }),
  );

  it.each(['sub', 'email', 'name', 'role', 'iat', 'exp'])('need %s', (claim) =>
    expect(verify(token(without(claim)))).toEqual({ fault: UserTokenFault.CLAIMS }),
  );

  it.each([
    { sub: '' },
    { sub: 7 },
    { email: '' },
    { email: ['alice@company.com'] },
    { role: { admin: true } },
    { exp: '1800000300' },
    { iat: 0 },
    { iat: -5 },
    { exp: null },
    { aud: 'someone-else' },
    { nbf: NOW + 1000 },
  ])('are refused with %j', (wrong) =>
    expect(verify(token({ ...CLAIMS, ...wrong }))).toEqual({ fault: UserTokenFault.CLAIMS }),
  );
});

describe('time', () => {
  const at = (seconds: number, claims: object = {}) =>
    verify(token({ ...CLAIMS, ...claims }), { now: () => (NOW + seconds) * 1000 });

  it('ends a token at exp, and the clocks may differ a little', () => {
    expect(at(299)).toHaveProperty('user');
    expect(at(309)).toHaveProperty('user');
    expect(at(310)).toEqual({ fault: UserTokenFault.EXPIRED });
    expect(at(100_000)).toEqual({ fault: UserTokenFault.EXPIRED });
  });

  it('does not run before iat', () => {
    expect(at(-10)).toHaveProperty('user');
    expect(at(-11)).toEqual({ fault: UserTokenFault.NOT_YET_VALID });
  });

  it('bounds a life to 300 seconds, so that a stolen token is of no use for long', () => {
    expect(at(0, { exp: NOW + 301 })).toEqual({ fault: UserTokenFault.LIFETIME });
    expect(at(0, { exp: NOW + 1e9 })).toEqual({ fault: UserTokenFault.LIFETIME });
    expect(at(0, { iat: NOW - 10_000 })).toEqual({ fault: UserTokenFault.LIFETIME });
    expect(at(0, { iat: NOW + 5, exp: NOW + 5 })).toEqual({ fault: UserTokenFault.LIFETIME });
  });

  it('bounds it to what Open WebUI is told to mint', () => {
    const long = token({ ...CLAIMS, exp: NOW + 1800 });
    expect(verify(long, { maxLifetimeSeconds: 1800 })).toHaveProperty('user');
    expect(verify(long, { maxLifetimeSeconds: 1799 })).toEqual({ fault: UserTokenFault.LIFETIME });
  });
});

describe('a token that is sent again', () => {
  const clock = { now: NOW };
  const verifier = new UserTokenVerifier(new FixedSecret(SECRET), { now: () => clock.now * 1000 });
  const hashes = (verified: string) => {
    jest.mocked(crypto.createHmac).mockClear();
    verifier.verify(verified);
    return jest.mocked(crypto.createHmac).mock.calls.length;
  };

  it('is proved once, and still ends in time', () => {
    const good = token();
    expect([hashes(good), hashes(good), hashes(good)]).toEqual([1, 0, 0]);
    clock.now = NOW + 311;
    expect(verifier.verify(good)).toEqual({ fault: UserTokenFault.EXPIRED });
    clock.now = NOW - 60;
    expect(verifier.verify(good)).toEqual({ fault: UserTokenFault.NOT_YET_VALID });
    clock.now = NOW;
    expect(verifier.verify(good)).toEqual({ user: ALICE, expiresAt: NOW + 300 });
  });

  it('is compared in constant time when it is not known, and a forged one never becomes known', () => {
    const forged = token(CLAIMS, undefined, 'another secret');
    jest.mocked(crypto.timingSafeEqual).mockClear();
    expect([hashes(forged), hashes(forged)]).toEqual([1, 1]);
    expect(crypto.timingSafeEqual).toHaveBeenCalledTimes(2);
    expect(verifier.verify(`${token()}x`)).toHaveProperty('fault');
  });

  it('is forgotten when many others came: memory is bounded', () => {
    const first = token({ ...CLAIMS, sub: 'first' });
    verifier.verify(first);
    const last = Array.from({ length: 1024 }, (_, number) => token({ ...CLAIMS, sub: `other-${number}` }));
    for (const other of last) verifier.verify(other);
    expect([hashes(last[1023]), hashes(first)]).toEqual([0, 1]);
  });
});

describe('what is no token', () => {
  it.each(['', '.', '..', '...', 'a.b', 'a.b.c.d', 'null', `${token()}, ${token()}`, `${token()}.`, ` ${token()}`])(
    '%j is refused',
    (given) => expect(verify(given)).toHaveProperty('fault'),
  );

  it('claims that are no object are refused, though they are signed', () => {
    for (const claims of [null, [], 'text', 7] as unknown as object[]) {
      expect(verify(token(claims))).toEqual({ fault: UserTokenFault.MALFORMED });
    }
  });

  it('a text of any kind is a fault and never an exception (property)', () => {
    fc.assert(fc.property(fc.string(), (given) => 'fault' in verify(given)));
    fc.assert(
      fc.property(
        fc.base64String(),
        fc.base64String(),
        fc.base64String(),
        (a, b, c) => 'fault' in verify(`${a}.${b}.${c}`),
      ),
    );
  });

  it('megabytes are not hashed', () => {
    expect(verify(`${token().slice(0, -43)}${'x'.repeat(1e6)}`)).toEqual({ fault: UserTokenFault.MALFORMED });
  });
});

describe('a minted token', () => {
  it('is one that Open WebUI could have made, for every user (property)', () => {
    const filled = fc.string({ minLength: 1, unit: 'binary' });
    fc.assert(
      fc.property(fc.record({ id: filled, email: filled, name: filled, role: filled }), (user) => {
        const minted = mintUserToken(user, SECRET, { now: () => NOW * 1000 });
        expect(verify(minted)).toEqual({ user, expiresAt: NOW + 300 });
        const claims = JSON.parse(Buffer.from(minted.split('.')[1], 'base64url').toString());
        expect(Object.keys(claims)).toEqual(Object.keys(CLAIMS));
      }),
    );
  });
});

describe('the secret', () => {
  it('is followed on disk; while it is missing, no token holds', async () => {
    const folder = new KubernetesFolder({ JWT: SECRET });
    const source = new FileSecret(`${folder.path}/JWT`);
    const verifier = new UserTokenVerifier(source, { now: () => NOW * 1000 });
    expect(verifier.verify(token())).toHaveProperty('user');
    folder.swap({ JWT: 'rotated' });
    await until(() => 'fault' in verifier.verify(token()));
    expect(verifier.verify(token(CLAIMS, undefined, 'rotated'))).toHaveProperty('user');
    folder.swap({});
    await until(() => source.value() === undefined);
    expect(verifier.verify(token(CLAIMS, undefined, 'rotated'))).toEqual({ fault: UserTokenFault.NO_SECRET });
    expect(verifier.verify(token(CLAIMS, undefined, ''))).toEqual({ fault: UserTokenFault.NO_SECRET });
    source.close();
    folder.remove();
  });

  it('may be a second one while it is rotated, in either order, until that is gone', async () => {
    const folder = new KubernetesFolder({ JWT: SECRET, PREVIOUS: 'new' });
    const [current, previous] = [new FileSecret(`${folder.path}/JWT`), new FileSecret(`${folder.path}/PREVIOUS`)];
    const verifier = new UserTokenVerifier(current, { now: () => NOW * 1000 }, previous);
    const accepts = (secret: string) => 'user' in verifier.verify(token(CLAIMS, undefined, secret));
    expect([SECRET, 'new', 'other', ''].map(accepts)).toEqual([true, true, false, false]);
    folder.swap({ JWT: 'new', PREVIOUS: SECRET });
    await until(() => current.value() === 'new' && previous.value() === SECRET);
    expect([SECRET, 'new', 'other'].map(accepts)).toEqual([true, true, false]);
    folder.swap({ JWT: 'new' });
    await until(() => previous.value() === undefined);
    expect([SECRET, 'new'].map(accepts)).toEqual([false, true]);
    current.close();
    previous.close();
    folder.remove();
  });
});
