import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { SecretSource } from './secret-source';

/** Header in which Open WebUI sends the token (`FORWARD_USER_INFO_HEADER_JWT`, default of 0.12.4), in lower case. */
export const USER_TOKEN_HEADER = 'x-openwebui-user-jwt';

/** A user as Open WebUI's signed token names them. */
export interface OpenWebUiUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** `admin`, `user` or `pending`. */
  readonly role: string;
}

/** Why a token is refused. */
export enum UserTokenFault {
  /** Not three parts of base64url with JSON objects in the first two. */
  MALFORMED = 'malformed',
  /** Signed with anything but HS256, or not at all. */
  ALGORITHM = 'algorithm',
  SIGNATURE = 'signature',
  ISSUER = 'issuer',
  /** `sub`, `email`, `name`, `role`, `iat` or `exp` is missing or of another type, or a claim that it must not have. */
  CLAIMS = 'claims',
  EXPIRED = 'expired',
  /** Issued in the future. */
  NOT_YET_VALID = 'not-yet-valid',
  /** Valid for longer than tokens may be. */
  LIFETIME = 'lifetime',
  /** The file with the signing secret is missing. */
  NO_SECRET = 'no-secret',
}

export type UserTokenResult =
  | { readonly user: OpenWebUiUser /** Seconds since 1970. */; readonly expiresAt: number }
  | { readonly fault: UserTokenFault };

/** How strictly times are read. Unit: seconds. */
export interface UserTokenOptions {
  /** Longest `exp` − `iat`: Open WebUI's `FORWARD_USER_INFO_HEADER_JWT_EXPIRES_SECONDS`. @default 300 */
  readonly maxLifetimeSeconds?: number;
  /** How far the clocks of two nodes may differ. @default 10 */
  readonly skewSeconds?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

type AcceptedToken = Extract<UserTokenResult, { readonly user: OpenWebUiUser }>;

/** What a right signature proves, whatever the time is. */
interface ProvedClaims {
  readonly issuedAt: number;
  readonly accepted: AcceptedToken;
}

const ISSUER = 'open-webui';
/** Tokens that are remembered: those of the chat messages that are being answered. */
const MAX_PROVED = 1024;
const MAX_TOKEN_LENGTH = 8192;
const DIGEST_BYTES = 32;
/** `{"alg":"HS256","typ":"JWT"}`, as PyJWT in Open WebUI and `mintUserToken` write it. */
const USUAL_HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';

/**
 * Verifies `X-OpenWebUI-User-Jwt` (Open WebUI 0.12.4, `utils/headers.py`: sub, email, name, role, iss, iat, exp;
 * HS256; neither groups nor audience). The algorithm is ours to say: what the token's header names is only compared.
 */
export class UserTokenVerifier {
  /** The current one first, and during a rotation the one that Open WebUI signs or signed with. */
  private keys: readonly KeyObject[] = [];
  /** Claims of tokens that proved to be right. Open WebUI sends one token with every request of a chat message. */
  private readonly proved = new Map<string, ProvedClaims>();
  private readonly maxLifetime: number;
  private readonly skew: number;
  private readonly now: () => number;

  constructor(secret: SecretSource, options: UserTokenOptions = {}, previous?: SecretSource) {
    this.maxLifetime = options.maxLifetimeSeconds ?? 300;
    this.skew = options.skewSeconds ?? 10;
    this.now = options.now ?? Date.now;
    const takeKeys = () => {
      this.proved.clear();
      this.keys = [secret.value(), previous?.value()].flatMap((value) => (value ? createSecretKey(value, 'utf8') : []));
    };
    takeKeys();
    secret.onChange(takeKeys);
    previous?.onChange(takeKeys);
  }

