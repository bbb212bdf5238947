import type { Logger } from '../../../runtime/log';
import { type Caller, CallerProof } from './caller';
import { type Refusal, RefusalReason } from './refusal';

export interface AccessTokenOptions {
  /** `OIDC_ISSUER`, as the tokens name it. */
  readonly issuer: string;
  /** `OIDC_AUDIENCE`. */
  readonly audience: string;
  /** `ADMIN_ROLES`: of several roles in a token, one of these counts. */
  readonly adminRoles: readonly string[];
  readonly log: Logger;
  /** Rest after the issuer could not be asked. Unit: milliseconds. @default 5000 */
  readonly retryMs?: number;
}

const loadJose = () => import('jose');
type Jose = Awaited<ReturnType<typeof loadJose>>;
type IssuerKeys = ReturnType<Jose['createRemoteJWKSet']>;
type Claims = Awaited<ReturnType<Jose['jwtVerify']>>['payload'];
type TokenFault = InstanceType<Jose['errors']['JOSEError']>;

/** Pinned: what a token's header names is only compared with them. */
const ALGORITHMS = ['RS256', 'ES256'];
/** An access token (RFC 9068), or what most issuers still write. A logout or DPoP token is signed by the same keys. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt'];
const SKEW_SECONDS = 10;
const TIMEOUT_MS = 5000;

/**
 * Verifies access tokens of an OpenID issuer with the keys that its discovery document names. Keys are asked for at
 * the first token, kept, and asked for again when a token names an unknown one, at most every half minute.
 *
 * Groups and roles are the claims `groups` and `roles`. Above a number of groups Entra ID sends none of them but a
 * reference; such a caller has no groups here. The address is the claim `email` only where the issuer vouches for
 * it: `email_verified` (OpenID Connect Core, 5.1) or, with Entra ID, `xms_edov`. There anyone may write any address
 * into the profile of their own directory. `preferred_username` and `upn` are names to show, never an address to
 * decide by. Without an address a caller can use only tenants that list groups alone.
 */
export class AccessTokens {
  private keys: IssuerKeys | undefined;
  private discovery: Promise<IssuerKeys> | undefined;
  private restUntil = 0;
  private keysCanBeHad = true;

  /** The library is loaded only here: most gateways have no issuer. */
  public static async load(options: AccessTokenOptions): Promise<AccessTokens> {
    return new AccessTokens(await loadJose(), options);
  }

  private constructor(
    private readonly jose: Jose,
    private readonly options: AccessTokenOptions,
  ) {}

  public async verify(token: string): Promise<Caller | Refusal> {
    try {
      const keys = this.keys ?? (await this.discoverOnce());
      const { issuer, audience } = this.options;
      const { payload, protectedHeader } = await this.jose.jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: SKEW_SECONDS,
      });
      this.tellWhetherKeysCanBeHad(true);
      if (!TYPES.includes(protectedHeader.typ)) return refusalOf('type');
      // A token bound to a key (RFC 8705, RFC 9449) counts only with a proof of that key, which is not looked for.
      if (payload.cnf !== undefined) return refusalOf('bound-to-a-key');
      return this.callerOf(payload);
    } catch (error) {
      if (isFaultOfToken(this.jose, error)) return refusalOf(error.code);
      this.tellWhetherKeysCanBeHad(false, error);
      return { refused: RefusalReason.ISSUER_UNREACHABLE };
    }
  }

  private callerOf(claims: Claims): Caller {
    const roles = textsOf(claims.roles);
    return {
      userId: claims.sub ?? '',
      email: verifiedEmailOf(claims),
      groups: textsOf(claims.groups),
      role: roles.find((role) => this.options.adminRoles.includes(role)) ?? roles[0],
      proof: CallerProof.ACCESS_TOKEN,
    };
  }

  /** Once for each change: whoever sends tokens must not be able to fill the log. */
  private tellWhetherKeysCanBeHad(now: boolean, error?: unknown): void {
    if (now === this.keysCanBeHad) return;
    this.keysCanBeHad = now;
    if (now) this.options.log.info('the token issuer answers again');
    else this.options.log.warn({ err: error }, 'the keys of the token issuer cannot be had: its tokens are refused');
  }

  private discoverOnce(): Promise<IssuerKeys> {
    if (Date.now() < this.restUntil) return Promise.reject(new Error('the issuer did not answer a moment ago'));
    this.discovery ??= discover(this.jose, this.options.issuer).then(
      (keys) => {
        this.keys = keys;
        return keys;
      },
      (error) => {
        this.discovery = undefined;
        this.restUntil = Date.now() + (this.options.retryMs ?? 5000);
        throw error;
      },
    );
    return this.discovery;
  }
}

/** Reads `<issuer>/.well-known/openid-configuration` (OpenID Connect Discovery, 4). */
async function discover({ createRemoteJWKSet }: Jose, issuer: string): Promise<IssuerKeys> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the issuer's discovery document answers ${response.status}`);
  const document = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (document.issuer !== issuer) {
    throw new Error(`the discovery document names another issuer, ${document.issuer}: write it as OIDC_ISSUER`);
  }
  return createRemoteJWKSet(keysUrl(document.jwks_uri, issuer), { timeoutDuration: TIMEOUT_MS });
}

/**
 * The address of the issuer's keys. Error: it is no URL, or keys that decide who somebody is would come over a
 * connection that is protected less than the issuer's own.
 */
export function keysUrl(jwksUri: unknown, issuer: string): URL {
  if (typeof jwksUri !== 'string') throw new Error('the discovery document has no jwks_uri');
  const url = new URL(jwksUri);
  if (url.protocol !== 'https:' && url.protocol !== new URL(issuer).protocol) {
    throw new Error('the jwks_uri of the issuer is not an https URL');
  }
  return url;
}

function verifiedEmailOf({ email, email_verified: verified, xms_edov: domainVerified }: Claims): string {
  // Entra ID writes xms_edov as a boolean, a number or a text, depending on the version of the token.
  const vouched = verified === true || [true, 1, '1', 'true'].includes(domainVerified as never);
  return vouched && typeof email === 'string' ? email : '';
}

function textsOf(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((entry): entry is string => typeof entry === 'string') : [];
}

/** Errors about the token itself; all others are about getting the keys. */
function isFaultOfToken({ errors }: Jose, error: unknown): error is TokenFault {
  const faults = [
    errors.JWTClaimValidationFailed,
    errors.JWTExpired,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ];
  return faults.some((fault) => error instanceof fault);
}

function refusalOf(detail: string): Refusal {
  return { refused: RefusalReason.ACCESS_TOKEN, detail };
}
