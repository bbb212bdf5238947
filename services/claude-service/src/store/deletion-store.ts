import type { Database, Row } from './database';
import { HOLDS } from './lease-store';
import type { Lease, SessionKey } from './records';
import { DAY } from './spending-store';

/** A session that is being deleted: as with a running turn, nobody else can have it meanwhile. */
export interface HeldSession extends SessionKey, Pick<Lease, 'sessionId' | 'fence'> {
  /** Who holds it: unique to this deletion. */
  readonly owner: string;
}

/** Longer than it takes to delete the files of a session, whose pod may have to start for it. Unit: seconds. */
const HOLD_SECONDS = 300;
/** Rows of the audit that one statement deletes. */
const ROWS_AT_ONCE = 10_000;

const HOLD = `SET fence = fence + 1, lease_owner = $1, lease_until = now() + ${HOLD_SECONDS} * interval '1 second'`;
const IS_FREE = '(lease_until IS NULL OR lease_until < now())';
const HELD = 'RETURNING id, user_id, chat_id, model, fence';

/** What leaves the database for good. A session is held first, then its files are deleted, then its rows. */
export class DeletionStore {
  constructor(private readonly database: Database) {}

  /** Takes one session of a user. Nothing when a turn of it runs, or it is not there. */
  public async hold(owner: string, userId: string, sessionId: string): Promise<HeldSession | undefined> {
    const rows = await this.database.query<SessionRow>(
      `UPDATE sessions ${HOLD} WHERE user_id = $2 AND id = $3 AND ${IS_FREE} ${HELD}`,
      [owner, userId, sessionId],
    );
    return rows.map((row) => heldOf(row, owner))[0];
  }

  /** Takes a session that nobody has used for so long, and no other replica is taking. Nothing when there is none. */
  public async holdUnused(owner: string, days: number): Promise<HeldSession | undefined> {
    const rows = await this.database.query<SessionRow>(
      `UPDATE sessions ${HOLD} WHERE id IN (
         SELECT id FROM sessions WHERE used_at < now() - $2::int * interval '1 day' AND ${IS_FREE}
         ORDER BY used_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       ${HELD}`,
      [owner, days],
    );
    return rows.map((row) => heldOf(row, owner))[0];
  }

  /** Deletes a held session with its transcript; the audit stays. */
  public async delete({ sessionId, fence, owner }: HeldSession): Promise<void> {
    await this.database.query(`DELETE FROM sessions WHERE ${HOLDS}`, [sessionId, fence, owner]);
  }

  /** Frees a held session. */
  public async giveBack({ sessionId, fence, owner }: HeldSession): Promise<void> {
    await this.database.query(`UPDATE sessions SET lease_until = NULL WHERE ${HOLDS}`, [sessionId, fence, owner]);
  }

  /** Deletes old rows of the audit and the costs of old days. Answers how many. */
  public async deleteAudit(days: number): Promise<number> {
    let count = 0;
    for (const statement of OLD_ROWS) {
      for (let rows: Row[] = []; ; ) {
        rows = await this.database.query(statement, [days]);
        count += rows.length;
        if (rows.length < ROWS_AT_ONCE) break;
      }
    }
    return count;
  }
}

const OLD_ROWS = [
  `DELETE FROM tool_calls WHERE (turn_id, call_id) IN (
     SELECT turn_id, call_id FROM tool_calls WHERE called_at < now() - $1::int * interval '1 day'
     LIMIT ${ROWS_AT_ONCE} FOR UPDATE SKIP LOCKED) RETURNING 1 AS deleted`,
  `DELETE FROM spending WHERE (user_id, day) IN (
     SELECT user_id, day FROM spending WHERE day < ${DAY} - $1::int
     LIMIT ${ROWS_AT_ONCE} FOR UPDATE SKIP LOCKED) RETURNING 1 AS deleted`,
];

interface SessionRow extends Row {
  readonly id: string;
  readonly user_id: string;
  readonly chat_id: string;
  readonly model: string;
  readonly fence: number;
}

function heldOf(row: SessionRow, owner: string): HeldSession {
  const { id: sessionId, user_id: userId, chat_id: chatId, model, fence } = row;
  return { sessionId, userId, chatId, model, fence, owner };
}
