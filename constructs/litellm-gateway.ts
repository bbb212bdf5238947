import { ApiObject, Chart, Lazy, Size } from 'cdk8s';
import { type ContainerResources, Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { IMessagesGateway } from './claude-service';
import { LiteLlmAccountsJob, USER_LIMITS_ID } from './litellm/accounts-job';
import { CUSTOMER_HEADER, configurationFile } from './litellm/configuration';
import { GATEWAY_RULES, isOurs } from './litellm/gateway-rules';
import type { LiteLlmBudgets, LiteLlmRateLimits } from './litellm/limits';
import { LiteLlmMigrationJob, MIGRATIONS_PATH } from './litellm/migration-job';
import { clusterService, hasKeyName, type LiteLlmModel, providerOf, upstreamHost } from './litellm/model';
import type { ISessionService } from './litellm/session-service';
import { LITELLM_IMAGE } from './litellm/versions';
import { Component, type ComponentProps } from './platform/component';
import { changeAtSynth } from './platform/manifest-check';
import type { IModelProvider } from './platform/model-provider';
import { jobProps } from './platform/one-off-job';
import { Platform } from './platform/platform';
import type { PostgresDatabase } from './platform/postgres';
import { checkProps } from './platform/props-check';
import { checkAtSynth } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import type { SecretKey } from './platform/secrets';
import type { Workload } from './platform/workload';
import type { IRedis } from './redis';

/** How much LiteLLM writes to its log. */
export enum LiteLlmLogLevel {
  ERROR = 'ERROR',
  INFO = 'INFO',
  /** Questions and answers too: never where people work. */
  DEBUG = 'DEBUG',
}

/** The gateway to all models. */
export interface LiteLlmGatewayProps extends ComponentProps {
  readonly models: LiteLlmModel[];
  /** Secret with `LITELLM_MASTER_KEY` and the providers' keys. @default - the component's name and `-secrets` */
  readonly secretName?: string;
  /**
   * Remembers who spent what, and keys of clients other than the master key. The Secret then also holds
   * `DATABASE_URL`, `LITELLM_CLIENT_KEY` and `LITELLM_SALT_KEY`, which must never change. @default - none
   */
  readonly database?: PostgresDatabase;
  /** Of one pod. @default 10 */
  readonly databaseConnections?: number;
  /** Needs `database`; the `budget` of a model does not. @default - none */
  readonly budgets?: LiteLlmBudgets;
  /** Needs `database`; the `limits` of a model do not. @default - none */
  readonly rateLimits?: LiteLlmRateLimits;
  /** How long a model may take to answer. Unit: seconds. @default 600 */
  readonly requestTimeoutSeconds?: number;
  /** @default LiteLlmLogLevel.INFO */
  readonly logLevel?: LiteLlmLogLevel;
  /**
   * Serves Prometheus metrics at `/metrics/` of port 9090, from a process of its own that takes 240 MB.
   * @default - true where the platform is for production
   */
  readonly metrics?: boolean;
}

const PORT = 4000;
const METRICS_PORT = 9090;
const CONFIG_PATH = '/app/config';
/** An agent's turn takes minutes, and one that is cut off cannot be sent again. Unit: seconds. */
const DRAIN_SECONDS = 300;

/** How the Secret's key of a provider is described. */
const ISSUERS: { readonly [provider: string]: string } = {
  anthropic: 'Anthropic',
  azure: 'Azure',
  gemini: 'Google',
  mistral: 'Mistral',
  openai: 'OpenAI',
};

/**
 * LiteLLM: one API for the models of all providers, and for the sessions of the Claude service. It may leave the pod
 * only for the hosts of its models.
 *
 * Probes ask `/health/liveliness` and `/health/readiness`. `/health` is not for probes: it asks every model, for money.
 */
export class LiteLlmGateway extends Component implements IModelProvider, IMessagesGateway {
  public readonly apiBaseUrl: string;
  /** Base URL of the Messages API, without `/v1`. */
  public readonly messagesUrl: string;
  /** What clients send: with a database a key that can only ask models, without one the master key, the only one. */
  public readonly apiKey: SecretKey;
  /** What administrators send. */
  public readonly masterKey: SecretKey;
  public readonly userHeader?: string = CUSTOMER_HEADER;
  /** @internal */
  public readonly _own: LiteLlmGatewayProps;
  /** Connections of one pod to the database; undefined without a database. @internal */
  public readonly _databaseConnections?: number;
  /** @internal */
  public readonly _sessionServices: ISessionService[] = [];
  /** @internal */
  public _redis?: IRedis;
  private readonly secretName: string;
  private readonly metrics: boolean;

  constructor(scope: Construct, id: string, props: LiteLlmGatewayProps) {
    checkProps(scope, 'LiteLlmGatewayProps', props);
    const metrics = props.metrics ?? Platform.of(scope).production;
    super(scope, id, props, {
      program: 'litellm',
      requestsMetric: 'litellm_proxy_total_requests_metric_total',
      propsStruct: 'LiteLlmGatewayProps',
      image: LITELLM_IMAGE,
      args: [
        ...['--config', `${CONFIG_PATH}/config.yaml`, '--port', String(PORT), '--num_workers', '1'],
        ...(metrics ? ['--prometheus_metrics_port', String(METRICS_PORT)] : []),
      ],
      resources: resources(metrics, props.database !== undefined),
      startupProbe: { ...probe('/health/liveliness'), periodSeconds: 5, failureThreshold: 60 },
      readinessProbe: { ...probe('/health/readiness'), periodSeconds: 10, failureThreshold: 3 },
      livenessProbe: { ...probe('/health/liveliness'), periodSeconds: 15, failureThreshold: 5 },
      drainSeconds: DRAIN_SECONDS,
    });
    this._own = props;
    this.metrics = metrics;
    this._databaseConnections = props.database && (props.databaseConnections ?? 10);
    this.secretName = props.secretName ?? `${this.name}-secrets`;
    this.addPort('http', PORT);
    this.messagesUrl = this.url();
    this.apiBaseUrl = `${this.messagesUrl}/v1`;
    this.masterKey = this.secret('LITELLM_MASTER_KEY', SecretForm.token('sk-'), 'administrators of LiteLLM send it');
    this.apiKey = props.database
      ? this.secret('LITELLM_CLIENT_KEY', SecretForm.token('sk-'), 'clients of LiteLLM send it')
      : this.masterKey;
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '256Mi' });
    this.setVariables();
    this.addConfiguration();
    if (metrics) {
      this.addPodPort('metrics', METRICS_PORT);
      this.allowFrom(this.platform.monitoringPeer, 'Monitoring', 'metrics', 'metrics');
    }
    for (const model of props.models) {
      this.addModel(model);
    }
    if (props.database) {
      this.addDatabase(props.database);
    }
    checkAtSynth(this, GATEWAY_RULES, () => this);
  }

  /** Counts limits and budgets for all replicas together; caches no answers. Error: it was called before. */
  public useRedis(redis: IRedis): void {
    if (this._redis) {
      throw new Error(`${this.name}: useRedis was called before, and limits are counted in one place: call it once`);
    }
    this._redis = redis;
    redis.allowClient(this);
    this._pod.env.setSecret('REDIS_PASSWORD', redis.password);
  }

  /**
   * Offers the models of a service that has sessions of its own. Who asks is passed on to it, nothing is ever sent
   * twice, and it costs nothing here: the service asks its models through this gateway.
   */
  public route(service: ISessionService): void {
    this._sessionServices.push(service);
    service.allowClient(this);
    this._pod.env.setSecret(service.apiKey.key, service.apiKey);
  }

  /** Names of the models that it asks providers for: sessions are not among them. */
  public get modelNames(): string[] | undefined {
    return this._own.models.map(({ name }) => name);
  }

  /** Whether some of the models that it offers are sessions. */
  public get servesSessions(): boolean | undefined {
    return this._sessionServices.length > 0;
  }

  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'models');
  }

  private secret(key: string, form: SecretForm, purpose: string): SecretKey {
    return this._secretKey(this.secretName, key, form, purpose);
  }

  private setVariables(): void {
    const { env } = this._pod;
    env.setSecret('LITELLM_MASTER_KEY', this.masterKey);
    env.setAll({
      // Otherwise a .env file found anywhere above the working folder is read too.
      LITELLM_MODE: 'PRODUCTION',
      // The admin pages stand ready in the image's own folder; without this they are copied, which a read-only root refuses.
      LITELLM_NON_ROOT: 'true',
      LITELLM_TELEMETRY_DISABLED: 'true',
      JSON_LOGS: 'true',
      HOME: '/tmp',
    });
    env.setDefaults({
      LITELLM_LOG: this._own.logLevel ?? LiteLlmLogLevel.INFO,
      // Tables and news that it would fetch from GitHub; the policy lets it ask models only. The image has a copy.
      LITELLM_OFFLINE_MODE: 'true',
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS: 'True',
      LITELLM_LOCAL_BLOG_POSTS: 'True',
      LITELLM_LOCAL_POLICY_TEMPLATES: 'True',
      LITELLM_LOCAL_AUTOROUTER_PRESETS: 'True',
      // What it is told stands in this file's ConfigMap; pages that change it have no place beside that.
      DISABLE_ADMIN_UI: 'True',
      NO_DOCS: 'True',
      NO_REDOC: 'True',
      NO_OPENAPI: 'True',
    });
    if (this.metrics) {
      env.set('PROMETHEUS_MULTIPROC_DIR', '/tmp/metrics');
    }
  }

  private addConfiguration(): void {
    const name = `${this.name}-config`;
    new ApiObject(this, 'Configuration', {
      ...k8s.KubeConfigMap.GVK,
      metadata: { name, labels: this.labels },
      data: { 'config.yaml': Lazy.any({ produce: () => this.configuration() }) },
    });
    this._pod.addMountedVolume({ name: 'config', configMap: { name } }, { mountPath: CONFIG_PATH, readOnly: true });
    this._pod.restartOnChangeOf(() => this.configuration());
  }

  private configuration(): string {
    const { models, budgets, rateLimits, requestTimeoutSeconds = 600 } = this._own;
    return configurationFile({
      models,
      budgets,
      rateLimits,
      requestTimeoutSeconds,
      sessionServices: this._sessionServices,
      userLimitsId: budgets?.perUser || rateLimits?.perUser ? USER_LIMITS_ID : undefined,
      redis: this._redis,
      databaseConnections: this._databaseConnections,
      metrics: this.metrics,
    });
  }

  private addModel(model: LiteLlmModel): void {
    const { apiKey } = model;
    if (apiKey && hasKeyName(model) && !this._pod.env.has(apiKey)) {
      const issuer = ISSUERS[providerOf(model) ?? ''] ?? `the provider of ${model.name}`;
      this._pod.env.setSecret(
        apiKey,
        this.secret(apiKey, SecretForm.issuedBy(issuer), `LiteLLM asks ${issuer} with it`),
      );
    }
    const host = upstreamHost(model);
    const service = clusterService(model);
    if (host && service && service.namespace === Chart.of(this).namespace) {
      // A program of this app is reached by its link, which opens its pods alone, and may be declared later.
      changeAtSynth(this, () => {
        if (!isOurs(this, service)) {
          this.connectToHost(host, 'models');
        }
      });
    } else if (host) {
      this.connectToHost(host, 'models');
    }
  }

  private addDatabase(database: PostgresDatabase): void {
    const { host, port = 5432, user, sslMode, cidrs } = database;
    const form = SecretForm.postgresUrl({ host, port, database: database.database, user, sslMode });
    const databaseUrl = this._ownSecretKey(this.secretName, 'DATABASE_URL', form, 'the database of LiteLLM');
    const saltKey = this.secret(
      'LITELLM_SALT_KEY',
      SecretForm.token(),
      'encrypts keys in the database; never change it',
    );
    const { env } = this._pod;
    env.setSecret('DATABASE_URL', databaseUrl);
    env.setSecret('LITELLM_SALT_KEY', saltKey);
    env.setAll({ DISABLE_SCHEMA_UPDATE: 'true', LITELLM_MIGRATION_DIR: MIGRATIONS_PATH });
    this._pod.addScratch('migrations', { path: MIGRATIONS_PATH, sizeLimit: '64Mi' });
    const databaseHost = { host, port, cidrs };
    this.connectToHost(databaseHost, 'keys and spend');
    const shared = { ...jobProps(this._own), image: this._pod.main.image };
    new LiteLlmMigrationJob(this, 'Migration', {
      ...shared,
      name: `${this.name}-migration`,
      databaseUrl,
      databaseHost,
    });
    new LiteLlmAccountsJob(this, 'Accounts', {
      ...shared,
      name: `${this.name}-accounts`,
      gateway: this,
      masterKey: this.masterKey,
      clientKey: this.apiKey,
      userBudget: this._own.budgets?.perUser,
      userLimit: this._own.rateLimits?.perUser,
    });
  }
}

/** Measured without traffic: 420 MB, and 240 MB for the metrics. Prisma's engine grows with its largest statement. */
function resources(metrics: boolean, database: boolean): ContainerResources {
  const request = 512 + (metrics ? 256 : 0) + (database ? 256 : 0);
  return {
    cpu: { request: Cpu.millis(200), limit: Cpu.units(1) },
    memory: { request: Size.mebibytes(request), limit: Size.gibibytes(database ? 4 : 2) },
    ephemeralStorage: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
  };
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromNumber(PORT) }, timeoutSeconds: 5 };
}
