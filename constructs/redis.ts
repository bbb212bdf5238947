import { ApiObject, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import { Claim, type ClaimProps } from './platform/claim';
import { Component, type ComponentProps, UpdateStrategy } from './platform/component';
import { type ExternalHost, hostPort } from './platform/links';
import { checkProps } from './platform/props-check';
import { memoryQuantity } from './platform/quantity';
import { checkAtSynth, type Rule } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import { type SecretKey, Secrets, type WorkspaceSecret } from './platform/secrets';
import type { Workload } from './platform/workload';

/** Where programs keep what all replicas must share. */
export interface IRedis {
  /** Where the password stands. */
  readonly password: SecretKey;
  /** Where it stands as a URL has it, percent-encoded. @default - `password`, which a URL takes as it is */
  readonly urlPassword?: SecretKey;
  readonly host: string;
  readonly port: number;
  /** Whether clients speak TLS. */
  readonly tls: boolean;
  /** `redis://` or `rediss://` URL; `urlPassword` stands in the variable `REDIS_PASSWORD`, declared earlier. */
  connectionUrl(database: number): string;
  /** Declares that a program uses this Redis. */
  allowClient(client: Workload): void;
}

/** A Redis or Valkey server in the cluster. */
export interface RedisProps extends ComponentProps {
  /** Secret that holds the password under `REDIS_PASSWORD`. @default - the component's name and `-secrets` */
  readonly secretName?: string;
  /** The append-only file's volume. @default - 1 GiB on one node */
  readonly storage?: ClaimProps;
  /** What the server may keep in memory, below the container's limit. Form: as in redis.conf. @default `384mb` */
  readonly maxMemory?: string;
}

/** A managed Redis, for example Azure Managed Redis. */
export interface ExternalRedisProps {
  readonly host: string;
  /** @default 6380 - Azure Managed Redis listens on 10000 */
  readonly port?: number;
  /** @default true */
  readonly tls?: boolean;
  /** Address ranges for plain NetworkPolicies, in CIDR form. @default - any public address on that port */
  readonly cidrs?: string[];
  /**
   * Secret that holds the access key under `REDIS_PASSWORD`; for Open WebUI and the MCP gateway, which know only URLs, also
   * percent-encoded under `REDIS_URL_PASSWORD`: in a URL the slash of a key like `ab/cd+e=` is `%2F`.
   */
  readonly secretName: string;
}

const IMAGE = 'docker.io/valkey/valkey:9.1.4-alpine';
const PORT = 6379;
const CONFIG_PATH = '/etc/valkey';
const DATA_PATH = '/data';
const PASSWORD_FILE = '/run/valkey/password.conf';

/** Bytes of an amount as redis.conf writes it; undefined when it is none. */
function memoryBytes(amount: string): number | undefined {
  const match = /^(\d+)(kb|mb|gb)$/.exec(amount);
  return match
    ? Number(match[1]) * { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 }[match[2] as 'kb' | 'mb' | 'gb']
    : undefined;
}

function memoryLimit({ _pod }: Redis): number {
  return (_pod.main.resources.memory?.limit?.toKibibytes() ?? 0) * 1024;
}

const RULES: readonly Rule<Redis>[] = [
  {
    id: 'redis-memory-form',
    broken: ({ maxMemory }) => memoryBytes(maxMemory) === undefined,
    message: ({ name, maxMemory }) =>
      `${name}: maxMemory ${JSON.stringify(maxMemory)} is no amount of memory: write a number and kb, mb or gb, for example 384mb`,
  },
  {
    id: 'redis-memory-fits',
    broken: (redis) => (memoryBytes(redis.maxMemory) ?? 0) >= memoryLimit(redis),
    message: (redis) =>
      `${redis.name}: maxMemory ${redis.maxMemory} is not below the container's limit of ${memoryQuantity(memoryLimit(redis))}, the kernel would kill the server: write less, or raise the limit in resources`,
  },
  {
    id: 'redis-recreates',
    broken: ({ updateStrategy }) => updateStrategy !== UpdateStrategy.RECREATE,
    message: ({ name }) =>
      `${name}: two servers would write one append-only file: leave updateStrategy out, the old pod goes first`,
  },
  {
    id: 'redis-one-replica',
    broken: (redis) => redis.maxReplicas > 1,
    message: ({ name }) =>
      `${name}: several replicas would each keep data of their own: leave replicas at 1, or use Redis.external with a managed, replicated server`,
  },
];

/** Valkey, the BSD-licensed Redis, with a password, an append-only file and probes; or a managed Redis. */
export class Redis extends Component implements IRedis {
  /** A Redis that somebody else runs. */
  public static external(scope: Construct, id: string, props: ExternalRedisProps): IRedis {
    return new ExternalRedis(scope, id, props);
  }

  public readonly password: SecretKey;
  public readonly host: string;
  public readonly port = PORT;
  public readonly tls = false;
  /** What the server may keep in memory. Form: as in redis.conf. */
  public readonly maxMemory: string;

  constructor(scope: Construct, id: string, props: RedisProps = {}) {
    const ping = ['sh', '-c', 'REDISCLI_AUTH="$REDIS_PASSWORD" valkey-cli -h 127.0.0.1 ping | grep -q PONG'];
    super(scope, id, props, {
      program: 'redis',
      propsStruct: 'RedisProps',
      image: IMAGE,
      // The password goes from the environment into a file in memory: it stands in no argument list and no ConfigMap.
      command: ['sh', '-c'],
      args: [
        `umask 077; printf 'requirepass "%s"\\n' "$REDIS_PASSWORD" > ${PASSWORD_FILE}; exec valkey-server ${CONFIG_PATH}/valkey.conf`,
      ],
      resources: {
        cpu: { request: Cpu.millis(100), limit: Cpu.millis(500) },
        memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) },
        ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
      },
      updateStrategy: UpdateStrategy.RECREATE,
      startupProbe: { exec: { command: ping }, periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 3 },
      readinessProbe: { exec: { command: ping }, periodSeconds: 5, timeoutSeconds: 3 },
      livenessProbe: { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) }, periodSeconds: 10, failureThreshold: 6 },
    });
    this.host = this.serviceName;
    this.maxMemory = props.maxMemory ?? '384mb';
    this.addPort('redis', PORT);
    const secretName = props.secretName ?? `${this.name}-secrets`;
    this.password = this._secretKey(
      secretName,
      'REDIS_PASSWORD',
      SecretForm.token(),
      'clients of Redis log in with it',
    );
    this._pod.env.setSecret('REDIS_PASSWORD', this.password);
    this._pod.addMountedVolume(
      { name: 'password', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
      { mountPath: '/run/valkey' },
    );
    this.addConfiguration();
    this.addStorage(props);
    checkAtSynth(this, RULES, () => this);
  }

  public connectionUrl(database: number): string {
    return redisUrl(this, database);
  }

  public allowClient(client: Workload): void {
    client.connectTo(this, 'redis', 'shared state');
  }

  private addConfiguration(): void {
    // Open WebUI's guide asks for maxclients and timeout: it leaves idle connections behind.
    const configuration = [
      `port ${PORT}`,
      `include ${PASSWORD_FILE}`,
      `dir ${DATA_PATH}`,
      'appendonly yes',
      'appendfsync everysec',
      `maxmemory ${this.maxMemory}`,
      'maxmemory-policy noeviction',
      'maxclients 10000',
      'timeout 1800',
      'tcp-keepalive 60',
      '',
    ].join('\n');
    new ApiObject(
      this,
      'Configuration',
      k8s.KubeConfigMap.manifest({
        metadata: { name: `${this.name}-config`, labels: this.labels },
        data: { 'valkey.conf': configuration },
      }),
    );
    this._pod.addMountedVolume(
      { name: 'config', configMap: { name: `${this.name}-config` } },
      { mountPath: CONFIG_PATH, readOnly: true },
    );
    this._pod.restartOnChangeOf(() => configuration);
  }

  private addStorage(props: RedisProps): void {
    const claim = new Claim(this, 'Data', this, props.storage ?? { size: Size.gibibytes(1) });
    this._pod.addMountedVolume(claim.toVolume('data'), { mountPath: DATA_PATH, subPath: claim.props.subPath });
  }
}

