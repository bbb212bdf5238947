import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, LogLevel } from '../../../runtime/log';
import { keysUrl } from '../../src/identity/access-token';
import { createAuthenticator } from '../../src/identity/authenticator';
import { type Caller, CallerProof } from '../../src/identity/caller';
import { isRefusal, type Refusal, RefusalReason } from '../../src/identity/refusal';
import { ALICE, bearer, identitySettings, KEY, tokenOf } from './open-webui';

type Jose = Awaited<ReturnType<typeof loadJose>>;
type PrivateKey = Awaited<ReturnType<Jose['generateKeyPair']>>['privateKey'];
const loadJose = () => import('jose');
const log = createLogger({ service: 'test', level: LogLevel.ERROR, stream: { write: () => {} } });
const AUDIENCE = 'api://mcp-gateway';

const documentOf = (url: string): object => ({ issuer: url, jwks_uri: `${url}/keys` });

/** An OpenID issuer on this machine, with one RSA and one elliptic key. */
class Issuer {
  public url = '';
  public requests: string[] = [];
  public broken = false;
  /** Its discovery document stands at another address, to which it points. */
  public moved = false;
  public document = documentOf;
  private readonly server: Server;
  private keys: { readonly [kid: string]: PrivateKey } = {};
  private jwks: object[] = [];

