import type { IncomingHttpHeaders } from 'node:http';
import { BearerKeys } from '../../../runtime/bearer-keys';
import type { Logger } from '../../../runtime/log';
import { type OpenWebUiUser, USER_TOKEN_HEADER, UserTokenVerifier } from '../../../runtime/user-token';
import type { GatewaySettings } from '../configuration/settings';
import { AccessTokens } from './access-token';
import { type Caller, CallerProof } from './caller';
import { GROUPS_HEADER, groupsOf } from './groups-header';
import { hasPlainUserHeaders, plainHeadersCaller } from './plain-headers';
import { type Refusal, RefusalReason } from './refusal';

/** What identity depends on. */
export type IdentitySettings = Pick<
  GatewaySettings,
  | 'apiKey'
  | 'previousApiKey'
  | 'userTokenSecret'
  | 'previousUserTokenSecret'
  | 'userTokenSeconds'
  | 'trustPlainUserHeaders'
  | 'oidcIssuer'
  | 'oidcAudience'
  | 'adminRoles'
>;

interface KnownCaller {
  readonly groupsHeader?: string;
  readonly caller: Caller;
}

/** A program with the key and without a user: its lists are empty, since it may use no tenant. */
const PROGRAM: Caller = { userId: '', email: '', groups: [], proof: CallerProof.KEY_ONLY };

/**
 * Says who a request is from, by its headers alone: nothing in the URL or the body counts.
 *
 * 1. The bearer is one of the gateway's keys: then the signed user token says who the user is, and only beside it the
 *    groups header counts. A token that does not hold refuses the request; it never falls back to anything less.
 * 2. The bearer is an access token of the OpenID issuer, if there is one: everything comes from the token.
 * 3. Anything else is refused.
 */
export class Authenticator {
  private readonly keys: BearerKeys;
  private readonly userTokens?: UserTokenVerifier;
  private readonly trustPlain: boolean;
  /** Callers by the user of a token that is remembered: it comes with each request of a chat message. */
  private readonly callers = new WeakMap<OpenWebUiUser, KnownCaller>();

  constructor(
    settings: IdentitySettings,
    private readonly accessTokens?: AccessTokens,
  ) {
    this.keys = new BearerKeys(settings.apiKey, settings.previousApiKey);
    this.trustPlain = settings.trustPlainUserHeaders;
    const { userTokenSecret, previousUserTokenSecret, userTokenSeconds: maxLifetimeSeconds } = settings;
    this.userTokens =
      userTokenSecret && new UserTokenVerifier(userTokenSecret, { maxLifetimeSeconds }, previousUserTokenSecret);
  }

  /** At once for a caller with the key; a promise only for an access token. Never throws or rejects. */
  public authenticate(headers: IncomingHttpHeaders): Caller | Refusal | Promise<Caller | Refusal> {
    const { authorization } = headers;
    if (this.keys.accepts(authorization)) return this.callerBehindKey(headers);
    if (authorization === undefined) return { refused: RefusalReason.NO_CREDENTIAL };
    const token = this.accessTokens && bearerOf(authorization);
    if (token && this.accessTokens) return this.accessTokens.verify(token);
    return { refused: RefusalReason.WRONG_KEY };
  }

  private callerBehindKey(headers: IncomingHttpHeaders): Caller | Refusal {
    const token = headers[USER_TOKEN_HEADER];
    if (typeof token === 'string') return this.callerOfToken(token, headers);
    if (!hasPlainUserHeaders(headers)) return PROGRAM;
    const caller = this.trustPlain ? plainHeadersCaller(headers) : undefined;
    return caller ?? { refused: RefusalReason.PLAIN_HEADERS };
  }

  private callerOfToken(token: string, headers: IncomingHttpHeaders): Caller | Refusal {
    if (!this.userTokens) return { refused: RefusalReason.USER_TOKEN, detail: 'no-secret' };
    const result = this.userTokens.verify(token);
    if ('fault' in result) return { refused: RefusalReason.USER_TOKEN, detail: result.fault };
    const { user } = result;
    const groupsHeader = headers[GROUPS_HEADER] as string | undefined;
    const known = this.callers.get(user);
    if (known && known.groupsHeader === groupsHeader) return known.caller;
    const { id, email, role } = user;
    const groups = groupsOf(groupsHeader);
    const caller = { userId: id, email, role, groups, proof: CallerProof.OPEN_WEBUI_TOKEN };
    this.callers.set(user, { groupsHeader, caller });
    return caller;
  }
}

/** The authenticator of these settings. What access tokens need is loaded only when there is an issuer. */
export async function createAuthenticator(settings: IdentitySettings, log: Logger): Promise<Authenticator> {
  const { oidcIssuer: issuer, oidcAudience: audience, adminRoles } = settings;
  if (issuer === undefined || audience === undefined) return new Authenticator(settings);
  return new Authenticator(settings, await AccessTokens.load({ issuer, audience, adminRoles, log }));
}

/** A bearer with the three parts of a JWT. */
function bearerOf(authorization: string): string | undefined {
  return /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
}
