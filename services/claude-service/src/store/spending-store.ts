import type { Database } from './database';

/** What is set aside for one question outside of a session. */
export interface Reservation {
  readonly id: string;
  readonly userId: string;
  readonly day: string;
  /** Unit: US dollars. */
  readonly grantedUsd: number;
}

/** What a user has cost on a day. */
export interface UserCost {
  readonly userId: string;
  readonly costUsd: number;
}

/** Today. */
export const DAY = `(now() AT TIME ZONE 'UTC')::date`;
/** Longer than a question outside of a session takes. Unit: seconds. */
const QUESTION_SECONDS = 900;

/** The money of users by day of UTC, where it does not belong to a session's turn. */
export class SpendingStore {
  constructor(private readonly database: Database) {}

  /** Sets money aside for a question, or what is left of the day's. Nothing when the day has none left. */
  public async reserve(
    id: string,
    userId: string,
    amountUsd: number,
    dayBudgetUsd: number,
  ): Promise<Reservation | undefined> {
    const [row] = await this.database.query<{ day: string; granted: number }>(
      `WITH allowance AS (
         INSERT INTO spending AS d (user_id, day, granted_usd, reserved_usd)
         VALUES ($2, ${DAY}, LEAST($3::numeric, $4::numeric), LEAST($3::numeric, $4::numeric))
         ON CONFLICT (user_id, day) DO UPDATE
           SET granted_usd = LEAST($3::numeric, $4::numeric - d.spent_usd - d.reserved_usd),
               reserved_usd = d.reserved_usd + LEAST($3::numeric, $4::numeric - d.spent_usd - d.reserved_usd)
           WHERE d.spent_usd + d.reserved_usd < $4::numeric
         RETURNING day, granted_usd
       ), reservation AS (
         INSERT INTO reservations (turn_id, user_id, day, amount_usd, expires_at)
         SELECT $1, $2, day, granted_usd, now() + ${QUESTION_SECONDS} * interval '1 second' FROM allowance
       )
       SELECT day::text AS day, granted_usd::float8 AS granted FROM allowance`,
      [id, userId, amountUsd, dayBudgetUsd],
    );
    return row && { id, userId, day: row.day, grantedUsd: row.granted };
  }

  /** Books what the question cost, and gives the rest back. Twice counts once. */
  public async settle({ id, userId, day }: Omit<Reservation, 'grantedUsd'>, costUsd: number): Promise<void> {
    await this.database.query(
      `WITH freed AS (DELETE FROM reservations WHERE turn_id = $1 RETURNING amount_usd)
       UPDATE spending SET spent_usd = spent_usd + $2::numeric, reserved_usd = reserved_usd - freed.amount_usd
       FROM freed WHERE user_id = $3 AND day = $4::date`,
      [id, costUsd, userId, day],
    );
  }

  /** Whether the day's money is spent, not only set aside for what runs now. */
  public async isSpent(userId: string, dayBudgetUsd: number): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 AS spent FROM spending WHERE user_id = $1 AND day = ${DAY} AND spent_usd >= $2::numeric`,
      [userId, dayBudgetUsd],
    );
    return rows.length > 0;
  }

  /** Gives back what was set aside by processes that ended without a word. */
  public async sweep(): Promise<void> {
    await this.database.query(
      `WITH freed AS (DELETE FROM reservations WHERE expires_at < now() RETURNING user_id, day, amount_usd),
       sums AS (SELECT user_id, day, sum(amount_usd) AS amount FROM freed GROUP BY user_id, day)
       UPDATE spending d SET reserved_usd = d.reserved_usd - sums.amount
       FROM sums WHERE d.user_id = sums.user_id AND d.day = sums.day`,
    );
  }

  /** Today's costliest users, and what all others cost together. */
  public async costs(limit: number): Promise<{ readonly top: readonly UserCost[]; readonly othersUsd: number }> {
    const rows = await this.database.query<{ user_id: string; cost: number; total: number }>(
      `SELECT user_id, spent_usd::float8 AS cost, (sum(spent_usd) OVER ())::float8 AS total
       FROM spending WHERE day = ${DAY} ORDER BY spent_usd DESC LIMIT $1::int`,
      [limit],
    );
    const top = rows.map(({ user_id: userId, cost: costUsd }) => ({ userId, costUsd }));
    const total = rows[0]?.total ?? 0;
    return { top, othersUsd: Math.max(0, total - top.reduce((sum, { costUsd }) => sum + costUsd, 0)) };
  }
}
