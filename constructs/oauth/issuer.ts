import { Duration } from 'cdk8s';
import type { ExternalHost } from '../platform/links';
import type { EntraIdProviderOptions, OAuthProvider, OidcProviderOptions } from './oauth-provider';

/** An OpenID Connect issuer as oauth2-proxy needs to know it, whichever provider it is. */
export interface Issuer {
  /** oauth2-proxy's name of the provider. */
  readonly type: 'oidc' | 'entra-id';
  readonly url: string;
  /** Where the proxy fetches keys and tokens. */
  readonly hosts: readonly ExternalHost[];
  readonly scopes: readonly string[];
  /** Undefined when a Secret says it. */
  readonly clientId?: string;
  /** Whether a token of the ServiceAccount stands in for the client secret. */
  readonly federated: boolean;
  readonly emailDomains: readonly string[];
  readonly allowedGroups: readonly string[];
  readonly groupsClaim: string;
  /** False where it is known that the tokens carry none. */
  readonly sendsGroups: boolean;
  readonly roleClaim?: string;
  readonly signOutUrl?: string;
  /** Host to which people may be sent when they sign out. */
  readonly signOutHost?: string;
  /** After how long tokens are renewed unless the sidecar says otherwise. */
  readonly cookieRefresh?: Duration;
  readonly caConfigMapName?: string;
}

/** The host of Google's issuer. */
export const GOOGLE = 'accounts.google.com';

/** What Google's issuer leads to. Source: Google's discovery document, `https://accounts.google.com/.well-known/openid-configuration`. */
export const GOOGLE_HOSTS = ['oauth2.googleapis.com', 'openidconnect.googleapis.com', 'www.googleapis.com'];

/** The issuer behind a provider; undefined for OpenShift's own OAuth server, which is none. */
export function issuerOf(provider: OAuthProvider): Issuer | undefined {
  if (provider.openIdConnect) {
    return openIdIssuer(provider.openIdConnect);
  }
  return provider.entra ? entraIssuer(provider.entra) : undefined;
}

function openIdIssuer(options: OidcProviderOptions): Issuer {
  const address = URL.canParse(options.issuerUrl) ? new URL(options.issuerUrl) : undefined;
  const google = address?.hostname === GOOGLE;
  const issuerHost: ExternalHost[] = address
    ? [{ host: address.hostname, port: address.port ? Number(address.port) : undefined, cidrs: options.issuerCidrs }]
    : [];
  return {
    type: 'oidc',
    url: options.issuerUrl,
    hosts: [
      ...issuerHost,
      ...(google ? GOOGLE_HOSTS.map((host) => ({ host })) : []),
      ...(options.additionalHosts ?? []),
    ],
    scopes: options.scopes ?? ['openid', 'email', 'profile'],
    clientId: options.clientId,
    federated: false,
    emailDomains: options.emailDomains ?? ['*'],
    allowedGroups: options.allowedGroups ?? [],
    groupsClaim: options.groupsClaim ?? 'groups',
    sendsGroups: !google,
    roleClaim: options.roleClaim,
    signOutUrl: options.signOutUrl,
    signOutHost: hostOf(options.signOutUrl),
    caConfigMapName: options.caConfigMapName,
  };
}

function entraIssuer(options: EntraIdProviderOptions): Issuer {
  const authority = `https://login.microsoftonline.com/${options.tenantId}`;
  return {
    type: 'entra-id',
    url: `${authority}/v2.0`,
    hosts: [{ host: 'login.microsoftonline.com' }, { host: 'graph.microsoft.com' }],
    // User.Read: Entra sends no groups to people with more than 200, the proxy then asks Microsoft Graph.
    // offline_access: without it there is no refresh token.
    scopes: ['openid', 'email', 'profile', 'offline_access', 'User.Read'],
    clientId: options.clientId,
    federated: options.workloadIdentity ?? false,
    emailDomains: options.emailDomains ?? ['*'],
    allowedGroups: options.allowedGroups ?? [],
    groupsClaim: 'groups',
    sendsGroups: true,
    roleClaim: options.roleClaim,
    signOutUrl: `${authority}/oauth2/v2.0/logout`,
    signOutHost: 'login.microsoftonline.com',
    // Entra's access tokens live for 60 to 90 minutes.
    cookieRefresh: Duration.minutes(55),
  };
}

// What is no URL is reported at synth, together with everything else.
function hostOf(url?: string): string | undefined {
  return url && URL.canParse(url) ? new URL(url).host : undefined;
}
