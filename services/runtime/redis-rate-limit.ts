import { createHash } from 'node:crypto';
import type { Logger } from './log';
import { MemoryRateLimiter, type RateLimiter, type RateVerdict, WINDOW_MS, waitFor } from './rate-limit';

export interface RedisRateLimiterOptions {
  /** Form: `redis://[user]:password@host:port/database`. */
  readonly url: string;
  /** In front of every key: the database is shared with other programs. For example `mcp-proxy:rate:`. */
  readonly keyPrefix: string;
  readonly log: Logger;
  /** Called when Redis goes away and when it is back, for a metric. */
  readonly onAvailable?: (available: boolean) => void;
  /** Longest wait for an answer: a call waits for it. Unit: milliseconds. @default 20 */
  readonly timeoutMs?: number;
}

type RedisClient = Awaited<ReturnType<typeof openClient>>;

const PASSED: RateVerdict = { allowed: true, retryAfterSeconds: 0 };
/** Rest after an answer that did not come, so that not every call waits in vain. Unit: milliseconds. */
const REST_MS = 1000;

/**
 * The same count as `MemoryRateLimiter`'s, one hash a key: w(indow), c(urrent), p(revious). It runs as a whole, by the
 * clock of the server, and touches one key, as a clustered server demands.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = math.floor(now / ${WINDOW_MS})
local passed = now - window * ${WINDOW_MS}
local stored = redis.call('HMGET', KEYS[1], 'w', 'c', 'p')
local current, previous = tonumber(stored[2] or 0), tonumber(stored[3] or 0)
local age = window - tonumber(stored[1] or window)
if age == 1 then previous = current current = 0 elseif age ~= 0 then previous = 0 current = 0 end
local used = current + previous * (${WINDOW_MS} - passed) / ${WINDOW_MS}
if used + 1 > tonumber(ARGV[1]) then return {0, current, previous, passed} end
redis.call('HSET', KEYS[1], 'w', window, 'c', current + 1, 'p', previous)
redis.call('PEXPIRE', KEYS[1], ${2 * WINDOW_MS})
return {1, 0, 0, 0}`;
const SCRIPT_SHA1 = createHash('sha1').update(SCRIPT).digest('hex');

/**
 * Counts calls for all replicas together. While Redis does not answer, each replica counts for itself: a limit that
 * is too generous for a while, instead of no tools at all. That is said once in the log, and once more when it is over.
 */
export class RedisRateLimiter implements RateLimiter {
  private readonly fallback = new MemoryRateLimiter();
  private readonly timeoutMs: number;
  private available = true;
  private restUntil = 0;

  /** Begins to connect and does not wait for it. */
  public static async connect(options: RedisRateLimiterOptions): Promise<RedisRateLimiter> {
    const client = await openClient(options.url);
    const limiter = new RedisRateLimiter(client, options);
    client.on('error', (error: Error) => limiter.lost(error));
    client.connect().catch((error: Error) => limiter.lost(error));
    return limiter;
  }

  private constructor(
    private readonly client: RedisClient,
    private readonly options: RedisRateLimiterOptions,
  ) {
    this.timeoutMs = options.timeoutMs ?? 20;
  }

  public async take(key: string, perMinute: number): Promise<RateVerdict> {
    if (!this.client.isReady || Date.now() < this.restUntil) return this.fallback.take(key, perMinute);
    try {
      const [allowed, current, previous, passedMs] = await this.ask(`${this.options.keyPrefix}${key}`, perMinute);
      this.found();
      if (allowed === 1) return PASSED;
      const waitMs = waitFor(current, previous, passedMs, perMinute);
      return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
    } catch (error) {
      this.restUntil = Date.now() + REST_MS;
      this.lost(error as Error);
      return this.fallback.take(key, perMinute);
    }
  }

  public async close(): Promise<void> {
    this.client.removeAllListeners('error');
    this.client.on('error', () => {});
    this.client.destroy();
  }

  private async ask(key: string, perMinute: number): Promise<number[]> {
    const rest = ['1', key, String(perMinute)];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${this.timeoutMs} ms`)), this.timeoutMs);
    });
    const answer = this.client.sendCommand<number[]>(['EVALSHA', SCRIPT_SHA1, ...rest]).catch((error: Error) => {
      if (!error.message.startsWith('NOSCRIPT')) throw error;
      return this.client.sendCommand<number[]>(['EVAL', SCRIPT, ...rest]);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private lost(error: Error): void {
    if (!this.available) return;
    this.available = false;
    this.options.log.warn({ err: error }, 'Redis does not answer: each replica counts calls for itself');
    this.options.onAvailable?.(false);
  }

  private found(): void {
    if (this.available) return;
    this.available = true;
    this.options.log.info('Redis answers again: calls are counted for all replicas together');
    this.options.onAvailable?.(true);
  }
}

/** A client that refuses commands at once while it has no connection, and tries again for ever. */
async function openClient(url: string) {
  const { createClient } = await import('@redis/client');
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, 5000) },
  });
}
