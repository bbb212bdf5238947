import { Gauge, type Registry } from 'prom-client';
import type { Tenant } from '../../../../constructs/tenants';
import type { Logger } from '../../../runtime/log';
import { MemoryRateLimiter, type RateLimiter, type RateVerdict } from '../../../runtime/rate-limit';
import { RedisRateLimiter } from '../../../runtime/redis-rate-limit';
import type { Caller } from '../identity/caller';

const NO_LIMIT: RateVerdict = { allowed: true, retryAfterSeconds: 0 };
/** Database 0 of Redis is shared with other programs. */
const KEY_PREFIX = 'mcp-proxy:rate:';

/** The limits that tenants set on the calls of one user (`rate_limit`). Administrators have them too. */
export class CallLimits {
  constructor(private readonly limiter: RateLimiter) {}

  /** Whether the caller may call a tool of the tenant now, and counts the call. At once where nothing is shared. */
  public take(tenant: Tenant, caller: Caller): RateVerdict | Promise<RateVerdict> {
    const perMinute = tenant.rateLimit?.perUserPerMinute;
    if (perMinute === undefined) return NO_LIMIT;
    return this.limiter.take(`${tenant.tenantId}:${caller.userId}`, perMinute);
  }

  public close(): Promise<void> {
    return this.limiter.close();
  }
}

export interface CallLimitsOptions {
  /** `REDIS_URL`. @default - calls are counted in the memory of this replica */
  readonly redisUrl?: string;
  readonly log: Logger;
  readonly registry: Registry;
}

/** Does not wait for Redis: until it answers, calls are counted in memory. */
export async function createCallLimits({ redisUrl, log, registry }: CallLimitsOptions): Promise<CallLimits> {
  if (redisUrl === undefined) return new CallLimits(new MemoryRateLimiter());
  const gauge = new Gauge({
    name: 'mcp_proxy_shared_rate_limits',
    help: '1 while calls are counted in Redis for all replicas, 0 while each replica counts for itself.',
    registers: [registry],
  });
  gauge.set(1);
  const onAvailable = (available: boolean) => gauge.set(available ? 1 : 0);
  return new CallLimits(await RedisRateLimiter.connect({ url: redisUrl, keyPrefix: KEY_PREFIX, log, onAvailable }));
}