  /** Never throws. Claims are read only after the signature proved to be right; times are looked at in every case. */
  public verify(token: string): UserTokenResult {
    const known = this.proved.get(token);
    if (known) return this.judgeTimes(known);
    const claims = this.prove(token);
    if (typeof claims === 'string') return { fault: claims };
    if (this.proved.size >= MAX_PROVED) this.forgetOldest();
    this.proved.set(token, claims);
    return this.judgeTimes(claims);
  }

  private prove(token: string): ProvedClaims | UserTokenFault {
    if (this.keys.length === 0) return UserTokenFault.NO_SECRET;
    const headerEnd = token.indexOf('.');
    const signedEnd = token.lastIndexOf('.');
    if (token.length > MAX_TOKEN_LENGTH || headerEnd < 1 || token.indexOf('.', headerEnd + 1) !== signedEnd) {
      return UserTokenFault.MALFORMED;
    }
    const headerFault = faultOfHeader(token.slice(0, headerEnd));
    if (headerFault) return headerFault;
    const given = Buffer.from(token.slice(signedEnd + 1), 'base64url');
    const signed = token.slice(0, signedEnd);
    const isRight = (key: KeyObject) => timingSafeEqual(given, createHmac('sha256', key).update(signed).digest());
    if (given.length !== DIGEST_BYTES || !this.keys.some(isRight)) return UserTokenFault.SIGNATURE;
    const claims = jsonObject(token.slice(headerEnd + 1, signedEnd));
    return claims ? readClaims(claims) : UserTokenFault.MALFORMED;
  }

  private judgeTimes({ issuedAt, accepted }: ProvedClaims): UserTokenResult {
    const now = this.now() / 1000;
    const { expiresAt } = accepted;
    if (expiresAt + this.skew <= now) return { fault: UserTokenFault.EXPIRED };
    if (issuedAt - this.skew > now) return { fault: UserTokenFault.NOT_YET_VALID };
    if (expiresAt <= issuedAt || expiresAt - issuedAt > this.maxLifetime) return { fault: UserTokenFault.LIFETIME };
    return accepted;
  }

  private forgetOldest(): void {
    for (const token of this.proved.keys()) {
      this.proved.delete(token);
      return;
    }
  }
}

/** What a token is minted with. */
export interface MintOptions {
  /** Unit: seconds. @default 300 */
  readonly lifetimeSeconds?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/**
 * A token with the claims that Open WebUI's has, for a turn that outlives the one it came with: Open WebUI mints one
 * per chat request. Only ever for a user whose own token was verified at the start of that turn.
 */
export function mintUserToken(user: OpenWebUiUser, secret: string, options: MintOptions = {}): string {
  const { lifetimeSeconds = 300, now = Date.now } = options;
  const iat = Math.floor(now() / 1000);
  const { id, email, name, role } = user;
  const claims = { sub: id, email, name, role, iss: ISSUER, iat, exp: iat + lifetimeSeconds };
  const signed = `${USUAL_HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function readClaims(claims: { readonly [name: string]: unknown }): ProvedClaims | UserTokenFault {
  const { iss, sub, email, name, role, iat, exp, nbf, aud } = claims;
  if (iss !== ISSUER) return UserTokenFault.ISSUER;
  const texts = isFilled(sub) && isFilled(email) && typeof name === 'string' && isFilled(role);
  // A token for a named audience was made for someone else: Open WebUI's have none.
  if (!texts || !isTime(iat) || !isTime(exp) || nbf !== undefined || aud !== undefined) return UserTokenFault.CLAIMS;
  return { issuedAt: iat, accepted: { user: { id: sub, email, name, role }, expiresAt: exp } };
}

function faultOfHeader(encoded: string): UserTokenFault | undefined {
  if (encoded === USUAL_HEADER) return undefined;
  const header = jsonObject(encoded);
  if (!header) return UserTokenFault.MALFORMED;
  // `crit` names extensions that a verifier must know (RFC 7515, 4.1.11), and this one knows none.
  return header.alg === 'HS256' && header.crit === undefined ? undefined : UserTokenFault.ALGORITHM;
}

function jsonObject(encoded: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
