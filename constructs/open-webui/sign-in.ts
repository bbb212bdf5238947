import { GOOGLE, GOOGLE_HOSTS } from '../oauth/issuer';
import type { EnvironmentVariables } from '../platform/environment-variables';
import { type ExternalHost, urlHost } from '../platform/links';
import { SecretForm } from '../platform/secret-form';
import type { WorkspaceSecret } from '../platform/secrets';

/** An OAuth client registered with a provider; its secret stands in the release's Secret. */
export interface OAuthClient {
  readonly clientId: string;
}

/** An OAuth client in an Entra tenant. */
export interface MicrosoftClient extends OAuthClient {
  /** Form: GUID. */
  readonly tenantId: string;
}

/** An OAuth client of any OpenID provider. */
export interface OidcClient extends OAuthClient {
  /** Address of the discovery document, `https://…/.well-known/openid-configuration`. */
  readonly providerUrl: string;
  /** Label of the button. @default `SSO` */
  readonly providerName?: string;
  /** @default `openid email profile` */
  readonly scopes?: string;
  /** Hosts of the provider besides that of providerUrl. @default - none */
  readonly additionalHosts?: string[];
}

/** Groups come from the provider. */
export interface GroupManagement {
  /** @default `groups` */
  readonly claim?: string;
  /** Make groups that Open WebUI does not have yet. @default true */
  readonly create?: boolean;
}

/** Roles come from the provider. */
export interface RoleManagement {
  /** @default `roles` */
  readonly claim?: string;
  readonly adminRoles: string[];
  readonly allowedRoles: string[];
}

/** The roles of Open WebUI. */
export enum UserRole {
  /** Waits for an administrator's approval. */
  PENDING = 'pending',
  USER = 'user',
  ADMIN = 'admin',
}

/** How people sign in at Open WebUI itself; behind an OAuthSidecar none of this is needed. */
export interface SignIn {
  /** False leaves the app open to everybody who reaches it. @default true */
  readonly enabled?: boolean;
  /** People may register by themselves. @default false */
  readonly signup?: boolean;
  /** Sign-in with e-mail and password. @default true, unless there is a provider */
  readonly loginForm?: boolean;
  /** Role of a new account; in production not that of an administrator. @default UserRole.PENDING */
  readonly defaultRole?: UserRole;
  readonly google?: OAuthClient;
  readonly microsoft?: MicrosoftClient;
  readonly github?: OAuthClient;
  readonly oidc?: OidcClient;
  /**
   * Domains of the e-mail addresses that may come through a provider, for example `company.com`; what is below one counts
   * as another. Production needs them, unless new accounts wait for approval. @default - all
   */
  readonly allowedDomains?: string[];
  readonly groups?: GroupManagement;
  readonly roles?: RoleManagement;
}

/** Whether people come through an OAuth provider. */
export function hasProvider(signIn: SignIn): boolean {
  return Boolean(signIn.google ?? signIn.microsoft ?? signIn.github ?? signIn.oidc);
}

