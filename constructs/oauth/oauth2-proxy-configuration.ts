import type { Duration } from 'cdk8s';
import { dump } from 'js-yaml';
import type { IRedis } from '../redis';
import { loopbackUrl } from './auth-proxy';
import type { Issuer } from './issuer';
import { type HeaderNames, TrustedHeader } from './trusted-headers';

/** What the configuration of oauth2-proxy depends on. */
export interface OAuth2ProxySettings {
  readonly issuer: Issuer;
  /** Address that people type, without a trailing slash. */
  readonly publicUrl: string;
  /** Whether the app has further host names. */
  readonly severalHosts: boolean;
  /** Port of the app on the loopback interface. */
  readonly upstreamPort: number;
  /** Unit: seconds. */
  readonly upstreamTimeoutSeconds: number;
  readonly cookieExpire: Duration;
  readonly cookieRefresh?: Duration;
  readonly sessionStore?: IRedis;
  readonly trustedProxyCidrs: readonly string[];
}

/** oauth2-proxy's `alpha` configuration, as far as it is used here. Source: its alpha_options.go, version 7.15.3. */
interface AlphaConfiguration {
  readonly server: object;
  readonly metricsServer: object;
  readonly upstreamConfig: object;
  readonly providers: object[];
  readonly injectRequestHeaders: InjectedHeader[];
}

interface InjectedHeader {
  readonly name: string;
  readonly preserveRequestValue: boolean;
  readonly values: object[];
}

export const PROXY_PORT = 4180;
export const METRICS_PORT = 44180;
/** The folder of the two configuration files. */
export const CONFIGURATION_PATH = '/etc/oauth2-proxy';
export const SECRETS_PATH = '/run/secrets/oauth2-proxy';
export const CA_PATH = '/etc/oauth2-proxy-ca';
/** The variable that holds the client id where a Secret says it. */
export const CLIENT_ID_VARIABLE = 'OAUTH2_PROXY_CLIENT_ID';

export const HEADER_NAMES: HeaderNames = {
  [TrustedHeader.EMAIL]: 'X-Forwarded-Email',
  [TrustedHeader.NAME]: 'X-Forwarded-Name',
  [TrustedHeader.GROUPS]: 'X-Forwarded-Groups',
  [TrustedHeader.ROLE]: 'X-Forwarded-Role',
};

/**
 * A group that everybody is in. Open WebUI leaves memberships alone when the header is empty, so that whoever is
 * removed from the last group at the provider would keep it. Source: its routers/auths.py, version 0.12.4.
 */
const EVERYBODY = 'signed-in';

/** oauth2-proxy's two configuration files; both hold no secret. */
export class OAuth2ProxyConfiguration {
  private readonly alpha: AlphaConfiguration;

  constructor(private readonly settings: OAuth2ProxySettings) {
    this.alpha = this.alphaConfiguration();
  }

  /** The headers that are taken from the sign-in, and from nowhere else. */
  public get injectedHeaders(): string[] {
    return this.alpha.injectRequestHeaders
      .filter(({ preserveRequestValue, values }) => !preserveRequestValue && values.length > 0)
      .map(({ name }) => name);
  }

  /** `oauth2-proxy.cfg`: sessions, cookies, routes. Form: TOML. */
  public get core(): string {
    return Object.entries(this.coreConfiguration())
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('');
  }

  /** `alpha-config.yaml`: provider, upstream and, which only this form can say, every injected header. */
  public get alphaYaml(): string {
    // The variable is put in before the file is parsed: quotes keep an id of digits from becoming a number.
    return dump(this.alpha, { lineWidth: -1 }).replaceAll(/\$\{\w+\}/g, '"$&"');
  }

