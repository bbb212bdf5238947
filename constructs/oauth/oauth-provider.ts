import type { ExternalHost } from '../platform/links';

/** The kinds of identity provider. */
export enum OAuthProviderKind {
  /** Any OpenID Connect provider, through oauth2-proxy. */
  OIDC = 'oidc',
  /** A Microsoft Entra tenant, through oauth2-proxy. */
  ENTRA_ID = 'entra-id',
  /** The OAuth server built into OpenShift, through OpenShift's own proxy. */
  OPENSHIFT = 'openshift',
}

/** An OpenID Connect provider: Keycloak, Okta, Google, … */
export interface OidcProviderOptions {
  /** Form: https URL, as in the provider's discovery document, for example `https://accounts.google.com`. */
  readonly issuerUrl: string;
  /** @default - the key `client-id` of the sidecar's Secret */
  readonly clientId?: string;
  /** A provider refuses scopes that it does not know; for groups many want `groups` here. @default `openid`, `email`, `profile` */
  readonly scopes?: string[];
  /** Who may sign in, by e-mail: `company.com`, `.company.com` for what is below it, `*` for everybody. @default `*` */
  readonly emailDomains?: string[];
  /** Who may sign in: members of one of these. @default - no condition */
  readonly allowedGroups?: string[];
  /** @default `groups` */
  readonly groupsClaim?: string;
  /**
   * Claim that holds one of Open WebUI's roles, `admin`, `user` or `pending`. Every token must have it: who comes without
   * keeps the last role. @default - roles are given in Open WebUI
   */
  readonly roleClaim?: string;
  /** Where the provider ends its own session (`end_session_endpoint`). @default - only the proxy's session ends */
  readonly signOutUrl?: string;
  /** Address ranges of the issuer, for plain NetworkPolicies. @default - any public address */
  readonly issuerCidrs?: string[];
  /** Hosts of the token, key and userinfo endpoints that are not the issuer's; Google's are known. @default - none */
  readonly additionalHosts?: ExternalHost[];
  /** ConfigMap whose key `ca.crt` holds the private authority of the provider's certificate. @default - public authorities */
  readonly caConfigMapName?: string;
}

/** One Microsoft Entra tenant. */
export interface EntraIdProviderOptions {
  /** Form: GUID. */
  readonly tenantId: string;
  /** Application (client) id. Form: GUID. @default - the key `client-id` of the sidecar's Secret */
  readonly clientId?: string;
  /**
   * Log in at Entra with a token of the release's ServiceAccount instead of a client secret. Needs `clientId`, and at
   * the application a federated credential: issuer of the cluster, subject `system:serviceaccount:NAMESPACE:RELEASE`,
   * audience `api://AzureADTokenExchange`. @default false
   */
  readonly workloadIdentity?: boolean;
  /** Who may sign in, by e-mail: `company.com`; `*` for everybody, guests of the tenant too. @default `*` */
  readonly emailDomains?: string[];
  /** Who may sign in: members of one of these groups. Form: object ids, unless the application sends names. @default - no condition */
  readonly allowedGroups?: string[];
  /**
   * Claim that holds one of Open WebUI's roles, `admin`, `user` or `pending`, for example `roles`. Every token must have
   * it: who comes without keeps the last role. @default - roles are given in Open WebUI
   */
  readonly roleClaim?: string;
}

/** What a person must be allowed to do in the cluster to be let in. */
export interface OpenShiftAccessReview {
  /** @default `get` */
  readonly verb?: string;
  /** @default `services` */
  readonly resource?: string;
  /** @default - the release's Service, when `resource` is `services`; any otherwise */
  readonly resourceName?: string;
  /** API group of the resource. @default - the core group */
  readonly resourceGroup?: string;
  /** @default - the release's namespace */
  readonly namespace?: string;
}

/** The OAuth server built into OpenShift. */
export interface OpenShiftProviderOptions {
  /** Host of the OAuth server's Route, for example `oauth-openshift.apps.cluster.example.com`. */
  readonly oauthHost: string;
  /** Address ranges of the router, when they are private. @default - public addresses, and the router's own pods */
  readonly oauthHostCidrs?: string[];
  /** Address ranges of the API servers, as `oc get endpoints kubernetes` shows them. */
  readonly apiServerCidrs: string[];
  /** @default - whoever may `get` the release's Service */
  readonly accessReview?: OpenShiftAccessReview;
}

/** Who signs people in. */
export class OAuthProvider {
  /** Any OpenID Connect provider. */
  public static oidc(options: OidcProviderOptions): OAuthProvider {
    return new OAuthProvider(OAuthProviderKind.OIDC, options);
  }

  /** A Microsoft Entra tenant. */
  public static entraId(options: EntraIdProviderOptions): OAuthProvider {
    return new OAuthProvider(OAuthProviderKind.ENTRA_ID, undefined, options);
  }

  /** OpenShift's own users, let in by what they may do in the cluster. It sends neither groups nor roles. */
  public static openshift(options: OpenShiftProviderOptions): OAuthProvider {
    return new OAuthProvider(OAuthProviderKind.OPENSHIFT, undefined, undefined, options);
  }

  private constructor(
    public readonly kind: OAuthProviderKind,
    /** Only for `OIDC`. */
    public readonly openIdConnect?: OidcProviderOptions,
    /** Only for `ENTRA_ID`. */
    public readonly entra?: EntraIdProviderOptions,
    /** Only for `OPENSHIFT`. */
    public readonly cluster?: OpenShiftProviderOptions,
  ) {}
}