/** Sets the variables of the sign-in. Source: Open WebUI's config.py, ENABLE_OAUTH_* and the providers' sections. */
export function applySignIn(env: EnvironmentVariables, secret: WorkspaceSecret, signIn: SignIn, url?: string): void {
  env.set('WEBUI_AUTH', flag(signIn.enabled ?? true));
  env.set('ENABLE_SIGNUP', flag(signIn.signup ?? false));
  env.set('ENABLE_LOGIN_FORM', flag(signIn.loginForm ?? !hasProvider(signIn)));
  env.set('DEFAULT_USER_ROLE', signIn.defaultRole ?? UserRole.PENDING);
  if (!hasProvider(signIn)) {
    return;
  }
  env.set('ENABLE_OAUTH_SIGNUP', 'true');
  if (signIn.allowedDomains) {
    // The app puts addresses into lower case, and not this.
    env.set('OAUTH_ALLOWED_DOMAINS', signIn.allowedDomains.map((domain) => domain.toLowerCase()).join(','));
  }
  env.setSecret(
    'OAUTH_SESSION_TOKEN_ENCRYPTION_KEY',
    secret.key('OAUTH_SESSION_TOKEN_ENCRYPTION_KEY', SecretForm.hex(32), 'encrypts the tokens of OAuth sessions'),
  );
  if (signIn.google) {
    applyClient(env, secret, 'GOOGLE', signIn.google, 'Google', url && `${url}/oauth/google/callback`);
  }
  if (signIn.microsoft) {
    applyClient(
      env,
      secret,
      'MICROSOFT',
      signIn.microsoft,
      'Microsoft Entra',
      url && `${url}/oauth/microsoft/callback`,
    );
    env.set('MICROSOFT_CLIENT_TENANT_ID', signIn.microsoft.tenantId);
    if (!signIn.oidc) {
      // Needed for signing out also with Microsoft.
      env.set(
        'OPENID_PROVIDER_URL',
        `https://login.microsoftonline.com/${signIn.microsoft.tenantId}/v2.0/.well-known/openid-configuration`,
      );
    }
  }
  if (signIn.github) {
    const callback = url && `${url}/oauth/github/callback`;
    applyClient(env, secret, 'GITHUB', signIn.github, 'GitHub', undefined);
    if (callback) {
      env.set('GITHUB_CLIENT_REDIRECT_URI', callback);
    }
  }
  if (signIn.oidc) {
    applyClient(env, secret, 'OAUTH', signIn.oidc, 'the OpenID provider', undefined);
    env.set('OPENID_PROVIDER_URL', signIn.oidc.providerUrl);
    env.set('OAUTH_PROVIDER_NAME', signIn.oidc.providerName ?? 'SSO');
    env.set('OAUTH_SCOPES', signIn.oidc.scopes ?? 'openid email profile');
    if (url) {
      env.set('OPENID_REDIRECT_URI', `${url}/oauth/oidc/callback`);
    }
  }
  applyManagement(env, signIn);
}

/** The hosts with which the app talks to sign people in. */
export function signInHosts(signIn: SignIn): ExternalHost[] {
  const hosts = [
    ...(signIn.google ? [GOOGLE, ...GOOGLE_HOSTS] : []),
    ...(signIn.microsoft ? ['login.microsoftonline.com', 'graph.microsoft.com'] : []),
    ...(signIn.github ? ['github.com', 'api.github.com'] : []),
    ...(signIn.oidc?.additionalHosts ?? []),
  ];
  return [
    ...(signIn.oidc ? [urlHost(signIn.oidc.providerUrl, 'signIn.oidc.providerUrl')] : []),
    ...hosts.map((host) => ({ host })),
  ];
}

function applyClient(
  env: EnvironmentVariables,
  secret: WorkspaceSecret,
  prefix: string,
  client: OAuthClient,
  issuer: string,
  redirect: string | undefined,
): void {
  env.set(`${prefix}_CLIENT_ID`, client.clientId);
  const name = `${prefix}_CLIENT_SECRET`;
  env.setSecret(name, secret.key(name, SecretForm.issuedBy(issuer), `the OAuth client's secret at ${issuer}`));
  if (redirect) {
    env.set(`${prefix}_REDIRECT_URI`, redirect);
  }
}

function applyManagement(env: EnvironmentVariables, { groups, roles }: SignIn): void {
  if (groups) {
    env.set('ENABLE_OAUTH_GROUP_MANAGEMENT', 'true');
    env.set('ENABLE_OAUTH_GROUP_CREATION', flag(groups.create ?? true));
    env.set('OAUTH_GROUPS_CLAIM', groups.claim ?? 'groups');
  }
  if (roles) {
    env.set('ENABLE_OAUTH_ROLE_MANAGEMENT', 'true');
    env.set('OAUTH_ROLES_CLAIM', roles.claim ?? 'roles');
    env.set('OAUTH_ADMIN_ROLES', roles.adminRoles.join(','));
    env.set('OAUTH_ALLOWED_ROLES', roles.allowedRoles.join(','));
  }
}

function flag(value: boolean): string {
  return String(value);
}