  private coreConfiguration(): { [key: string]: string | boolean | number | readonly string[] } {
    const { issuer, publicUrl, severalHosts, sessionStore, cookieExpire, cookieRefresh, trustedProxyCidrs } =
      this.settings;
    const https = publicUrl.startsWith('https:');
    return {
      // Without a host, the proxy takes that of the request: the cookies of one host are not sent to another.
      redirect_url: severalHosts ? '/oauth2/callback' : `${publicUrl}/oauth2/callback`,
      email_domains: issuer.emailDomains,
      // Browsers accept a cookie of that prefix only from this very host, over TLS.
      cookie_name: https ? '__Host-oauth2_proxy' : 'oauth2_proxy',
      cookie_secret_file: `${SECRETS_PATH}/cookie-secret`,
      cookie_secure: https,
      cookie_samesite: 'lax',
      cookie_expire: `${cookieExpire.toSeconds()}s`,
      cookie_refresh: `${cookieRefresh?.toSeconds() ?? 0}s`,
      // A browser that restores several tabs signs in several times at once.
      cookie_csrf_per_request: true,
      cookie_csrf_per_request_limit: 8,
      ...(sessionStore
        ? {
            session_store_type: 'redis',
            redis_connection_url: redisUrl(sessionStore),
            // Below the idle timeouts of servers and load balancers, so that no dead connection is used.
            redis_connection_idle_timeout: 240,
          }
        : // Tokens are only needed to be renewed; without them the session fits into one cookie.
          { session_store_type: 'cookie', session_cookie_minimal: cookieRefresh === undefined }),
      ...(trustedProxyCidrs.length > 0
        ? { reverse_proxy: true, trusted_proxy_ips: trustedProxyCidrs, real_client_ip_header: 'X-Forwarded-For' }
        : // Then no X-Forwarded header of a request is believed.
          { reverse_proxy: false }),
      ...(issuer.signOutHost ? { whitelist_domains: [issuer.signOutHost] } : {}),
      skip_provider_button: true,
      // Programs in the browser get 401 there: a redirect to the provider would be useless to them.
      api_routes: ['^/(api|openai|ollama|ws)/'],
      request_logging: false,
      silence_ping_logging: true,
    };
  }

  private alphaConfiguration(): AlphaConfiguration {
    const { issuer, upstreamPort, upstreamTimeoutSeconds } = this.settings;
    return {
      server: { bindAddress: `:${PROXY_PORT}` },
      metricsServer: { bindAddress: `:${METRICS_PORT}` },
      upstreamConfig: {
        upstreams: [
          // The timeout runs until the first byte of an answer: one that is not streamed comes after minutes.
          { id: 'open-webui', path: '/', uri: loopbackUrl(upstreamPort), timeout: `${upstreamTimeoutSeconds}s` },
        ],
      },
      providers: [this.provider()],
      injectRequestHeaders: [
        header(TrustedHeader.EMAIL, fromClaim('email')),
        header(TrustedHeader.NAME, fromClaim('name')),
        header(TrustedHeader.GROUPS, fromClaim('groups'), { secretSource: { value: EVERYBODY } }),
        ...(issuer.roleClaim ? [header(TrustedHeader.ROLE, fromClaim(issuer.roleClaim))] : []),
      ],
    };
  }

  private provider(): object {
    const { issuer } = this.settings;
    return {
      id: 'sign-in',
      provider: issuer.type,
      clientID: issuer.clientId ?? `\${${CLIENT_ID_VARIABLE}}`,
      ...(issuer.federated
        ? { microsoftEntraIDConfig: { federatedTokenAuth: true } }
        : { clientSecretFile: `${SECRETS_PATH}/client-secret` }),
      ...(issuer.caConfigMapName ? { caFiles: [`${CA_PATH}/ca.crt`], useSystemTrustStore: true } : {}),
      scope: issuer.scopes.join(' '),
      code_challenge_method: 'S256',
      oidcConfig: { issuerURL: issuer.url, groupsClaim: issuer.groupsClaim, insecureSkipNonce: false },
      additionalClaims: ['name', ...(issuer.roleClaim ? [issuer.roleClaim] : [])],
      ...(issuer.allowedGroups.length > 0 ? { allowedGroups: issuer.allowedGroups } : {}),
    };
  }
}

function header(kind: TrustedHeader, ...values: object[]): InjectedHeader {
  return { name: HEADER_NAMES[kind], preserveRequestValue: false, values };
}

function fromClaim(claim: string): object {
  return { claimSource: { claim } };
}

/** The password comes from the environment. Database 0: managed servers have no other. */
function redisUrl({ tls, host, port }: IRedis): string {
  return `${tls ? 'rediss' : 'redis'}://${host}:${port}/0`;
}
