import type { SecretSource } from '../../../runtime/secret-source';
import { mintUserToken, type OpenWebUiUser } from '../../../runtime/user-token';
import type { GatewayAccess } from '../engine/engine';

/** The MCP gateway, and what its users' tokens are signed with. */
export interface GatewayConnection {
  readonly url: string;
  readonly apiKey: SecretSource;
  readonly userTokenSecret: SecretSource;
  /** The gateway takes no token that is valid for longer. */
  readonly tokenSeconds: number;
}

/**
 * A user's rights at the gateway. They last as long as the turn, longer than the token that came with the request.
 * Nothing while there is no key to reach it with, or no secret to sign them with.
 */
export function gatewayAccess(
  { url, apiKey, userTokenSecret, tokenSeconds: lifetimeSeconds }: GatewayConnection,
  user: OpenWebUiUser,
  groups: string | undefined,
): GatewayAccess | undefined {
  const key = apiKey.value();
  if (!key || !userTokenSecret.value()) return undefined;
  const userToken = () => {
    const secret = userTokenSecret.value();
    if (!secret) throw new Error('the file with FORWARD_USER_INFO_HEADER_JWT_SECRET is missing or empty');
    return mintUserToken(user, secret, { lifetimeSeconds });
  };
  return { url, apiKey: key, userToken, groups };
}
