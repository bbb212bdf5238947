import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { type Database, LeaseLost, type Row } from './database';
import type { Lease, SessionKey, ToolCallRecord, TurnRecord, UsageSum } from './records';

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

/** What is written when a turn begins: itself, and the turns of the chat's history that were answered elsewhere. */
export interface NewTurn extends Pick<TurnRecord, 'id' | 'parentId' | 'messageId' | 'promptPrint' | 'continues'> {
  /** Set for a turn that was taken over from the history. */
  readonly answerPrint: string | null;
  readonly endReason: string | null;
  readonly messages: readonly BetaMessageParam[];
}

/** What is written while and after a turn runs. */
export interface TurnEntry {
  /** Place in the turn of the first of `messages`. */
  readonly position: number;
  readonly messages: readonly BetaMessageParam[];
  readonly usage: UsageSum;
  readonly toolCalls: readonly ToolCallRecord[];
}

const DAY = `(now() AT TIME ZONE 'UTC')::date`;
/** For the transaction of this statement only, which needs no connection of its own and passes PgBouncer. */
const UNFLUSHED = `set_config('synchronous_commit', 'off', true) AS commit`;
const LEASE_END = `now() + ${LEASE_SECONDS} * interval '1 second'`;

/** The condition on a session that a lease is its last one, with the parameters of `holder`. */
const HOLDS = 'id = $1 AND fence = $2::int AND lease_owner = $3';

function holder({ sessionId, fence, turnId }: Lease): readonly unknown[] {
  return [sessionId, fence, turnId];
}

/** The writes of a turn. Each carries its lease, and is refused when another one came after it. */
export class TurnStore {
  constructor(private readonly database: Database) {}

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

  /** The whole tree of a session, in the order in which it grew. */
  public async load(sessionId: string): Promise<TurnRecord[]> {
    const rows = await this.database.query<TurnRow>(
      `SELECT t.id, t.parent_id, t.message_id, t.prompt_print, t.answer_print, t.continues, t.end_reason, m.body
       FROM turns t LEFT JOIN messages m ON m.turn_id = t.id
       WHERE t.session_id = $1 ORDER BY t.fence, t.id, m.position`,
      [sessionId],
    );
    const turns = new Map<string, TurnRecord & { messages: BetaMessageParam[] }>();
    for (const row of rows) {
      const turn = turns.get(row.id) ?? { ...turnOf(row), messages: [] };
      turns.set(row.id, turn);
      if (row.body !== null) turn.messages.push(JSON.parse(row.body));
    }
    return [...turns.values()];
  }

  /** Writes that turns begin, with what the person said. Error: `LeaseLost`. */
  public begin(lease: Lease, turns: readonly NewTurn[]): Promise<void> {
    const rows = turns.map((turn) => ({ ...turn, messages: undefined }));
    const messages = turns.flatMap(({ id, messages }) =>
      messages.map((message, position) => ({ id, position, body: JSON.stringify(message) })),
    );
    return this.fenced(
      lease,
      `begun AS (
         INSERT INTO turns (id, session_id, parent_id, fence, message_id, prompt_print, answer_print, continues, end_reason)
         SELECT t.id, $1, t."parentId", $2::int, t."messageId", t."promptPrint", t."answerPrint", t.continues, t."endReason"
         FROM held, json_to_recordset($4::json) AS t(id text, "parentId" text, "messageId" text, "promptPrint" text,
           "answerPrint" text, continues boolean, "endReason" text)
         ON CONFLICT DO NOTHING
       ), said AS (
         INSERT INTO messages (turn_id, position, body)
         SELECT m.id, m.position, m.body FROM held, json_to_recordset($5::json) AS m(id text, position int, body text)
         ON CONFLICT DO NOTHING
       )`,
      [JSON.stringify(rows), JSON.stringify(messages)],
    );
  }

  /** Appends messages, with what they cost. The same entry twice, after an unclear failure, counts once. Error: `LeaseLost`. */
  public append(lease: Lease, entry: TurnEntry): Promise<void> {
    return this.fenced(lease, APPEND, entryParameters(lease, entry));
  }

  /**
   * Writes the last entry and how the turn ended, gives back the money that it did not need, and frees the session.
   * Error: `LeaseLost`; what it cost is booked all the same.
   */
  public finish(lease: Lease, entry: TurnEntry, endReason: string, answerPrint: string): Promise<void> {
    return this.fenced(lease, FINISH, [...entryParameters(lease, entry), endReason, answerPrint]);
  }

  /** Says that the turn still runs. False when another lease came after. */
  public async renew(lease: Lease): Promise<boolean> {
    const rows = await this.database.query(
      `WITH kept AS (UPDATE reservations SET expires_at = ${LEASE_END} WHERE turn_id = $3)
       UPDATE sessions SET lease_until = ${LEASE_END} WHERE ${HOLDS} RETURNING id`,
      holder(lease),
    );
    return rows.length > 0;
  }

  /** Frees a session whose turn did not begin. */
  public async release(lease: Lease): Promise<void> {
    await this.database.query(`UPDATE sessions SET lease_until = NULL WHERE ${HOLDS}`, holder(lease));
    await this.settle(lease.turnId);
  }

