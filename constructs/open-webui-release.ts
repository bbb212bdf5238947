import { Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { Ollama } from './ollama';
import { setModelConnections, setToolConnections } from './open-webui/connections';
import { copyAppData } from './open-webui/copy-app-data';
import {
  type ConnectionPool,
  connectionEnvironment,
  databaseUrlForm,
  poolVariables,
  tlsVariables,
} from './open-webui/database';
import { ENVIRONMENT_RULES } from './open-webui/environment-catalogue';
import { handOver } from './open-webui/hand-over';
import { MigrationJob, waitForMigration } from './open-webui/migration-job';
import { applyObjectStorage, type ObjectStorage, objectStorageHosts } from './open-webui/object-storage';
import { inflate, type OfficialChart } from './open-webui/official-chart';
import { RELEASE_RULES } from './open-webui/release-rules';
import { applySignIn, type SignIn, signInHosts } from './open-webui/sign-in';
import { SIGN_IN_RULES } from './open-webui/sign-in-rules';
import { CLEAR_TEXT_RULES } from './open-webui/written-in-clear';
import type { OtlpCollector } from './otlp-collector';
import { Claim, type ClaimProps } from './platform/claim';
import { Component, ComponentKind, type ComponentProps, UpdateStrategy } from './platform/component';
import { Edge, type EdgeProps } from './platform/edge';
import { urlHost } from './platform/links';
import type { IModelProvider } from './platform/model-provider';
import { jobProps } from './platform/one-off-job';
import type { PostgresDatabase } from './platform/postgres';
import { checkAtSynth } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import { type SecretKey, Secrets, type WorkspaceSecret } from './platform/secrets';
import type { IToolServer } from './platform/tool-server';
import type { IRedis } from './redis';
import type { Tika } from './tika';

/** Which parts of the workspace page ordinary users see. All default to false, as in the app. */
export interface WorkspacePermissions {
  readonly models?: boolean;
  readonly knowledge?: boolean;
  readonly prompts?: boolean;
  readonly tools?: boolean;
  readonly skills?: boolean;
}

/** How much Open WebUI writes to its log. */
export enum OpenWebUiLogLevel {
  DEBUG = 'DEBUG',
  INFO = 'INFO',
  WARNING = 'WARNING',
  ERROR = 'ERROR',
}

/** What the audit log says of a request. Who asked for what is in every level but the first. */
export enum AuditLevel {
  NONE = 'NONE',
  METADATA = 'METADATA',
  /** The body of the request too. */
  REQUEST = 'REQUEST',
  /** The bodies of request and answer too: chats, in clear. */
  REQUEST_RESPONSE = 'REQUEST_RESPONSE',
}

/** An Open WebUI release. */
export interface OpenWebUiReleaseProps extends ComponentProps {
  /** Version of the app: the image's tag. @default - the version this library was tested with */
  readonly version?: string;
  /** The version that runs now, when it is another one: old pods then go first. @default - no change of version */
  readonly upgradingFrom?: string;
  /** @default ComponentKind.DEPLOYMENT */
  readonly kind?: ComponentKind;
  /** How people reach it. @default - only from inside the cluster */
  readonly edge?: EdgeProps;
  /** Number of the Service's port. @default 8080 */
  readonly servicePort?: number;
  /** Secret with the keys this release needs. @default - the component's name and `-secrets` */
  readonly secretName?: string;
  /**
   * PostgreSQL with pgvector. `DATABASE_…` and `PG…` of `extraEnv` and `extraSecretEnv`, and all of `extraEnvFrom`, hold
   * for its migration too. @default - SQLite and the bundled vector store in the data volume: one replica
   */
  readonly database?: PostgresDatabase;
  /** Whether the database's login may make the extension `vector`; otherwise an administrator did. @default false */
  readonly createVectorExtension?: boolean;
  /** @default - 15 connections and 20 under load, per pool */
  readonly connectionPool?: ConnectionPool;
  /** Volume of the data folder: uploads, caches, SQLite. Several replicas need one with `shared`. @default - 2 GiB on one node */
  readonly storage?: ClaimProps;
  /** Uploaded files go there instead of the volume, which stays for what else is in the data folder. @default - the volume */
  readonly objectStorage?: ObjectStorage;
  /** Copies the models that the image carries in its data folder into the volume that covers it. @default true */
  readonly copyAppData?: boolean;
  /** @default - accounts with e-mail and password, made by the administrator */
  readonly signIn?: SignIn;
  /** E-mail of the first administrator, made at the first start; otherwise whoever comes first becomes it. @default - none */
  readonly adminEmail?: string;
  /**
   * Who gets what the app without sign-in kept for its only user, once people sign in through an OAuthSidecar; given
   * in a release without sign-in too, it goes back. Only with SQLite. Form: as the provider sends it, in any case.
   * @default - nobody
   */
  readonly ownerEmail?: string;
  /** Keep the admin page's settings in the database, where they win over these. @default false */
  readonly persistentConfig?: boolean;
  /** Let every user use every model. @default false */
  readonly bypassModelAccessControl?: boolean;
  /** @default - none */
  readonly workspacePermissions?: WorkspacePermissions;
  /** Addresses of Ollama servers outside the cluster; one inside is declared by `useOllama`. @default - none, and the Ollama API is off */
  readonly ollamaUrls?: string[];
  /** @default OpenWebUiLogLevel.INFO */
  readonly logLevel?: OpenWebUiLogLevel;
  /** What the audit log on standard output says of a request. @default AuditLevel.METADATA */
  readonly auditLevel?: AuditLevel;
  /** Names in `extraEnv` and `extraSecretEnv` that a function or tool of yours reads: the app itself knows them not. @default - none */
  readonly pluginVariables?: string[];
}

const VERSION = '0.12.4';
const PORT = 8080;
const DATA_PATH = '/app/backend/data';
/** Writable folders under the read-only root, and the variables that point there. */
const SCRATCH = { tmp: '/tmp', static: '/app/static' };

/** For running answers after SIGTERM. Unit: seconds. */
const DRAIN_SECONDS = 60;

/**
 * Open WebUI: what the official chart can do, and what it lacks. Says at synth why a set-up would not work.
 * Sources: Open WebUI's env.py and config.py, version 0.12.4; its documentation, "Scaling".
 */
export class OpenWebUiRelease extends Component {
  public readonly version: string;
  public readonly props: OpenWebUiReleaseProps;
  /** The way in; undefined when there is none. */
  public readonly edge?: Edge;
  public readonly secret: WorkspaceSecret;
  /** The data volume. */
  public readonly storage: Claim;
  /** @internal */
  public readonly _models: IModelProvider[] = [];
  /** @internal */
  public readonly _tools: IToolServer[] = [];
  /** @internal */
  public readonly _ollamaUrls: string[];
  /** @internal */
  public _redis?: IRedis;
  /** The secret that signs who a request is from; set by the first tool server or session service. @internal */
  public _userJwtSecret?: SecretKey;
  /** Whether a proxy in the pod signs people in. @internal */
  public _behindProxy = false;
  private tika?: Tika;
  private collector?: OtlpCollector;

  constructor(scope: Construct, id: string, props: OpenWebUiReleaseProps = {}) {
    const version = props.version ?? VERSION;
    super(scope, id, props, {
      program: 'open-webui',
      requestsMetric: 'http_server_requests_total',
      propsStruct: 'OpenWebUiReleaseProps',
      image: `ghcr.io/open-webui/open-webui:${version}`,
      kind: props.kind,
      updateStrategy: updateStrategy(props, version),
      resources: {
        cpu: { request: Cpu.millis(500), limit: Cpu.units(2) },
        memory: { request: Size.gibibytes(1), limit: Size.gibibytes(4) },
        ephemeralStorage: { request: Size.mebibytes(256), limit: Size.gibibytes(2) },
      },
      // Migrations and the loading of models take minutes; only then do the other probes begin.
      startupProbe: { httpGet: appPath('/health'), periodSeconds: 5, failureThreshold: 60, timeoutSeconds: 4 },
      readinessProbe: { httpGet: appPath('/ready'), periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 4 },
      // Not /ready: that asks the database and Redis, and their outage must not restart the app.
      livenessProbe: { httpGet: appPath('/health'), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 4 },
      // A chat is a task in the background that does not survive SIGTERM: before it, the pod gets no new ones.
      preStopSeconds: 30,
      drainSeconds: DRAIN_SECONDS,
    });
    this.props = props;
    this.version = version;
    this._ollamaUrls = [...(props.ollamaUrls ?? [])];
    this.addPort('http', PORT, props.servicePort);
    this.secret = Secrets.of(this).secret(props.secretName ?? `${this.name}-secrets`);
    this.storage = new Claim(this, 'Data', this, props.storage ?? { size: Size.gibibytes(2) });
    this.edge = props.edge ? new Edge(this, 'Edge', this, props.edge) : undefined;
    this.setGeneralVariables();
    this.addFolders();
    this.setDatabase();
    this.setSignIn();
    this.setFeatures();
    this._pod.env.setLate((env) => {
      const { cidrs } = this.platform.edgePeer;
      if (this.edge && cidrs && !this._behindProxy) {
        // Whose word on the client's address is believed: without it, everybody's.
        env.setDefaults({ FORWARDED_ALLOW_IPS: cidrs.join(',') });
      }
      env.set('ENABLE_OLLAMA_API', String(this._ollamaUrls.length > 0));
      if (this._ollamaUrls.length > 0) {
        env.set('OLLAMA_BASE_URLS', this._ollamaUrls.join(';'));
      }
      // Left on without an address, the app would ask api.openai.com.
      env.set('ENABLE_OPENAI_API', String(this._models.length > 0));
      if (this._models.length > 0) {
        setModelConnections(env, this._models);
      }
      if (this._tools.length > 0) {
        setToolConnections(env, this._tools);
      }
    });
    checkAtSynth(this, [...RELEASE_RULES, ...SIGN_IN_RULES, ...ENVIRONMENT_RULES, ...CLEAR_TEXT_RULES], () => this);
  }

  /** Shares sessions and web sockets between replicas. Error: it was called before. */
  public useRedis(redis: IRedis): void {
    if (this._redis) {
      throw new Error(`${this.name}: useRedis was called before, and the app has one Redis: call it once`);
    }
    this._redis = redis;
    redis.allowClient(this);
    const env = this._pod.env;
    env.setSecret('REDIS_PASSWORD', redis.urlPassword ?? redis.password);
    env.setAll({
      REDIS_URL: redis.connectionUrl(0),
      WEBSOCKET_REDIS_URL: redis.connectionUrl(0),
      ENABLE_WEBSOCKET_SUPPORT: 'true',
      WEBSOCKET_MANAGER: 'redis',
      REDIS_KEY_PREFIX: this.name,
    });
    env.setDefaults({ REDIS_SOCKET_CONNECT_TIMEOUT: '5', REDIS_HEALTH_CHECK_INTERVAL: '60' });
  }

  /** Offers the models of a gateway or of pipelines. */
  public useModels(provider: IModelProvider): void {
    if (!this._models.includes(provider)) {
      this._models.push(provider);
    }
    provider.allowClient(this);
  }

  /** Offers the models of an Ollama server. */
  public useOllama(ollama: Ollama): void {
    this._ollamaUrls.push(ollama.serverUrl);
    ollama.allowClient(this);
  }

  /** Reads uploaded documents with Tika. Error: it was called before. */
  public useTika(tika: Tika): void {
    if (this.tika) {
      throw new Error(`${this.name}: useTika was called before, and the app asks one server: call it once`);
    }
    this.tika = tika;
    tika.allowClient(this);
    this._pod.env.setAll({ CONTENT_EXTRACTION_ENGINE: 'tika', TIKA_SERVER_URL: tika.serverUrl });
  }

  /** Pushes metrics, and traces where they are wanted, to a collector. Error: it was called before. */
  public useCollector(collector: OtlpCollector): void {
    if (this.collector) {
      throw new Error(`${this.name}: useCollector was called before, and the app pushes to one place: call it once`);
    }
    this.collector = collector;
    collector.allowClient(this);
    this._pod.env.setAll({
      ENABLE_OTEL: 'true',
      ENABLE_OTEL_METRICS: 'true',
      ENABLE_OTEL_TRACES: String(collector.takesTraces),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      // Inside the namespace, whose policies let nobody listen in.
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
      OTEL_SERVICE_NAME: this.name,
    });
    // Several pods count the same things: each is a series of its own.
    this._pod.env.setField('POD_NAME', 'metadata.name');
    this._pod.env.set('OTEL_RESOURCE_ATTRIBUTES', 'service.instance.id=$(POD_NAME)');
  }

  /** Offers the tools of an MCP gateway, which learns who asks from a signed token. */
  public useTools(server: IToolServer): void {
    if (!this._tools.includes(server)) {
      this._tools.push(server);
    }
    server.allowClient(this);
    this.identifyUsersTo(server.jwtSecret);
  }

  /**
   * Signs who a request is from, for programs that hold the same secret. There is one such secret: the app knows
   * only one. Never the app's own key: who has that can forge sessions.
   */
  public identifyUsersTo(jwtSecret: SecretKey): void {
    if (this._userJwtSecret) {
      this.node.addValidation({
        validate: () => (sameKey(this._userJwtSecret, jwtSecret) ? [] : [this.oneJwtSecret(jwtSecret)]),
      });
      return;
    }
    this._userJwtSecret = jwtSecret;
    this._pod.env.set('ENABLE_FORWARD_USER_INFO_HEADERS', 'true');
    this._pod.env.setSecret('FORWARD_USER_INFO_HEADER_JWT_SECRET', jwtSecret);
  }

  /**
   * Takes the pods from the official Helm chart, with values computed from these props; everything else stays the
   * construct's. Call it last: what is declared afterwards does not reach the chart, and the synth says so.
   * Error: helm is missing, or cannot render the chart.
   */
  public inflateChart(chart: OfficialChart = {}): void {
    inflate(this, chart);
  }

  /** Lets only programs of the same pod reach the app: probes then run inside the container. @internal */
  public _listenOnLoopback(): void {
    this._behindProxy = true;
    this._pod.env.set('HOST', '127.0.0.1');
    const { startupProbe, readinessProbe, livenessProbe } = this.props;
    const { main } = this._pod;
    this._pod.changeMain({
      startupProbe: startupProbe ?? onLoopback(main.startupProbe, '/health'),
      readinessProbe: readinessProbe ?? onLoopback(main.readinessProbe, '/ready'),
      livenessProbe: livenessProbe ?? onLoopback(main.livenessProbe, '/health'),
    });
  }

  private setGeneralVariables(): void {
    const { env } = this._pod;
    const { props } = this;
    env.setSecret(
      'WEBUI_SECRET_KEY',
      this.secret.key('WEBUI_SECRET_KEY', SecretForm.hex(32), 'signs the sessions of Open WebUI'),
    );
    env.setAll({
      ENABLE_PERSISTENT_CONFIG: String(props.persistentConfig ?? false),
      BYPASS_MODEL_ACCESS_CONTROL: String(props.bypassModelAccessControl ?? false),
      UVICORN_WORKERS: '1',
    });
    if (this.edge) {
      env.setAll({
        WEBUI_URL: this.edge.url,
        CORS_ALLOW_ORIGIN: this.edge.hosts.map((host) => this.origin(host)).join(';'),
      });
      env.setDefaults({
        WEBUI_SESSION_COOKIE_SECURE: String(props.edge?.tls !== false),
        WEBUI_AUTH_COOKIE_SECURE: String(props.edge?.tls !== false),
      });
    }
    env.setDefaults({
      THREAD_POOL_SIZE: '2000',
      // Below the 180 s after which a user counts as away.
      DATABASE_USER_ACTIVE_STATUS_UPDATE_INTERVAL: '120',
      UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: String(DRAIN_SECONDS - 5),
      ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS: 'false',
      ENABLE_VERSION_UPDATE_CHECK: 'false',
      // The pod reaches no model hub: what the image carries is what there is.
      HF_HUB_OFFLINE: '1',
      RAG_EMBEDDING_MODEL_AUTO_UPDATE: 'false',
      LOG_FORMAT: 'json',
      GLOBAL_LOG_LEVEL: props.logLevel ?? OpenWebUiLogLevel.INFO,
      AUDIT_LOG_LEVEL: props.auditLevel ?? AuditLevel.METADATA,
      ENABLE_AUDIT_STDOUT: 'true',
      ENABLE_AUDIT_LOGS_FILE: 'false',
    });
  }

  private addFolders(): void {
    const { env } = this._pod;
    env.setAll({ HOME: SCRATCH.tmp, STATIC_DIR: SCRATCH.static });
    this._pod.addScratch('tmp', { path: SCRATCH.tmp, sizeLimit: '1Gi' });
    this._pod.addScratch('static', { path: SCRATCH.static, sizeLimit: '64Mi' });
    const subPath = this.storage.props.subPath;
    this._pod.addMountedVolume(this.storage.toVolume('data'), { mountPath: DATA_PATH, subPath });
    if (this.props.copyAppData ?? true) {
      this._pod.addInit(copyAppData(this._pod.main.image, subPath));
    }
  }

  private setDatabase(): void {
    const { database, connectionPool } = this.props;
    if (!database) {
      return;
    }
    const url = this.secret._ownKey('DATABASE_URL', databaseUrlForm(database), 'the database of Open WebUI');
    const { env } = this._pod;
    env.setSecret('DATABASE_URL', url);
    env.setSecret('PGVECTOR_DB_URL', url);
    env.setAll({
      ...poolVariables(connectionPool),
      VECTOR_DB: 'pgvector',
      // An ordinary login may not: then the server's administrator runs CREATE EXTENSION vector once.
      PGVECTOR_CREATE_EXTENSION: String(this.props.createVectorExtension ?? false),
      ENABLE_DB_MIGRATIONS: 'false',
    });
    env.setDefaults(tlsVariables(database));
    const byHand = connectionEnvironment(database, this.props);
    const server = { host: database.host, port: database.port ?? 5432, cidrs: database.cidrs };
    this.connectToHost(server, 'chats, users, vectors');
    const webuiSecretKey = this.secret.key('WEBUI_SECRET_KEY', SecretForm.hex(32), 'signs the sessions of Open WebUI');
    this._pod.addInit(
      waitForMigration(
        this._pod.main.image,
        [
          url.toEnvVar('DATABASE_URL'),
          webuiSecretKey.toEnvVar('WEBUI_SECRET_KEY'),
          { name: 'ENABLE_DB_MIGRATIONS', value: 'false' },
        ],
        byHand,
      ),
    );
    const migration = new MigrationJob(this, 'Migration', {
      ...jobProps(this.props),
      ...byHand,
      name: `${this.name}-migration`,
      image: this._pod.main.image,
      databaseUrl: url,
      webuiSecretKey,
      version: this.version,
      versionUrl: `${this.url()}/api/version`,
      upgrading: this.props.upgradingFrom !== undefined,
    });
    migration.connectToHost(server, 'schema');
    migration.connectTo(this, 'http', 'waits for the old version');
  }

  private setSignIn(): void {
    const { signIn = {}, adminEmail, ownerEmail } = this.props;
    applySignIn(this._pod.env, this.secret, signIn, this.edge?.url);
    for (const host of signInHosts(signIn)) {
      this.connectToHost(host, 'sign-in');
    }
    if (ownerEmail) {
      const { image } = this._pod.main;
      this._pod.addInit(handOver(image, ownerEmail, signIn.enabled !== false, this.storage.props.subPath));
    }
    if (adminEmail) {
      this._pod.env.set('WEBUI_ADMIN_EMAIL', adminEmail);
      this._pod.env.setSecret(
        'WEBUI_ADMIN_PASSWORD',
        this.secret.key('WEBUI_ADMIN_PASSWORD', SecretForm.token(), 'the first administrator signs in with it'),
      );
    }
  }

  private setFeatures(): void {
    const { objectStorage, workspacePermissions = {} } = this.props;
    const { env } = this._pod;
    for (const url of this._ollamaUrls) {
      this.connectToHost(urlHost(url, 'ollamaUrls'), 'models');
    }
    for (const [area, allowed] of Object.entries(workspacePermissions)) {
      if (allowed !== undefined) {
        env.set(`USER_PERMISSIONS_WORKSPACE_${area.toUpperCase()}_ACCESS`, String(allowed));
      }
    }
    if (objectStorage?.azure && objectStorage.azure.managedIdentity !== false) {
      // Azure's webhook gives the token to pods with this label, whose ServiceAccount names the identity.
      this._pod.label('azure.workload.identity/use', 'true');
      if (objectStorage.azure.clientId) {
        this._annotateServiceAccount('azure.workload.identity/client-id', objectStorage.azure.clientId);
      }
    }
    if (objectStorage) {
      applyObjectStorage(env, this.secret, objectStorage);
      for (const host of objectStorageHosts(objectStorage)) {
        this.connectToHost(host, 'uploaded files');
      }
    }
  }

  private origin(host: string): string {
    return `${this.props.edge?.tls === false ? 'http' : 'https'}://${host}`;
  }

  private oneJwtSecret(other: SecretKey): string {
    const first = this._userJwtSecret;
    return `${this.name}: Open WebUI signs users with one secret, but ${first?.secretName}/${first?.key} and ${other.secretName}/${other.key} are asked for: give both programs the same Secret`;
  }
}

function appPath(path: string): k8s.HttpGetAction {
  return { path, port: k8s.IntOrString.fromNumber(PORT) };
}

/** The kubelet cannot reach the loopback interface of the pod; a program in the container can. */
function onLoopback(probe: k8s.Probe | undefined, path: string): k8s.Probe {
  const command = ['curl', '--fail', '--silent', '--show-error', '--max-time', '4', `http://127.0.0.1:${PORT}${path}`];
  return { ...probe, httpGet: undefined, exec: { command }, timeoutSeconds: 5 };
}

// Two pods cannot share a ReadWriteOnce volume or a SQLite file, and two versions cannot share a database.
function updateStrategy(props: OpenWebUiReleaseProps, version: string): UpdateStrategy {
  const changesVersion = props.upgradingFrom !== undefined && props.upgradingFrom !== version;
  const alone = !props.database || !props.storage?.shared;
  return props.kind !== ComponentKind.STATEFUL_SET && (changesVersion || alone)
    ? UpdateStrategy.RECREATE
    : UpdateStrategy.ROLLING_UPDATE;
}

function sameKey(a: SecretKey | undefined, b: SecretKey): boolean {
  return a?.secretName === b.secretName && a.key === b.key;
}