const ISSUED = SecretForm.issuedBy('the owner of the managed Redis');

class ExternalRedis extends Construct implements IRedis {
  public readonly password: SecretKey;
  public readonly host: string;
  public readonly port: number;
  public readonly tls: boolean;
  private readonly address: ExternalHost;
  private readonly secret: WorkspaceSecret;

  constructor(scope: Construct, id: string, props: ExternalRedisProps) {
    super(scope, id);
    checkProps(this, 'ExternalRedisProps', props);
    this.address = { host: props.host, port: props.port ?? 6380, cidrs: props.cidrs };
    this.host = props.host;
    this.port = hostPort(this.address);
    this.tls = props.tls ?? true;
    this.secret = Secrets.of(this).secret(props.secretName);
    this.password = this.secret.key('REDIS_PASSWORD', ISSUED, 'clients of Redis log in with it');
  }

  /** Asked of the store only where a client needs it. */
  public get urlPassword(): SecretKey {
    const form = SecretForm.percentEncoded(this.password.key);
    return this.secret.key('REDIS_URL_PASSWORD', form, 'REDIS_PASSWORD percent-encoded, as URLs of Redis have it');
  }

  public connectionUrl(database: number): string {
    return redisUrl(this, database);
  }

  public allowClient(client: Workload): void {
    client.connectToHost(this.address, 'shared state');
  }
}

function redisUrl(redis: IRedis, database: number): string {
  return `${redis.tls ? 'rediss' : 'redis'}://:$(REDIS_PASSWORD)@${redis.host}:${redis.port}/${database}`;
}
