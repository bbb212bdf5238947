import { Duration, Size } from 'cdk8s';
import { type ContainerResources, Cpu } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import type { AuthProxy } from './oauth/auth-proxy';
import { type Issuer, issuerOf } from './oauth/issuer';
import type { OAuthProvider } from './oauth/oauth-provider';
import { OAUTH2_PROXY_IMAGE, OAuth2Proxy } from './oauth/oauth2-proxy';
import { OPENSHIFT_OAUTH_PROXY_IMAGE, OpenShiftOAuthProxy } from './oauth/openshift-oauth-proxy';
import { SIDECAR_RULES } from './oauth/sidecar-rules';
import { type TrustedHeader, trustHeaders } from './oauth/trusted-headers';
import type { OpenWebUiRelease } from './open-webui-release';
import { checkProps } from './platform/props-check';
import { checkAtSynth } from './platform/rules';
import { Secrets } from './platform/secrets';
import type { IRedis } from './redis';

/** How people sign in before they reach Open WebUI. */
export interface OAuthSidecarOptions {
  readonly provider: OAuthProvider;
  /**
   * Secret with `cookie-secret` and, unless the provider says otherwise, `client-id` and `client-secret`; no value may
   * end with a newline. @default `oauth-config`
   */
  readonly secretName?: string;
  /**
   * What Open WebUI learns from the sign-in. With `GROUPS`, people are in the groups that the provider names and in no
   * others. @default - e-mail and name; groups where the provider can send them; the role where it has a `roleClaim`
   */
  readonly trustedHeaders?: TrustedHeader[];
  /** After that everybody signs in again. @default Duration.hours(12) */
  readonly cookieExpire?: Duration;
  /**
   * After how long tokens are renewed, so that people and groups which the provider has removed lose access: less than
   * an access token lives, and only where the provider gives refresh tokens. @default - 55 minutes with Entra; never
   */
  readonly cookieRefresh?: Duration;
  /** How long an answer that is not streamed may take. Unit: seconds. @default - as long as the edge waits */
  readonly upstreamTimeoutSeconds?: number;
  /**
   * Address ranges of the edge, whose word on the client's address is then believed; in CIDR form.
   * @default - none: logs show the edge's address
   */
  readonly trustedProxyCidrs?: string[];
  /** Image with its tag or digest. @default - the version that this library pins */
  readonly image?: string;
  /** Requests and limits. @default - fit for the program */
  readonly resources?: ContainerResources;
}

export interface OAuthSidecarProps extends OAuthSidecarOptions {
  /** The release that people sign in to. It has an edge: the provider sends people back to that address. */
  readonly release: OpenWebUiRelease;
  /** Where sessions are kept; Entra's do not fit into cookies. OpenShift's proxy knows cookies only. @default - cookies */
  readonly sessionStore?: IRedis;
}

const RESOURCES: ContainerResources = {
  cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
  ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
};

/**
 * A proxy in the pod of an Open WebUI release that signs people in: oauth2-proxy, or OpenShift's own. It takes over the
 * release's Service; the app listens on the loopback interface only and believes no header but those that the proxy
 * sets itself. Programs that call the app with one of its API keys need a sign-in too.
 */
export class OAuthSidecar extends Construct {
  public readonly release: OpenWebUiRelease;
  public readonly provider: OAuthProvider;
  /** @internal */
  public readonly _props: OAuthSidecarProps;
  /** @internal */
  public readonly _proxy: AuthProxy;
  /** Undefined for OpenShift's own OAuth server. @internal */
  public readonly _issuer?: Issuer;

  constructor(scope: Construct, id: string, props: OAuthSidecarProps) {
    super(scope, id);
    checkProps(this, 'OAuthSidecarProps', props);
    this.checkProvider(props.provider);
    this._props = props;
    this.release = props.release;
    this.provider = props.provider;
    this._issuer = issuerOf(props.provider);
    checkAtSynth(this, SIDECAR_RULES, () => this);
    this._proxy = this.createProxy();
    this.takeOverService();
    this.identifyUsers();
  }

  /** Unit: seconds. @internal */
  public get _edgeTimeoutSeconds(): number {
    return this.release.edge?.timeoutSeconds ?? 0;
  }

  /** Unit: seconds. @internal */
  public get _upstreamTimeoutSeconds(): number {
    return this._props.upstreamTimeoutSeconds ?? this._edgeTimeoutSeconds;
  }

  /** @internal */
  public get _cookieExpire(): Duration {
    return this._props.cookieExpire ?? Duration.hours(12);
  }

  /** Undefined when tokens are not renewed. @internal */
  public get _cookieRefresh(): Duration | undefined {
    return this._props.cookieRefresh ?? this._issuer?.cookieRefresh;
  }

  private checkProvider({ openIdConnect, entra, cluster }: OAuthProvider): void {
    const options = {
      OidcProviderOptions: openIdConnect,
      EntraIdProviderOptions: entra,
      OpenShiftProviderOptions: cluster,
    };
    for (const [struct, given] of Object.entries(options)) {
      if (given) {
        checkProps(this, struct, given);
      }
    }
  }

  private createProxy(): AuthProxy {
    const { _props: props, release, _issuer: issuer } = this;
    const { cluster } = this.provider;
    const secret = Secrets.of(this).secret(props.secretName ?? 'oauth-config');
    const shared = {
      release,
      resources: props.resources ?? RESOURCES,
      upstreamTimeoutSeconds: this._upstreamTimeoutSeconds,
      cookieExpire: this._cookieExpire,
    };
    if (cluster) {
      const image = props.image ?? OPENSHIFT_OAUTH_PROXY_IMAGE;
      return new OpenShiftOAuthProxy({ ...shared, cluster, image }, secret);
    }
    if (!issuer) {
      throw new Error(
        `[${this.node.path}] the provider names no issuer: make it with one of the factories of OAuthProvider`,
      );
    }
    for (const host of issuer.hosts) {
      release.connectToHost(host, 'sign-in');
    }
    props.sessionStore?.allowClient(release);
    const options = {
      ...shared,
      issuer,
      image: props.image ?? OAUTH2_PROXY_IMAGE,
      cookieRefresh: this._cookieRefresh,
      sessionStore: props.sessionStore,
      trustedProxyCidrs: props.trustedProxyCidrs ?? [],
    };
    return new OAuth2Proxy(this, options, secret);
  }

  private takeOverService(): void {
    const { release, _proxy: proxy } = this;
    release.addSidecar(proxy.container);
    release._redirectPort('http', proxy.port);
    release._listenOnLoopback();
    if (proxy.metricsPort) {
      release._setPodPort('proxy-metrics', proxy.metricsPort);
      release.allowFrom(release.platform.monitoringPeer, 'Monitoring', 'proxy-metrics', 'metrics of the sign-in');
    }
  }

  private identifyUsers(): void {
    const { _proxy: proxy, _props: props } = this;
    const { env } = this.release._pod;
    trustHeaders(env, props.trustedHeaders ?? proxy.trustedByDefault, proxy.headerNames);
    // Open WebUI reads roles and groups only at its own sign-in: that must not outlive the proxy's session.
    env.setDefaults({ JWT_EXPIRES_IN: `${this._cookieExpire.toMinutes()}m` });
    env.setAll({
      FORWARDED_ALLOW_IPS: ['127.0.0.1', ...(props.trustedProxyCidrs ?? [])].join(','),
      WEBUI_AUTH_SIGNOUT_REDIRECT_URL: proxy.signOutUrl,
    });
  }
}
