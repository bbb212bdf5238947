import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { type Database, LeaseLost, type Row } from './database';
import { HOLDS, holder } from './lease-store';
import type { Lease, ToolCallRecord, TurnRecord, UsageSum } from './records';

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

/** The writes of a turn. Each carries its lease, and is refused when another one came after it. */
export class TurnStore {
  constructor(private readonly database: Database) {}

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
   * Error: `LeaseLost`; its tools are audited and what it cost is booked all the same.
   */
  public finish(lease: Lease, entry: TurnEntry, endReason: string, answerPrint: string): Promise<void> {
    return this.fenced(lease, FINISH, [...entryParameters(lease, entry), endReason, answerPrint]);
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
 * last entry has a text of its own. Messages need the lease; what was done and spent counts without it too. `fresh` holds
 * a row unless the same entry was written before.
 */
const ADDED = `added AS (
    INSERT INTO messages (turn_id, position, body)
    SELECT $3, m.position, m.body FROM held, json_to_recordset($4::json) AS m(position int, body text)
    ON CONFLICT DO NOTHING RETURNING position
  ), audited AS (
    INSERT INTO tool_calls (turn_id, call_id, user_id, session_id, tool, rule, input_sha256, failed, milliseconds)
    SELECT $3, c."callId", $11, $1, c.tool, c.rule, c."inputSha256", c.failed, c.milliseconds
    FROM json_to_recordset($10::json) AS c("callId" text, tool text, rule text, "inputSha256" text,
      failed boolean, milliseconds int)
    ON CONFLICT DO NOTHING
  )`;
const COUNTED = `input_tokens = input_tokens + $5::bigint, output_tokens = output_tokens + $6::bigint,
    cache_read_tokens = cache_read_tokens + $7::bigint, cache_write_tokens = cache_write_tokens + $8::bigint,
    cost_usd = cost_usd + $9::numeric`;
/** Money leaves the reservation as it is spent; it counts even when the reservation was given up meanwhile. */
const SPENT = `spent AS (
    UPDATE spending SET spent_usd = spent_usd + $9::numeric,
      reserved_usd = reserved_usd - coalesce((SELECT sum(usd) FROM freed), 0)
    FROM fresh WHERE user_id = $11 AND day = $12::date
  )`;
const APPEND = `${ADDED}, fresh AS (SELECT 1 FROM added LIMIT 1), freed AS (
    UPDATE reservations SET amount_usd = amount_usd - $9::numeric FROM fresh
    WHERE turn_id = $3 RETURNING $9::numeric AS usd
  ), counted AS (UPDATE turns SET ${COUNTED} FROM fresh WHERE id = $3), ${SPENT}`;
const FINISH = `${ADDED}, freed AS (
    DELETE FROM reservations WHERE turn_id = $3 RETURNING amount_usd AS usd
  ), ended AS (
    UPDATE turns SET ${COUNTED}, ended_at = now(),
      end_reason = CASE WHEN EXISTS (SELECT 1 FROM held) THEN $13 ELSE end_reason END,
      answer_print = CASE WHEN EXISTS (SELECT 1 FROM held) THEN $14 ELSE answer_print END
    WHERE id = $3 AND ended_at IS NULL RETURNING 1 AS one
  ), fresh AS (SELECT 1 FROM ended UNION SELECT 1 FROM freed), ${SPENT}, released AS (
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
