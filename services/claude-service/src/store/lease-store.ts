import type { Database } from './database';
import type { Lease, SessionKey } from './records';
import { DAY, type SpendingStore } from './spending-store';

/**
 * How long a session stays taken after the last sign of life of its holder: the time after a kill -9 until another
 * replica goes on. Three renewals may fail before it ends, which a failover of a managed PostgreSQL may take up.
 * Unit: seconds.
 */
export const LEASE_SECONDS = 10;

/** What is asked for at the beginning of a turn. */
export interface TurnClaim extends SessionKey {
  /** Id of the session, when this is its first turn. */
  readonly newSessionId: string;
  readonly turnId: string;
  readonly turnBudgetUsd: number;
  readonly dayBudgetUsd: number;
}

export type ClaimResult =
  | { readonly lease: Lease /** Unit: US dollars. */; readonly grantedUsd: number }
  /** Another turn of the session runs. */
  | { readonly refused: 'busy' }
  /** The user's day has no money left; the lease is held and to be released. */
  | { readonly refused: 'budget'; readonly lease: Lease };

/** For the transaction of this statement only, which needs no connection of its own and passes PgBouncer. */
const UNFLUSHED = `set_config('synchronous_commit', 'off', true) AS commit`;
const LEASE_END = `now() + ${LEASE_SECONDS} * interval '1 second'`;

/** The condition on a session that a lease is its last one, with the parameters of `holder`. */
export const HOLDS = 'id = $1 AND fence = $2::int AND lease_owner = $3';

export function holder({ sessionId, fence, turnId }: Lease): readonly unknown[] {
  return [sessionId, fence, turnId];
}

/** Who has a session: one turn at a time, in any replica. */
export class LeaseStore {
  constructor(
    private readonly database: Database,
    private readonly spending: SpendingStore,
  ) {}

  /**
   * Takes the session, making it when it is new, and reserves money for one turn: one statement, which does not wait for
   * the disk. What `begin` writes does, and comes later in the log, so that a turn that has said anything has a lease that
   * is on the disk too. A server that crashes in between forgets lease and reservation together. The next lease then gets
   * the same fence, and is told from the lost one by its turn: `HOLDS` asks for both.
   */
  public async claim(claim: TurnClaim): Promise<ClaimResult> {
    const { newSessionId, userId, chatId, model, turnId, turnBudgetUsd, dayBudgetUsd } = claim;
    const [row] = await this.database.query<{ id: string; fence: number; granted: number | null; day: string }>(
      `WITH lease AS (
         INSERT INTO sessions AS s (id, user_id, chat_id, model, fence, lease_owner, lease_until)
         VALUES ($1, $2, $3, $4, 1, $5, ${LEASE_END})
         ON CONFLICT (user_id, chat_id, model) DO UPDATE
           SET fence = s.fence + 1, lease_owner = excluded.lease_owner, lease_until = excluded.lease_until, used_at = now()
           WHERE s.lease_until IS NULL OR s.lease_until < now()
         RETURNING id, fence
       ), allowance AS (
         INSERT INTO spending AS d (user_id, day, granted_usd, reserved_usd)
         SELECT $2, ${DAY}, LEAST($6::numeric, $7::numeric), LEAST($6::numeric, $7::numeric) FROM lease
         ON CONFLICT (user_id, day) DO UPDATE
           SET granted_usd = LEAST($6::numeric, $7::numeric - d.spent_usd - d.reserved_usd),
               reserved_usd = d.reserved_usd + LEAST($6::numeric, $7::numeric - d.spent_usd - d.reserved_usd)
           WHERE d.spent_usd + d.reserved_usd < $7::numeric
         RETURNING granted_usd
       ), reservation AS (
         INSERT INTO reservations (turn_id, user_id, day, amount_usd, expires_at)
         SELECT $5, $2, ${DAY}, granted_usd, ${LEASE_END} FROM allowance
       )
       SELECT lease.id, lease.fence, allowance.granted_usd::float8 AS granted, ${DAY}::text AS day, ${UNFLUSHED}
       FROM lease LEFT JOIN allowance ON true`,
      [newSessionId, userId, chatId, model, turnId, turnBudgetUsd, dayBudgetUsd],
    );
    if (!row) return { refused: 'busy' };
    const lease: Lease = { sessionId: row.id, turnId, userId, fence: row.fence, day: row.day };
    return row.granted === null ? { refused: 'budget', lease } : { lease, grantedUsd: row.granted };
  }

  /** Says that the turn still runs. False when another lease came after, and when the turn has ended meanwhile. */
  public async renew(lease: Lease): Promise<boolean> {
    const rows = await this.database.query(
      `WITH kept AS (UPDATE reservations SET expires_at = ${LEASE_END} WHERE turn_id = $3)
       UPDATE sessions SET lease_until = ${LEASE_END} WHERE ${HOLDS} AND lease_until IS NOT NULL RETURNING id`,
      holder(lease),
    );
    return rows.length > 0;
  }

  /** Frees a session whose turn did not begin, and gives back its money. */
  public async release(lease: Lease): Promise<void> {
    await this.database.query(`UPDATE sessions SET lease_until = NULL WHERE ${HOLDS}`, holder(lease));
    await this.spending.settle({ ...lease, id: lease.turnId }, 0);
  }
}