  /** Gives back what is left of a turn's reserved money. */
  private async settle(turnId: string): Promise<void> {
    await this.database.query(
      `WITH freed AS (DELETE FROM reservations WHERE turn_id = $1 RETURNING user_id, day, amount_usd)
       UPDATE spending d SET reserved_usd = d.reserved_usd - freed.amount_usd
       FROM freed WHERE d.user_id = freed.user_id AND d.day = freed.day`,
      [turnId],
    );
  }

  /** Runs writes that depend on `held`: the session's row, locked, while this lease is its last. */
  private async fenced(lease: Lease, writes: string, parameters: readonly unknown[]): Promise<void> {
    const [{ held }] = await this.database.query<{ held: number }>(
      `WITH held AS (SELECT id FROM sessions WHERE ${HOLDS} FOR UPDATE), ${writes}
       SELECT (SELECT count(*) FROM held)::int AS held`,
      [...holder(lease), ...parameters],
    );
    if (held === 0) throw new LeaseLost();
  }
}

/**
 * The writes of an entry, which carry the parameters of `entryParameters`. One statement changes a row once, so that the
 * last entry has a text of its own. `fresh` holds a row unless the same entry was written before.
 */
const ADDED = `added AS (
    INSERT INTO messages (turn_id, position, body)
    SELECT $3, m.position, m.body FROM held, json_to_recordset($4::json) AS m(position int, body text)
    ON CONFLICT DO NOTHING RETURNING position
  ), audited AS (
    INSERT INTO tool_calls (turn_id, call_id, user_id, session_id, tool, rule, input_sha256, failed, milliseconds)
    SELECT $3, c."callId", $11, $1, c.tool, c.rule, c."inputSha256", c.failed, c.milliseconds
    FROM held, json_to_recordset($10::json) AS c("callId" text, tool text, rule text, "inputSha256" text,
      failed boolean, milliseconds int)
    ON CONFLICT DO NOTHING
  )`;
const COUNTED = `input_tokens = input_tokens + CASE WHEN EXISTS (SELECT 1 FROM fresh) THEN $5::bigint ELSE 0 END,
    output_tokens = output_tokens + CASE WHEN EXISTS (SELECT 1 FROM fresh) THEN $6::bigint ELSE 0 END,
    cache_read_tokens = cache_read_tokens + CASE WHEN EXISTS (SELECT 1 FROM fresh) THEN $7::bigint ELSE 0 END,
    cache_write_tokens = cache_write_tokens + CASE WHEN EXISTS (SELECT 1 FROM fresh) THEN $8::bigint ELSE 0 END,
    cost_usd = cost_usd + CASE WHEN EXISTS (SELECT 1 FROM fresh) THEN $9::numeric ELSE 0 END`;
/** Money leaves the reservation as it is spent; it counts even when the reservation was given up meanwhile. */
const SPENT = `spent AS (
    UPDATE spending SET spent_usd = spent_usd + CASE WHEN EXISTS (SELECT 1 FROM fresh) THEN $9::numeric ELSE 0 END,
      reserved_usd = reserved_usd - coalesce((SELECT sum(usd) FROM freed), 0)
    WHERE user_id = $11 AND day = $12::date
  )`;
const APPEND = `${ADDED}, fresh AS (SELECT 1 FROM added LIMIT 1), freed AS (
    UPDATE reservations SET amount_usd = amount_usd - $9::numeric
    WHERE turn_id = $3 AND EXISTS (SELECT 1 FROM fresh) RETURNING $9::numeric AS usd
  ), counted AS (UPDATE turns SET ${COUNTED} WHERE id = $3), ${SPENT}`;
const FINISH = `${ADDED}, freed AS (
    DELETE FROM reservations WHERE turn_id = $3 RETURNING amount_usd AS usd
  ), fresh AS (
    SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM added) OR EXISTS (SELECT 1 FROM freed)
      OR EXISTS (SELECT 1 FROM held, turns t WHERE t.id = $3 AND t.ended_at IS NULL)
  ), counted AS (
    UPDATE turns SET ${COUNTED}, ended_at = coalesce(ended_at, now()),
      end_reason = CASE WHEN EXISTS (SELECT 1 FROM held) THEN $13 ELSE end_reason END,
      answer_print = CASE WHEN EXISTS (SELECT 1 FROM held) THEN $14 ELSE answer_print END
    WHERE id = $3
  ), ${SPENT}, released AS (
    UPDATE sessions SET lease_until = NULL, used_at = now() WHERE id IN (SELECT id FROM held)
  )`;

function entryParameters(lease: Lease, { position, messages, usage, toolCalls }: TurnEntry): readonly unknown[] {
  const bodies = messages.map((message, index) => ({ position: position + index, body: JSON.stringify(message) }));
  return [
    JSON.stringify(bodies),
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWriteTokens,
    usage.costUsd,
    JSON.stringify(toolCalls),
    lease.userId,
    lease.day,
  ];
}

interface TurnRow extends Row {
  readonly id: string;
  readonly parent_id: string | null;
  readonly message_id: string | null;
  readonly prompt_print: string;
  readonly answer_print: string | null;
  readonly continues: boolean;
  readonly end_reason: string | null;
  readonly body: string | null;
}

function turnOf(row: TurnRow): Omit<TurnRecord, 'messages'> {
  return {
    id: row.id,
    parentId: row.parent_id,
    messageId: row.message_id,
    promptPrint: row.prompt_print,
    answerPrint: row.answer_print,
    continues: row.continues,
    endReason: row.end_reason,
  };
}
