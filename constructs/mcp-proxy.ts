import { ApiObject, Chart, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { checkTokensAtEdge, edgeWithoutIdentity } from './mcp-proxy/outside-edge';
import { MCP_PROXY_RULES } from './mcp-proxy/proxy-rules';
import { UPSTREAM_RULES, type Upstream, type UrlTarget, urlTarget } from './mcp-proxy/upstream';
import type { McpServer } from './mcp-server';
import { toolConnections } from './open-webui/connections';
import { Component, type ComponentProps } from './platform/component';
import type { Edge, EdgeProps } from './platform/edge';
import { WorkspaceNamespace } from './platform/namespace';
import { READ_ONLY_FILES } from './platform/pod-template';
import { checkProps } from './platform/props-check';
import { checkAtSynth } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import type { SecretKey } from './platform/secrets';
import type { IToolServer } from './platform/tool-server';
import type { Workload } from './platform/workload';
import type { IRedis } from './redis';
import type { TenantConfig } from './tenant-config';
import { VERSION } from './version';

/** How much the gateway writes to its log. */
export enum McpProxyLogLevel {
  ERROR = 'error',
  WARN = 'warn',
  INFO = 'info',
  DEBUG = 'debug',
  TRACE = 'trace',
}

/** What an MCP gateway can be told, besides its tenants: data, as an environment holds it. */
export interface McpProxyOptions extends ComponentProps {
  /** Secret with `MCP_PROXY_API_KEY`, which callers send as a bearer token. @default `mcp-proxy-secrets` */
  readonly secretName?: string;
  /**
   * Whether `MCP_PROXY_API_KEY_PREVIOUS` and `FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS` stand beside the current
   * ones, so that they are asked of the secret store: callers may then use either. @default false
   */
  readonly keyRotation?: boolean;
  /**
   * What signs who a request is from. Open WebUI knows only one such secret for all programs. Never its own
   * `WEBUI_SECRET_KEY`: who has that can forge sessions.
   * @default - `FORWARD_USER_INFO_HEADER_JWT_SECRET` of the Secret `secretName`
   */
  readonly jwtSecret?: SecretKey;
  /** Addresses of tenants' hosts in private networks, in CIDR form, by host name. @default - none */
  readonly endpointCidrs?: { [host: string]: string[] };
  /** Roles of Open WebUI that see every tenant. @default - `admin` */
  readonly adminRoles?: string[];
  /** Base URL by which clients outside the cluster know the gateway. @default - its address in the namespace */
  readonly publicUrl?: string;
  /**
   * The way in for clients outside the cluster, with tokens of `oidcIssuer`: an HTTPRoute, at any gateway that has the
   * Gateway API (Envoy Gateway, Kong, Application Gateway for Containers). It takes the headers away by which Open WebUI
   * says who somebody is, and gives `publicUrl`. @default - only pods of the namespace reach the gateway
   */
  readonly edge?: EdgeProps;
  /**
   * Only for an edge of Envoy Gateway: address of the issuer's keys, for example
   * `https://login.microsoftonline.com/<tenant>/discovery/v2.0/keys`. With it, a wrong token ends at the edge; a request
   * without one comes through, because the gateway's answer says where to get one. @default - the gateway alone checks
   */
  readonly edgeKeysUrl?: string;
  /** Host names that a request may name, besides the Service's and that of `publicUrl`. @default - none */
  readonly allowedHosts?: string[];
  /** Origins from which a browser may call. Form: `https://chat.company.com`. @default - none */
  readonly allowedOrigins?: string[];
  /** Accept access tokens of this issuer too. @default - only the API key */
  readonly oidcIssuer?: string;
  /** Audience that such tokens must name. @default - none; needed with `oidcIssuer` */
  readonly oidcAudience?: string;
  /** Content of `tools.lock.json`: a tool whose definition changed is held back. @default - tools are not pinned */
  readonly toolPins?: string;
  /** @default McpProxyLogLevel.INFO */
  readonly logLevel?: McpProxyLogLevel;
  /** Time for running calls after SIGTERM. Unit: seconds. @default 25 */
  readonly shutdownGraceSeconds?: number;
  /**
   * Id of the connection in Open WebUI: the model sees each tool as `<id>_<tenant>_<tool>`, 64 characters in all.
   * @default `mcp`
   */
  readonly toolServerId?: string;
  /** Name of the connection in Open WebUI. @default `MCP Proxy Gateway` */
  readonly title?: string;
}

/** The MCP gateway: one address for the tools of all tenants. */
export interface McpProxyProps extends McpProxyOptions {
  /**
   * Who may use which tools, and where they are. An endpoint in another namespace is opened on the URL's port, which
   * must be that of the pods: policies see no Services.
   */
  readonly tenants: TenantConfig;
}

const PORT = 8000;
const METRICS_PORT = 9090;
const CONFIG_PATH = '/config';
const CREDENTIALS_PATH = '/secrets';
const KEYS_PATH = '/run/secrets/mcp-proxy';
const PINS_PATH = '/pins';
const API_KEY = 'MCP_PROXY_API_KEY';
const PREVIOUS_API_KEY = 'MCP_PROXY_API_KEY_PREVIOUS';
const JWT_SECRET = 'FORWARD_USER_INFO_HEADER_JWT_SECRET';
const PREVIOUS_JWT_SECRET = `${JWT_SECRET}_PREVIOUS`;
/** What the program may need beyond its own limit to close its connections. Unit: seconds. */
const LAST_SECONDS = 5;

/**
 * The gateway between Open WebUI and the tenants' MCP servers, which decides per user and tool. It may leave the pod
 * only for what its tenants' endpoints name. Its image is built from `services/mcp-proxy` of this library's repository;
 * the default, below `ghcr.io/company/`, is a placeholder.
 */
export class McpProxy extends Component implements IToolServer {
  public readonly toolServerId: string;
  public readonly title: string;
  public readonly mcpUrl: string;
  public readonly apiKey: SecretKey;
  public readonly jwtSecret: SecretKey;
  public readonly groupsHeader = 'X-OpenWebUI-User-Groups';
  /** Unit: seconds. */
  public readonly shutdownGraceSeconds: number;
  /** The way in for clients outside the cluster. */
  public readonly edge?: Edge;
  /** @internal */
  public readonly _own: McpProxyProps;
  /** @internal */
  public _redis?: IRedis;
  private readonly servers = new Map<string, McpServer>();
  private readonly namespace?: string;

  constructor(scope: Construct, id: string, props: McpProxyProps) {
    checkProps(scope, 'McpProxyProps', props);
    const shutdownGraceSeconds = props.shutdownGraceSeconds ?? 25;
    super(scope, id, props, {
      program: 'mcp-proxy',
      requestsMetric: 'mcp_proxy_calls_total',
      propsStruct: 'McpProxyProps',
      image: `ghcr.io/company/mcp-proxy:${VERSION}`,
      replicas: 2,
      resources: {
        cpu: { request: Cpu.millis(100), limit: Cpu.millis(500) },
        memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) },
        ephemeralStorage: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
      },
      startupProbe: { ...probe('/health'), periodSeconds: 2, failureThreshold: 30 },
      readinessProbe: { ...probe('/ready'), periodSeconds: 5, failureThreshold: 3 },
      livenessProbe: { ...probe('/health'), periodSeconds: 10, failureThreshold: 3 },
      drainSeconds: shutdownGraceSeconds + LAST_SECONDS,
    });
    this._own = props;
    this.shutdownGraceSeconds = shutdownGraceSeconds;
    this.namespace = Chart.of(this).namespace ?? WorkspaceNamespace.of(this)?.name;
    this.addPort('http', PORT);
    this.addPodPort('metrics', METRICS_PORT);
    this.allowFrom(this.platform.monitoringPeer, 'Monitoring', 'metrics', 'metrics');
    this.toolServerId = props.toolServerId ?? 'mcp';
    this.title = props.title ?? 'MCP Proxy Gateway';
    this.mcpUrl = `${this.url()}/mcp`;
    const secretName = props.secretName ?? 'mcp-proxy-secrets';
    this.apiKey = this._secretKey(secretName, API_KEY, SecretForm.token(), 'callers of the MCP gateway send it');
    this.jwtSecret =
      props.jwtSecret ??
      this._secretKey(secretName, JWT_SECRET, SecretForm.token(), 'Open WebUI signs with it who a request is from');
    this.edge = props.edge && edgeWithoutIdentity(this, props.edge);
    if (this.edge) {
      checkTokensAtEdge(this, this.edge);
    }
    this.addEnvironment();
    this.mountTenants();
    this.mountKeys();
    this.addToolPins();
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '64Mi' });
    this.openEgress();
    this.node.addValidation({ validate: () => this.upstreamErrors() });
    checkAtSynth(this, MCP_PROXY_RULES, () => this);
  }

  /**
   * The connection to this gateway, for an Open WebUI in the same namespace that other manifests render: the value of
   * its variable `TOOL_SERVER_CONNECTIONS`. Form: JSON, in which Kubernetes replaces `$(MCP_PROXY_API_KEY)` when that
   * variable stands before it in the container's `env`. That Open WebUI needs besides
   * - `MCP_PROXY_API_KEY` and `FORWARD_USER_INFO_HEADER_JWT_SECRET` from the Secrets of `apiKey` and `jwtSecret`, and
   *   `ENABLE_FORWARD_USER_INFO_HEADERS` set to `true`;
   * - to be let in by `allowFrom(peer, 'Open WebUI', 'http', 'tools')`, where the peer is for example
   *   `{ namespaceLabels: { 'kubernetes.io/metadata.name': 'chat' }, podLabels: { app: 'open-webui' } }`.
   *
   * An `OpenWebUiRelease` gets all of it by its `useTools`.
   */
  public get toolServerConnection(): string {
    return toolConnections([this]);
  }

  /** Declares the server behind the tenants' endpoints that bear its name. */
  public useServer(server: McpServer): void {
    this.servers.set(server.serviceName, server);
    this.connectTo(server, 'http', 'tools');
  }

  /**
   * Counts calls for all replicas together. Error: it was called before.
   * @param database 0, the only one of a clustered server, unless given
   */
  public useRedis(redis: IRedis, database = 0): void {
    if (this._redis) {
      throw new Error(`${this.name}: useRedis was called before, and calls are counted in one place: call it once`);
    }
    this._redis = redis;
    redis.allowClient(this);
    this._pod.env.setSecret('REDIS_PASSWORD', redis.urlPassword ?? redis.password);
    this._pod.env.set('REDIS_URL', redis.connectionUrl(database));
  }

  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'tools');
  }

  /** Hosts with given addresses that no tenant calls. @internal */
  public get _unusedCidrs(): string[] {
    const called = new Set(this.upstreams().map(({ target }) => target.host));
    return Object.keys(this._own.endpointCidrs ?? {}).filter((host) => !called.has(host));
  }

  private addEnvironment(): void {
    const { _own: own } = this;
    const { env } = this._pod;
    env.setAll({
      PORT: String(PORT),
      METRICS_PORT: String(METRICS_PORT),
      LOG_LEVEL: own.logLevel ?? McpProxyLogLevel.INFO,
      SHUTDOWN_GRACE_SECONDS: String(this.shutdownGraceSeconds),
      PUBLIC_URL: own.publicUrl ?? this.edge?.url ?? this.url(),
      ALLOWED_HOSTS: this.allowedHosts().join(','),
    });
    const optional = {
      ALLOWED_ORIGINS: own.allowedOrigins?.join(','),
      ADMIN_ROLES: own.adminRoles?.join(','),
      OIDC_ISSUER: own.oidcIssuer,
      OIDC_AUDIENCE: own.oidcAudience,
    };
    for (const [name, value] of Object.entries(optional)) {
      if (value !== undefined) {
        env.set(name, value);
      }
    }
  }

  /** Every name by which a pod of this cluster may call the Service, and the names from outside. */
  private allowedHosts(): string[] {
    const { publicUrl, allowedHosts = [] } = this._own;
    const suffixes = this.namespace
      ? ['', ...['', '.svc', '.svc.cluster.local'].map((end) => `.${this.namespace}${end}`)]
      : [''];
    const outside = publicUrl && URL.canParse(publicUrl) ? [new URL(publicUrl).hostname] : [];
    const inside = suffixes.map((suffix) => `${this.serviceName}${suffix}`);
    return [...new Set([...inside, ...outside, ...(this.edge?.hosts ?? []), ...allowedHosts])];
  }

  // The program reads tenants and credentials again when they change, each change whole, and keeps the last good ones.
  // A restart on their checksum would drop every session for what takes effect anyway.
  private mountTenants(): void {
    const { tenants } = this._own;
    this._pod.env.set('TENANT_CONFIG_PATH', tenants._path(CONFIG_PATH));
    this._pod.addMountedVolume(tenants._toVolume('tenants'), { mountPath: CONFIG_PATH, readOnly: true });
    if (tenants.credentials.length === 0) {
      return;
    }
    this._pod.env.set('SECRETS_PATH', CREDENTIALS_PATH);
    this._pod.addMountedVolume(
      {
        name: 'credentials',
        secret: {
          secretName: tenants.credentialsSecretName,
          defaultMode: READ_ONLY_FILES,
          items: tenants.credentials.map(({ key }) => ({ key, path: key })),
          // A key that is missing for a while is one tenant's outage. Without this no pod could start, for any tenant.
          optional: true,
        },
      },
      { mountPath: CREDENTIALS_PATH, readOnly: true },
    );
  }

  // Files, not variables: they are in no process listing and change while the program runs, so keys can be rotated.
  private mountKeys(): void {
    const { env } = this._pod;
    const previous = { secretName: this.apiKey.secretName, key: PREVIOUS_API_KEY };
    if (this._own.keyRotation) {
      this._secretKey(previous.secretName, previous.key, SecretForm.token(), 'still accepted while the key is rotated');
      const { secretName } = this.jwtSecret;
      this._secretKey(
        secretName,
        PREVIOUS_JWT_SECRET,
        SecretForm.token(),
        'still accepted while the secret is rotated',
      );
    }
    const source = (
      variable: string,
      from: { readonly secretName: string; readonly key: string },
      optional?: boolean,
    ) => {
      env.set(`${variable}_FILE`, `${KEYS_PATH}/${variable}`);
      return { secret: { name: from.secretName, items: [{ key: from.key, path: variable }], optional } };
    };
    this._pod.addMountedVolume(
      {
        name: 'keys',
        projected: {
          defaultMode: READ_ONLY_FILES,
          sources: [
            source(API_KEY, this.apiKey),
            source(PREVIOUS_API_KEY, previous, true),
            source(JWT_SECRET, this.jwtSecret),
            source(PREVIOUS_JWT_SECRET, { secretName: this.jwtSecret.secretName, key: PREVIOUS_JWT_SECRET }, true),
          ],
        },
      },
      { mountPath: KEYS_PATH, readOnly: true },
    );
  }

  private addToolPins(): void {
    const { toolPins } = this._own;
    if (toolPins === undefined) {
      return;
    }
    const name = `${this.name}-tool-pins`;
    new ApiObject(
      this,
      'ToolPins',
      k8s.KubeConfigMap.manifest({ metadata: { name, labels: this.labels }, data: { 'tools.lock.json': toolPins } }),
    );
    this._pod.env.set('TOOL_PINS_PATH', `${PINS_PATH}/tools.lock.json`);
    this._pod.addMountedVolume({ name: 'tool-pins', configMap: { name } }, { mountPath: PINS_PATH, readOnly: true });
    this._pod.restartOnChangeOf(() => toolPins);
  }

  private openEgress(): void {
    const opened = new Set<string>();
    const open = (target: UrlTarget, purpose: string) => {
      const place = `${target.namespace ?? target.host}:${target.port}`;
      if (!opened.has(place)) {
        opened.add(place);
        this.connectToTarget(target, purpose);
      }
    };
    for (const { target } of this.upstreams()) {
      open(target, 'tools');
    }
    const { oidcIssuer } = this._own;
    if (oidcIssuer !== undefined && URL.canParse(oidcIssuer)) {
      open(urlTarget(oidcIssuer, this.namespace), 'keys of the token issuer');
    }
  }

  // A Service of this namespace is opened by useServer, which knows the pods behind it.
  private connectToTarget({ host, port, service, namespace, address }: UrlTarget, purpose: string): void {
    if (namespace) {
      const peer = { namespaceLabels: { 'kubernetes.io/metadata.name': namespace } };
      this.connectToPeer(peer, `namespace ${namespace}`, port, purpose);
    } else if (!service) {
      this.connectToHost({ host, port, cidrs: address ? [address] : this._own.endpointCidrs?.[host] }, purpose);
    }
  }

  /** A disabled tenant does not exist: nothing is opened for it, and nothing asked of it. */
  private upstreams(): Upstream[] {
    return this._own.tenants._usableTenants
      .filter(({ enabled }) => enabled !== false)
      .map((tenant) => {
        const url = tenant.mcpEndpoint ?? '';
        const target = urlTarget(url, this.namespace);
        const server = target.service === undefined ? undefined : this.servers.get(target.service);
        return { proxyName: this.name, tenant, url, target, server, cidrs: this._own.endpointCidrs?.[target.host] };
      });
  }

  private upstreamErrors(): string[] {
    return this.upstreams().flatMap((upstream) =>
      UPSTREAM_RULES.filter((rule) => rule.broken(upstream)).map((rule) => rule.message(upstream)),
    );
  }
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromNumber(PORT) }, timeoutSeconds: 3 };
}
