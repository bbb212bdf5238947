import { FixedSecret } from '../../../runtime/secret-source';
import { mintUserToken, type OpenWebUiUser } from '../../../runtime/user-token';
import type { IdentitySettings } from '../../src/identity/authenticator';

export const KEY = 'the-key-of-the-gateway';
export const PREVIOUS_KEY = 'the-key-before';
export const JWT_SECRET = 'what-open-webui-signs-user-tokens-with';

export const ALICE: OpenWebUiUser = { id: 'u-alice', email: 'alice@google.com', name: 'Alice', role: 'user' };

/** Settings as in production; the given ones instead. */
export function identitySettings(changed: Partial<IdentitySettings> = {}): IdentitySettings {
  return {
    apiKey: new FixedSecret(KEY),
    previousApiKey: new FixedSecret(PREVIOUS_KEY),
    userTokenSecret: new FixedSecret(JWT_SECRET),
    previousUserTokenSecret: undefined,
    userTokenSeconds: 300,
    trustPlainUserHeaders: false,
    oidcIssuer: undefined,
    oidcAudience: undefined,
    adminRoles: ['admin'],
    ...changed,
  };
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
export const tokenOf = (user: OpenWebUiUser, secret = JWT_SECRET) => ({
  'x-openwebui-user-jwt': mintUserToken(user, secret),
});
