import type { IncomingHttpHeaders } from 'node:http';
import { BearerKeys } from '../../../runtime/bearer-keys';
import { type OpenWebUiUser, USER_TOKEN_HEADER, UserTokenVerifier } from '../../../runtime/user-token';
import { ApiError } from '../http/api-error';
import type { ServiceSettings } from '../settings';

/** Who asks. */
export interface Caller {
  /** A user whose identity is certain; without one there are only stateless answers. */
  readonly user?: OpenWebUiUser;
  /** The user's groups, as Open WebUI's header lists them. Only with a user. */
  readonly groups?: string;
}

const PLAIN_USER_HEADER = 'x-openwebui-user-id';
const CUSTOMER_HEADER = 'x-litellm-customer-id';
const GROUPS_HEADER = 'x-openwebui-user-groups';
/** Longest id of a user that is believed; Open WebUI's are UUIDs. */
const MAX_USER_ID_LENGTH = 256;
const NOBODY: Caller = {};

/**
 * Tells who a request is from. The rule:
 * 1. Without one of the service's keys nothing is answered.
 * 2. A user is who `X-OpenWebUI-User-Jwt` names under a right signature, nobody else. A wrong token is refused and
 *    never falls back to less: whoever sends one wants to be someone.
 * 3. `x-litellm-customer-id` names no user. LiteLLM takes it from any holder of one of its keys as it stands, so that it
 *    is good for LiteLLM's own books and proves nothing; it may come beside a token, and the token counts.
 * 4. A plain `X-OpenWebUI-User-Id` without a token is refused where tokens are configured: it comes from an Open WebUI
 *    that does not sign, or from somebody who tries.
 * 5. Without a secret, users come from headers only under `TRUST_PLAIN_USER_HEADERS`, which is for development.
 */
export class CallerCheck {
  constructor(
    private readonly keys: BearerKeys,
    private readonly tokens: UserTokenVerifier | undefined,
    private readonly trustPlainHeaders: boolean,
  ) {}

  /** Error: `ApiError` 401. */
  public identify(headers: IncomingHttpHeaders): Caller {
    if (!this.keys.accepts(headers.authorization)) {
      throw new ApiError(401, 'The service key is missing or wrong: send it as "Authorization: Bearer …".', {
        code: 'invalid_api_key',
      });
    }
    return this.tokens ? identifyByToken(headers, this.tokens) : this.identifyByPlainHeaders(headers);
  }

  private identifyByPlainHeaders(headers: IncomingHttpHeaders): Caller {
    const id = single(headers, PLAIN_USER_HEADER) ?? single(headers, CUSTOMER_HEADER);
    if (!this.trustPlainHeaders || !id || id.length > MAX_USER_ID_LENGTH) return NOBODY;
    return { user: { id, email: id, name: id, role: 'user' }, groups: single(headers, GROUPS_HEADER) };
  }
}

/** The check with the keys and secrets of the settings, the previous ones among them. */
export function createCallerCheck(settings: ServiceSettings): CallerCheck {
  const { serviceKey, previousServiceKey, userTokenSecret, previousUserTokenSecret, trustPlainUserHeaders } = settings;
  const lifetime = { maxLifetimeSeconds: settings.userTokenSeconds };
  const tokens = userTokenSecret && new UserTokenVerifier(userTokenSecret, lifetime, previousUserTokenSecret);
  return new CallerCheck(new BearerKeys(serviceKey, previousServiceKey), tokens, trustPlainUserHeaders);
}

function identifyByToken(headers: IncomingHttpHeaders, tokens: UserTokenVerifier): Caller {
  const token = single(headers, USER_TOKEN_HEADER);
  if (token === undefined) {
    if (headers[PLAIN_USER_HEADER] === undefined) return NOBODY;
    throw refused('Plain user headers are refused here: set FORWARD_USER_INFO_HEADER_JWT_SECRET in Open WebUI too.');
  }
  const result = tokens.verify(token);
  if ('fault' in result) throw refused(`X-OpenWebUI-User-Jwt is refused (${result.fault}).`);
  if (result.user.id.length > MAX_USER_ID_LENGTH) throw refused('X-OpenWebUI-User-Jwt is refused (claims).');
  return { user: result.user, groups: single(headers, GROUPS_HEADER) };
}

function refused(message: string): ApiError {
  return new ApiError(401, message, { code: 'invalid_user' });
}

/** The value of a header; one that came twice arrives joined by Node and is no id or token then. */
function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