  constructor(private readonly jose: Jose) {
    this.server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      if (this.moved && request.url?.endsWith('/openid-configuration')) {
        response.writeHead(302, { location: `${this.url}/elsewhere` }).end();
        return;
      }
      const body = request.url === '/keys' ? { keys: this.jwks } : this.document(this.url);
      response.writeHead(this.broken ? 500 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  public async start(): Promise<void> {
    for (const [kid, alg] of [
      ['rsa', 'RS256'],
      ['ec', 'ES256'],
    ])
      await this.addKey(kid, alg);
    await new Promise<void>((ready) => {
      this.server.listen(0, '127.0.0.1', ready);
    });
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async addKey(kid: string, alg: string): Promise<void> {
    const { privateKey, publicKey } = await this.jose.generateKeyPair(alg);
    this.keys = { ...this.keys, [kid]: privateKey };
    this.jwks.push({ ...(await this.jose.exportJWK(publicKey)), kid, alg, use: 'sig' });
  }

  public token(claims: object = {}, header: object = {}, kid = 'rsa'): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.url, aud: AUDIENCE, sub: 's-1', iat: now, exp: now + 3600, ...claims };
    return new this.jose.SignJWT(all)
      .setProtectedHeader({ alg: kid === 'ec' ? 'ES256' : 'RS256', kid, ...header })
      .sign(this.keys[kid]);
  }

  public publicKey(): object {
    return this.jwks[0];
  }

  public close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

let jose: Jose;
let issuer: Issuer;

beforeAll(async () => {
  jose = await loadJose();
  issuer = new Issuer(jose);
  await issuer.start();
});
beforeEach(() => {
  issuer.requests = [];
  issuer.document = documentOf;
  issuer.moved = false;
});
afterAll(() => issuer.close());

async function identify(headers: { [name: string]: string }): Promise<Caller | Refusal> {
  const settings = identitySettings({ oidcIssuer: issuer.url, oidcAudience: AUDIENCE });
  return (await createAuthenticator(settings, log)).authenticate(headers);
}

async function reasonOf(token: string): Promise<string | undefined> {
  const identity = await identify(bearer(token));
  return isRefusal(identity) ? `${identity.refused} ${identity.detail ?? ''}`.trim() : undefined;
}

describe('an access token of the issuer', () => {
  it('names its caller', async () => {
    const claims = {
      email: 'bob@company.com',
      email_verified: true,
      groups: ['dev', 'a,b'],
      roles: ['Reader', 'admin'],
    };
    expect(await identify(bearer(await issuer.token(claims)))).toEqual({
      userId: 's-1',
      email: 'bob@company.com',
      groups: ['dev', 'a,b'],
      role: 'admin',
      proof: CallerProof.ACCESS_TOKEN,
    });
  });

  it('may be signed with either pinned algorithm and be of the type for access tokens', async () => {
    expect(await reasonOf(await issuer.token({}, {}, 'ec'))).toBeUndefined();
    expect(await reasonOf(await issuer.token({}, { typ: 'at+jwt' }))).toBeUndefined();
    expect(await reasonOf(await issuer.token({ aud: ['other', AUDIENCE] }))).toBeUndefined();
  });

  it('may be over for a moment: clocks differ', async () => {
    expect(await reasonOf(await issuer.token({ exp: Math.floor(Date.now() / 1000) - 5 }))).toBeUndefined();
  });

  it('stands alone: headers beside it count for nothing', async () => {
    const token = bearer(await issuer.token());
    const beside = { ...tokenOf(ALICE), 'x-openwebui-user-groups': 'dev', 'x-openwebui-user-email': 'a@b.c' };
    expect(await identify({ ...token, ...beside })).toEqual(await identify(token));
  });

  it('makes the key no worse: Open WebUI is still answered without waiting', async () => {
    const settings = identitySettings({ oidcIssuer: issuer.url, oidcAudience: AUDIENCE });
    const authenticator = await createAuthenticator(settings, log);
    expect(authenticator.authenticate({ ...bearer(KEY), ...tokenOf(ALICE) })).toMatchObject({ userId: 'u-alice' });
    expect(authenticator.authenticate(bearer('no token'))).toEqual({ refused: RefusalReason.WRONG_KEY });
    expect(issuer.requests).toEqual([]);
  });
});

describe('the address', () => {
  it.each<[object, string]>([
    [{ email: 'a@b.com', email_verified: true }, 'a@b.com'],
    [{ email: 'a@b.com', xms_edov: true }, 'a@b.com'],
    [{ email: 'a@b.com', xms_edov: '1' }, 'a@b.com'],
    [{ email: 'a@b.com' }, ''],
    [{ email: 'a@b.com', email_verified: false }, ''],
    [{ email: 'a@b.com', email_verified: 'true' }, ''],
    [{ email: 'a@b.com', xms_edov: '0' }, ''],
    [{ email: 'a@b.com', xms_edov: false }, ''],
    [{ email: ['a@b.com'], email_verified: true }, ''],
    [{ preferred_username: 'a@b.com', upn: 'a@b.com', unique_name: 'a@b.com' }, ''],
  ])('of %j is %j: only one that the issuer vouches for', async (claims, email) => {
    expect(await identify(bearer(await issuer.token(claims)))).toMatchObject({ email });
  });
});

it('groups that Entra ID left out of the token are no groups', async () => {
  const claims = { _claim_names: { groups: 'src1' }, hasgroups: true, groups: 'dev' };
  expect(await identify(bearer(await issuer.token(claims)))).toMatchObject({ groups: [] });
});

describe('a token is refused', () => {
  const now = Math.floor(Date.now() / 1000);

  it.each<[string, object]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'api://other' }],
    ['without an audience', { aud: undefined }],
    ['that is over', { exp: now - 60 }],
    ['that is over for longer than clocks may differ', { exp: now - 15 }],
    ['without its beginning', { iat: undefined }],
    ['without an end', { exp: undefined }],
    ['without a subject', { sub: undefined }],
    ['that is not valid yet', { nbf: now + 600 }],
    ['that is bound to a key of the client', { cnf: { jkt: 'x' } }],
  ])('%s', async (_, claims) => {
    expect(await reasonOf(await issuer.token(claims))).toMatch(/^access-token ./);
  });

  it.each(['logout+jwt', 'dpop+jwt', 'JWE'])('of type %s', async (typ) => {
    expect(await reasonOf(await issuer.token({}, { typ }))).toBe('access-token type');
  });

  it('with another algorithm: none, or the public key used as a secret', async () => {
    const [, payload] = (await issuer.token()).split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.AAAA`;
    expect(await reasonOf(none)).toBe('access-token ERR_JOSE_ALG_NOT_ALLOWED');
    const signed = `${encode({ alg: 'HS256', kid: 'rsa' })}.${payload}`;
    const secret = JSON.stringify(issuer.publicKey());
    const confused = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    expect(await reasonOf(confused)).toBe('access-token ERR_JOSE_ALG_NOT_ALLOWED');
  });

  it.each(['RS512', 'PS256', 'EdDSA'])('with the algorithm %s, though the issuer has a key for it', async (alg) => {
    await issuer.addKey(alg, alg);
    expect(await reasonOf(await issuer.token({}, { alg }, alg))).toBe('access-token ERR_JOSE_ALG_NOT_ALLOWED');
  });

  it('with a signature of another key, whatever its header points to', async () => {
    const other = new Issuer(jose);
    await other.start();
    const header = { kid: 'rsa', jku: `${other.url}/keys`, jwk: other.publicKey() };
    const forged = await other.token({ iss: issuer.url }, header);
    expect(await reasonOf(forged)).toBe('access-token ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
    expect(other.requests).toEqual([]);
    other.close();
  });
});

describe('the keys of the issuer', () => {
  it('are asked for once, and not for what is no token', async () => {
    const settings = identitySettings({ oidcIssuer: issuer.url, oidcAudience: AUDIENCE });
    const authenticator = await createAuthenticator(settings, log);
    await Promise.all(Array.from({ length: 20 }, async () => authenticator.authenticate(bearer(await issuer.token()))));
    for (const kid of ['a', 'b', 'c']) await authenticator.authenticate(bearer(await issuer.token({}, { kid })));
    expect(issuer.requests.sort()).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('that cannot be had are an outage, not a refusal; and asked for again later', async () => {
    issuer.broken = true;
    expect(await reasonOf(await issuer.token())).toBe(RefusalReason.ISSUER_UNREACHABLE);
    issuer.broken = false;
    expect(await reasonOf(await issuer.token())).toBeUndefined();
  });

  it.each<[string, (url: string) => object]>([
    ['names another issuer', (url) => ({ issuer: `${url}/other`, jwks_uri: `${url}/keys` })],
    ['has no keys', (url) => ({ issuer: url })],
    ['has keys at a place without protection', (url) => ({ issuer: url, jwks_uri: 'ftp://x/keys' })],
  ])('are not taken from a document that %s', async (_, document) => {
    issuer.document = document;
    expect(await reasonOf(await issuer.token())).toBe(RefusalReason.ISSUER_UNREACHABLE);
  });

  it('are not looked for where the issuer redirects to', async () => {
    issuer.moved = true;
    expect(await reasonOf(await issuer.token())).toBe(RefusalReason.ISSUER_UNREACHABLE);
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration']);
  });

  it.each<[string, unknown]>([
    ['https://login.company.com', 'http://login.company.com/keys'],
    ['https://login.company.com', 'ftp://login.company.com/keys'],
    ['http://127.0.0.1:8080', 'file:///etc/keys'],
    ['https://login.company.com', '/keys'],
    ['https://login.company.com', undefined],
  ])('of the issuer %s are not taken from %s', (name, address) => {
    expect(() => keysUrl(address, name)).toThrow();
  });

  it('may stand at another host', () => {
    expect(keysUrl('https://keys.company.com/all', 'https://login.company.com').host).toBe('keys.company.com');
  });
});
