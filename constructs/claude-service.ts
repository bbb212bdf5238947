import { ApiObject, Chart, Lazy, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { AMBER, AMBER_WITHOUT_SHELL } from './claude/amber';
import { ClaudeEngine } from './claude/engine';
import { IsolationTier, makesPods } from './claude/isolation';
import { PERSONA_RULES, type Persona, readPersona } from './claude/persona';
import { SERVICE_RULES } from './claude/service-rules';
import type { ClaudeSessionPods } from './claude/session-pods';
import type { ISessionService } from './litellm/session-service';
import { Claim, type ClaimProps } from './platform/claim';
import { Component, type ComponentProps, UpdateStrategy } from './platform/component';
import { ANTHROPIC_API } from './platform/links';
import type { IModelProvider } from './platform/model-provider';
import { READ_ONLY_FILES } from './platform/pod-template';
import type { PostgresDatabase } from './platform/postgres';
import { checkAtSynth } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import type { SecretKey } from './platform/secrets';
import type { IToolServer } from './platform/tool-server';
import type { Workload } from './platform/workload';
import { VERSION } from './version';

/** How much the service writes to its log. */
export enum ClaudeLogLevel {
  ERROR = 'error',
  WARN = 'warn',
  INFO = 'info',
  DEBUG = 'debug',
  TRACE = 'trace',
}

/** A gateway that speaks Anthropic's Messages API, at `/v1/messages` of its address. */
export interface IMessagesGateway {
  /** Base URL of that API, without `/v1`. */
  readonly messagesUrl: string;
  /** The key that callers send. */
  readonly apiKey: SecretKey;
  /** The models that it answers for; `*` stands for any characters. @default - nobody knows, and none is refused */
  readonly modelNames?: string[];
  /** Declares that a program calls this gateway. */
  allowClient(client: Workload): void;
}

/** Long-running Claude sessions behind an OpenAI-compatible API. */
export interface ClaudeServiceProps extends ComponentProps {
  /** Models to offer: name, and the persona behind it. @default - `claude-amber-session` with the persona `amber` */
  readonly models?: { [name: string]: string };
  /**
   * The model that each names must be one that the gateway of `useModelGateway` offers, under that very name.
   * @default - `amber`, for software work, with `claude-sonnet-5-5`; no shell where sessions share a container in production
   */
  readonly personas?: Persona[];
  /** Model of titles, tags and follow-up questions. @default `claude-haiku-5-5` */
  readonly taskModel?: string;
  /** @default ClaudeEngine.SDK */
  readonly engine?: ClaudeEngine;
  /** @default IsolationTier.PROCESS */
  readonly isolation?: IsolationTier;
  /** The pods of the tiers `POD` and `AGENT_SANDBOX`. @default - none */
  readonly sessionPods?: ClaudeSessionPods;
  /**
   * Transcripts, leases and audit. A database of its own, not Open WebUI's. Its `maxConnections` is refused: how many
   * the program opens is not set here.
   * @default - one inside the program, in a volume: one replica
   */
  readonly database?: PostgresDatabase;
  /** Volume of the database inside the program. @default - 2 GiB on one node; unused with `database` */
  readonly storage?: ClaimProps;
  /** Volume of the sessions' folders. Several replicas need one with `shared`. @default - 10 GiB on one node; unused with `sessionPods` */
  readonly workspaces?: ClaimProps;
  /** Secret with the keys this service needs. @default - the component's name and `-secrets` */
  readonly secretName?: string;
  /**
   * Whether `CLAUDE_SERVICE_KEY_PREVIOUS` and `FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS` stand beside the current
   * ones, so that they are asked of the secret store: callers may then use either. @default false
   */
  readonly keyRotation?: boolean;
  /**
   * What signs who a request is from. Open WebUI knows only one such secret for all programs.
   * @default - `FORWARD_USER_INFO_HEADER_JWT_SECRET` of the Secret `secretName`
   */
  readonly jwtSecret?: SecretKey;
  /** Calls of the model in one turn. @default 50 */
  readonly maxTurns?: number;
  /** Unit: US dollars. @default 2 */
  readonly maxBudgetUsdPerTurn?: number;
  /** Unit: US dollars. @default 20 */
  readonly maxBudgetUsdPerUserPerDay?: number;
  /** How long a session without a request stays in memory. Unit: seconds. @default 1800 */
  readonly sessionIdleSeconds?: number;
  /** Sessions in memory at once, in each replica. @default 64 */
  readonly maxLiveSessions?: number;
  /** A chat that is longer is summarised before the model is asked again; 0 for never. Unit: tokens. @default 150000 */
  readonly compactAboveTokens?: number;
  /** Sessions that nobody used for so long are deleted with their files; 0 keeps them. Unit: days. @default 0 */
  readonly sessionRetentionDays?: number;
  /** Audit rows and daily costs that are older are deleted; 0 keeps them. Unit: days. @default 0 */
  readonly auditRetentionDays?: number;
  /** @default ClaudeLogLevel.INFO */
  readonly logLevel?: ClaudeLogLevel;
  /** Time for running turns after SIGTERM. An agent's turn takes minutes. Unit: seconds. @default 300 */
  readonly shutdownGraceSeconds?: number;
}

const PORT = 8001;
const METRICS_PORT = 9090;
const DATA_PATH = '/data';
const WORKSPACES_PATH = '/workspaces';
const PERSONAS_PATH = '/personas';
const SESSION_POD_PATH = '/session-pod';
const KEYS_PATH = '/run/secrets/claude-service';
/** Where Kubernetes clients look for the token of their pod. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** What the program may need beyond its own limit to write the last rows. Unit: seconds. */
const LAST_SECONDS = 5;
/** The token of a pod is renewed by the kubelet. Unit: seconds. */
const TOKEN_LIFE = 3600;

/**
 * The Claude service: sessions of an agent, one per user and chat, that go on after a pause or a restart. It talks to
 * one place only for its models, which is declared by `useModelGateway` or `useAnthropicApi`.
 *
 * A gateway that routes to this service and serves its models makes a circle of links, and no deadlock at the start:
 * neither readiness check asks the other program, a call travels the circle only while a person waits for an answer.
 *
 * Its image is built from `services/claude-service` of this library's repository; the default, below
 * `ghcr.io/company/`, is a placeholder.
 */
export class ClaudeService extends Component implements ISessionService, IModelProvider {
  /** Names of the models it offers. */
  public readonly modelNames: string[];
  /** Base URL of its OpenAI-compatible API, for a gateway that routes to it. */
  public readonly apiUrl: string;
  /** The same, for an Open WebUI that takes the models from here directly. */
  public readonly apiBaseUrl: string;
  /** All of its models are sessions. */
  public readonly servesSessions?: boolean = true;
  /** The key that callers send. */
  public readonly apiKey: SecretKey;
  /** What signs who a request is from; Open WebUI needs the same. */
  public readonly jwtSecret: SecretKey;
  public readonly isolation: IsolationTier;
  /** Unit: seconds. */
  public readonly shutdownGraceSeconds: number;
  /** @internal */
  public readonly _own: ClaudeServiceProps;
  /** @internal */
  public readonly _models: { readonly [name: string]: string };
  /** @internal */
  public readonly _personas: readonly Persona[];
  /** Where the models are; exactly one at synth. @internal */
  public readonly _modelSources: string[] = [];
  /** What the gateway offers; undefined where nobody knows. @internal */
  public _offeredModels?: string[];
  /** @internal */
  public readonly _toolServers: IToolServer[] = [];
  /** Volume of the sessions' folders; undefined where each session has a pod. @internal */
  public readonly _workspaces?: Claim;
  private readonly keyFiles: k8s.VolumeProjection[] = [];
  private readonly secretName: string;

  constructor(scope: Construct, id: string, props: ClaudeServiceProps = {}) {
    const shutdownGraceSeconds = props.shutdownGraceSeconds ?? 300;
    super(scope, id, props, {
      program: 'claude-service',
      requestsMetric: 'claude_service_turns_total',
      propsStruct: 'ClaudeServiceProps',
      image: `ghcr.io/company/claude-service:${VERSION}`,
      resources: {
        cpu: { request: Cpu.millis(250), limit: Cpu.units(2) },
        memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
        ephemeralStorage: { request: Size.mebibytes(128), limit: Size.gibibytes(2) },
      },
      updateStrategy: updateStrategy(props),
      // The first start makes the tables of the database.
      startupProbe: { ...probe('/health'), periodSeconds: 2, failureThreshold: 60 },
      readinessProbe: { ...probe('/ready'), periodSeconds: 5, failureThreshold: 3 },
      // Not /ready: an outage of the database must not end the sessions that run.
      livenessProbe: { ...probe('/health'), periodSeconds: 10, failureThreshold: 6 },
      drainSeconds: shutdownGraceSeconds + LAST_SECONDS,
    });
    this._own = props;
    this.shutdownGraceSeconds = shutdownGraceSeconds;
    this.isolation = props.isolation ?? IsolationTier.PROCESS;
    this._models = props.models ?? { 'claude-amber-session': 'amber' };
    this._personas = props.personas ?? [{ name: 'amber', content: this.defaultPersona() }];
    this.modelNames = Object.keys(this._models);
    this.addPort('http', PORT);
    this.addPodPort('metrics', METRICS_PORT);
    this.allowFrom(this.platform.monitoringPeer, 'Monitoring', 'metrics', 'metrics');
    this.apiUrl = `${this.url()}/v1`;
    this.apiBaseUrl = this.apiUrl;
    this.secretName = props.secretName ?? `${this.name}-secrets`;
    this.apiKey = this.key('CLAUDE_SERVICE_KEY', SecretForm.token(), 'callers of the Claude service send it');
    this.jwtSecret =
      props.jwtSecret ??
      this.key(
        'FORWARD_USER_INFO_HEADER_JWT_SECRET',
        SecretForm.token(),
        'Open WebUI signs with it who a request is from',
      );
    this.setVariables();
    this.mountKeys();
    this.mountPersonas();
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '1Gi' });
    this.setDatabase();
    this._workspaces = makesPods(this.isolation) ? undefined : this.mountWorkspaces();
    if (makesPods(this.isolation) && props.sessionPods) {
      this.useSessionPods(props.sessionPods);
    }
    checkAtSynth(this, SERVICE_RULES, () => this);
    this.node.addValidation({ validate: () => this.personaErrors() });
  }

  /** Takes the models from a gateway, so that budgets and Anthropic's key live in one place. */
  public useModelGateway(gateway: IMessagesGateway): void {
    this._modelSources.push(gateway.messagesUrl);
    if (this._modelSources.length > 1) {
      return;
    }
    this._offeredModels = gateway.modelNames;
    gateway.allowClient(this);
    this._pod.env.set('ANTHROPIC_BASE_URL', gateway.messagesUrl);
    this.addKeyFile('ANTHROPIC_API_KEY', gateway.apiKey);
  }

  /** Takes the models from Anthropic itself, with `ANTHROPIC_API_KEY` of the service's Secret. */
  public useAnthropicApi(): void {
    this._modelSources.push(ANTHROPIC_API.host);
    if (this._modelSources.length > 1) {
      return;
    }
    this.connectToHost(ANTHROPIC_API, 'models');
    this.addKeyFile(
      'ANTHROPIC_API_KEY',
      this.key('ANTHROPIC_API_KEY', SecretForm.issuedBy('Anthropic'), 'the Claude service calls the models with it'),
    );
  }

  /** Gives the sessions the tools of an MCP gateway, with the rights of the user whose session it is. */
  public useTools(server: IToolServer): void {
    this._toolServers.push(server);
    if (this._toolServers.length > 1) {
      return;
    }
    server.allowClient(this);
    this._pod.env.set('MCP_PROXY_URL', server.mcpUrl);
    this.addKeyFile('MCP_PROXY_API_KEY', server.apiKey);
  }

  /** Declares that a program calls this service. */
  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'sessions');
  }

  // With a shell, one session reads the service's keys and the files of the others.
  private defaultPersona(): string {
    return makesPods(this.isolation) || !this.platform.production ? AMBER : AMBER_WITHOUT_SHELL;
  }

  private key(name: string, form: SecretForm, purpose: string): SecretKey {
    return this._secretKey(this.secretName, name, form, purpose);
  }

  private setVariables(): void {
    const { _own: own } = this;
    this._pod.env.setAll({
      PORT: String(PORT),
      METRICS_PORT: String(METRICS_PORT),
      LOG_LEVEL: own.logLevel ?? ClaudeLogLevel.INFO,
      ENGINE: own.engine ?? ClaudeEngine.SDK,
      MODELS: Object.entries(this._models)
        .map(([name, persona]) => `${name}=${persona}`)
        .join(','),
      ISOLATION: this.isolation,
      WORKSPACES_PATH,
      PERSONAS_PATH,
      MAX_TURNS: String(own.maxTurns ?? 50),
      MAX_BUDGET_USD_PER_TURN: String(own.maxBudgetUsdPerTurn ?? 2),
      MAX_BUDGET_USD_PER_USER_PER_DAY: String(own.maxBudgetUsdPerUserPerDay ?? 20),
      SESSION_IDLE_SECONDS: String(own.sessionIdleSeconds ?? 1800),
      MAX_LIVE_SESSIONS: String(own.maxLiveSessions ?? 64),
      SHUTDOWN_GRACE_SECONDS: String(this.shutdownGraceSeconds),
    });
    const { taskModel, compactAboveTokens, sessionRetentionDays, auditRetentionDays } = own;
    for (const [name, value] of Object.entries({
      TASK_MODEL: taskModel,
      COMPACT_ABOVE_TOKENS: compactAboveTokens,
      SESSION_RETENTION_DAYS: sessionRetentionDays,
      AUDIT_RETENTION_DAYS: auditRetentionDays,
    })) {
      if (value !== undefined) {
        this._pod.env.set(name, String(value));
      }
    }
  }

  // Files, not variables: they are in no process listing and change while the program runs, so keys can be rotated.
  private mountKeys(): void {
    this.addKeyFile('CLAUDE_SERVICE_KEY', this.apiKey);
    this.addKeyFile('FORWARD_USER_INFO_HEADER_JWT_SECRET', this.jwtSecret);
    const previous = 'CLAUDE_SERVICE_KEY_PREVIOUS';
    const previousJwt = 'FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS';
    if (this._own.keyRotation) {
      this.key(previous, SecretForm.token(), 'still accepted while the key is rotated');
      const { secretName } = this.jwtSecret;
      this._secretKey(secretName, previousJwt, SecretForm.token(), 'still accepted while the secret is rotated');
    }
    // Always mounted, so that a rotation restarts nothing.
    this.addKeyFile(previous, { secretName: this.secretName, key: previous }, true);
    this.addKeyFile(previousJwt, { secretName: this.jwtSecret.secretName, key: previousJwt }, true);
    this._pod.addMountedVolume(
      { name: 'keys', projected: { defaultMode: READ_ONLY_FILES, sources: this.keyFiles } },
      { mountPath: KEYS_PATH, readOnly: true },
    );
  }

  private addKeyFile(variable: string, from: Pick<SecretKey, 'secretName' | 'key'>, optional?: boolean): void {
    this._pod.env.set(`${variable}_FILE`, `${KEYS_PATH}/${variable}`);
    this.keyFiles.push({ secret: { name: from.secretName, items: [{ key: from.key, path: variable }], optional } });
  }

  private mountPersonas(): void {
    const name = `${this.name}-personas`;
    const data = Object.fromEntries(this._personas.map((persona) => [`${persona.name}.md`, persona.content]));
    new ApiObject(this, 'Personas', k8s.KubeConfigMap.manifest({ metadata: { name, labels: this.labels }, data }));
    this._pod.addMountedVolume({ name: 'personas', configMap: { name } }, { mountPath: PERSONAS_PATH, readOnly: true });
    this._pod.restartOnChangeOf(() => JSON.stringify(data));
  }

  private setDatabase(): void {
    const { database, storage } = this._own;
    if (!database) {
      const claim = new Claim(this, 'Data', this, storage ?? { size: Size.gibibytes(2) });
      this._pod.env.set('DATA_PATH', DATA_PATH);
      this._pod.addMountedVolume(claim.toVolume('data'), { mountPath: DATA_PATH, subPath: claim.props.subPath });
      return;
    }
    const { host, port = 5432, user, sslMode, cidrs } = database;
    const form = SecretForm.postgresUrl({ host, port, database: database.database, user, sslMode });
    const url = this._ownSecretKey(this.secretName, 'DATABASE_URL', form, 'the database of the Claude service');
    this.addKeyFile('DATABASE_URL', url);
    this.connectToHost({ host, port, cidrs }, 'transcripts, leases, audit');
  }

  private mountWorkspaces(): Claim {
    const claim = new Claim(this, 'Workspaces', this, this._own.workspaces ?? { size: Size.gibibytes(10) });
    this._pod.addMountedVolume(claim.toVolume('workspaces'), {
      mountPath: WORKSPACES_PATH,
      subPath: claim.props.subPath,
    });
    return claim;
  }

  /** The only case in which the service holds a token of the cluster. */
  private useSessionPods(pods: ClaudeSessionPods): void {
    const account = { kind: 'ServiceAccount', name: this._own.serviceAccountName ?? this.name };
    pods._admit({ ...account, namespace: Chart.of(this).namespace }, this.isolation);
    // Whatever its name is outside: the program finds the API server as every pod does.
    this.connectToHost({ ...pods.kubernetesApi, host: 'kubernetes.default.svc' }, 'pods of sessions');
    const name = `${this.name}-session-pod`;
    new ApiObject(this, 'SessionPod', {
      ...k8s.KubeConfigMap.GVK,
      metadata: { name, labels: this.labels },
      data: { 'pod.json': Lazy.any({ produce: () => pods._manifest() }) },
    });
    this._pod.env.setAll({ SESSION_NAMESPACE: pods.namespaceName, SESSION_POD_PATH: `${SESSION_POD_PATH}/pod.json` });
    this._pod.addMountedVolume(
      { name: 'session-pod', configMap: { name } },
      { mountPath: SESSION_POD_PATH, readOnly: true },
    );
    this._pod.restartOnChangeOf(() => pods._manifest());
    this._pod.addMountedVolume(
      {
        name: 'kubernetes-token',
        projected: {
          defaultMode: READ_ONLY_FILES,
          sources: [
            { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_LIFE } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardApi: {
                items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
              },
            },
          ],
        },
      },
      { mountPath: TOKEN_PATH, readOnly: true },
    );
  }

  private personaErrors(): string[] {
    return this._personas
      .map(readPersona)
      .flatMap((read) =>
        PERSONA_RULES.filter((rule) => rule.broken(read)).map((rule) => `${this.name}: ${rule.message(read)}`),
      );
  }
}

// Two pods would fight over a volume of one node, and over the database inside the program.
function updateStrategy(props: ClaudeServiceProps): UpdateStrategy {
  const { database, workspaces, isolation = IsolationTier.PROCESS } = props;
  const shared = makesPods(isolation) || workspaces?.shared;
  return database && shared ? UpdateStrategy.ROLLING_UPDATE : UpdateStrategy.RECREATE;
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromNumber(PORT) }, timeoutSeconds: 4 };
}
