import type { Logger } from '../../../runtime/log';
import { isObject } from '../protocol/json-rpc';
import { NoRelay, newReplicaName, type Relay, type RelayMessage } from './relay';

/** Database 0 of Redis is shared with other programs. */
const CHANNEL_PREFIX = 'mcp-proxy:relay:';
const ALL = `${CHANNEL_PREFIX}all`;

export interface RelayOptions {
  /** @default - this replica is alone */
  readonly redisUrl?: string;
  readonly log: Logger;
}

type Client = Awaited<ReturnType<typeof openClient>>;

/** Messages between replicas over Redis' publish and subscribe. While Redis is away they are lost, calls go on. */
class RedisRelay implements Relay {
  public readonly replica = newReplicaName();
  private readonly listeners: ((message: RelayMessage) => void)[] = [];
  private warned = false;

  constructor(
    private readonly publisher: Client,
    private readonly subscriber: Client,
    private readonly log: Logger,
  ) {
    for (const client of [publisher, subscriber]) {
      client.on('error', (error: Error) => this.lost(error));
      client.on('ready', () => {
        this.warned = false;
      });
      client.connect().catch((error: Error) => this.lost(error));
    }
    const take = (text: string) => this.take(text);
    subscriber.subscribe([ALL, CHANNEL_PREFIX + this.replica], take).catch((error: Error) => this.lost(error));
  }

  public send(replica: string, message: RelayMessage): void {
    this.publish(CHANNEL_PREFIX + replica, message);
  }

  public broadcast(message: RelayMessage): void {
    this.publish(ALL, message);
  }

  public onMessage(listener: (message: RelayMessage) => void): void {
    this.listeners.push(listener);
  }

  public async close(): Promise<void> {
    for (const client of [this.publisher, this.subscriber]) {
      client.removeAllListeners('error');
      client.on('error', () => {});
      client.destroy();
    }
  }

  private publish(channel: string, message: RelayMessage): void {
    if (!this.publisher.isReady) return;
    this.publisher.publish(channel, JSON.stringify(message)).catch((error: Error) => this.lost(error));
  }

  private take(text: string): void {
    try {
      const message: unknown = JSON.parse(text);
      if (isObject(message)) for (const listener of this.listeners) listener(message);
    } catch (error) {
      this.log.warn({ err: error }, 'a message of another replica was not understood');
    }
  }

  private lost(error: Error): void {
    if (this.warned) return;
    this.warned = true;
    this.log.warn({ err: error }, 'Redis does not answer: questions and cancellations do not reach other replicas');
  }
}

/** Does not wait for Redis. */
export async function createRelay({ redisUrl, log }: RelayOptions): Promise<Relay> {
  if (redisUrl === undefined) return new NoRelay();
  return new RedisRelay(await openClient(redisUrl), await openClient(redisUrl), log);
}

async function openClient(url: string) {
  const { createClient } = await import('@redis/client');
  return createClient({
    url,
    commandsQueueMaxLength: 1_000,
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, 5000) },
  });
}
