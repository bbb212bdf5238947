import type { Database, Row } from './database';
import type { SessionKey, SessionRecord } from './records';

const COLUMNS = `
  s.id, s.user_id, s.chat_id, s.model, s.created_at, s.used_at,
  (s.lease_until IS NOT NULL AND s.lease_until > now()) AS running,
  count(t.id)::int AS turns,
  coalesce(sum(t.input_tokens + t.cache_read_tokens + t.cache_write_tokens), 0)::float8 AS input_tokens,
  coalesce(sum(t.output_tokens), 0)::float8 AS output_tokens,
  coalesce(sum(t.cost_usd), 0)::float8 AS cost_usd`;

/** Sessions as their users see them. Every question names the user: nobody else's session exists for it. */
export class SessionStore {
  constructor(private readonly database: Database) {}

  /** Id of the session of a chat, which is made with the new one when there is none. */
  public async create(key: SessionKey, newSessionId: string): Promise<string> {
    const [{ id }] = await this.database.query<{ id: string }>(
      `INSERT INTO sessions AS s (id, user_id, chat_id, model) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id, chat_id, model) DO UPDATE SET used_at = now() RETURNING s.id`,
      [newSessionId, key.userId, key.chatId, key.model],
    );
    return id;
  }

  public async find(userId: string, sessionId: string): Promise<SessionRecord | undefined> {
    const [row] = await this.database.query<SessionRow>(
      `SELECT ${COLUMNS} FROM sessions s LEFT JOIN turns t ON t.session_id = s.id
       WHERE s.user_id = $1 AND s.id = $2 GROUP BY s.id`,
      [userId, sessionId],
    );
    return row && recordOf(row);
  }

  /** The latest used first; `after` is the id of the last one of the page before. */
  public async list(userId: string, limit: number, after?: string): Promise<SessionRecord[]> {
    const rows = await this.database.query<SessionRow>(
      `WITH page AS (
         SELECT * FROM sessions s WHERE s.user_id = $1 AND ($3::text IS NULL OR (s.used_at, s.id) <
           (SELECT l.used_at, l.id FROM sessions l WHERE l.user_id = $1 AND l.id = $3::text))
         ORDER BY s.used_at DESC, s.id DESC LIMIT $2::int)
       SELECT ${COLUMNS} FROM page s LEFT JOIN turns t ON t.session_id = s.id
       GROUP BY s.id, s.user_id, s.chat_id, s.model, s.created_at, s.used_at, s.lease_until
       ORDER BY s.used_at DESC, s.id DESC`,
      [userId, limit, after ?? null],
    );
    return rows.map(recordOf);
  }
}

interface SessionRow extends Row {
  readonly id: string;
  readonly user_id: string;
  readonly chat_id: string;
  readonly model: string;
  readonly created_at: Date;
  readonly used_at: Date;
  readonly running: boolean;
  readonly turns: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
}

function recordOf(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    userId: row.user_id,
    chatId: row.chat_id,
    model: row.model,
    createdAt: row.created_at,
    usedAt: row.used_at,
    running: row.running,
    turns: row.turns,
    tokens: { input: row.input_tokens, output: row.output_tokens },
    costUsd: row.cost_usd,
  };
}
