import { MemoryRateLimiter } from '../../../runtime/rate-limit';
import type { Caller } from '../identity/caller';
import { userKeyOf } from '../mcp/user-key';

/** Each refresh asks all of the user's servers for everything that they offer. */
const PER_MINUTE = 6;

/** How often one user may have catalogues read anew, at this replica. */
export class RefreshLimit {
  private readonly limiter = new MemoryRateLimiter();

  /** Seconds to wait; 0 when the user may go on, which is then counted. */
  public waitSeconds(caller: Caller): number {
    return this.limiter.take(userKeyOf(caller), PER_MINUTE).retryAfterSeconds;
  }
}
