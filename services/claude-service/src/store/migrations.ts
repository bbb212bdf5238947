import type { Database } from './database';

/**
 * The steps from an empty database to this version of the tables. A step that has been released is never changed; the
 * next one is appended. During a rolling update the version before works on the tables after, so that steps only add.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE sessions (
    id text PRIMARY KEY,
    user_id text NOT NULL,
    chat_id text NOT NULL,
    model text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    fence integer NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    UNIQUE (user_id, chat_id, model)
  );
  CREATE INDEX sessions_by_user ON sessions (user_id, used_at DESC, id);
  CREATE TABLE turns (
    id text PRIMARY KEY,
    session_id text NOT NULL REFERENCES sessions ON DELETE CASCADE,
    parent_id text,
    fence integer NOT NULL,
    message_id text,
    prompt_print text NOT NULL,
    answer_print text,
    continues boolean NOT NULL DEFAULT false,
    end_reason text,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    input_tokens bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    cache_read_tokens bigint NOT NULL DEFAULT 0,
    cache_write_tokens bigint NOT NULL DEFAULT 0,
    cost_usd numeric NOT NULL DEFAULT 0
  );
  CREATE INDEX turns_by_session ON turns (session_id, fence);
  CREATE TABLE messages (
    turn_id text NOT NULL REFERENCES turns ON DELETE CASCADE,
    position integer NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (turn_id, position)
  );
  CREATE TABLE spending (
    user_id text NOT NULL,
    day date NOT NULL,
    spent_usd numeric NOT NULL DEFAULT 0,
    reserved_usd numeric NOT NULL DEFAULT 0,
    granted_usd numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, day)
  );
  CREATE INDEX spending_by_day ON spending (day, spent_usd DESC);
  CREATE TABLE reservations (
    turn_id text PRIMARY KEY,
    user_id text NOT NULL,
    day date NOT NULL,
    amount_usd numeric NOT NULL,
    expires_at timestamptz NOT NULL
  );
  CREATE INDEX reservations_by_end ON reservations (expires_at);
  CREATE TABLE tool_calls (
    turn_id text NOT NULL,
    call_id text NOT NULL,
    called_at timestamptz NOT NULL DEFAULT now(),
    user_id text NOT NULL,
    session_id text NOT NULL,
    tool text NOT NULL,
    rule text NOT NULL,
    input_sha256 text NOT NULL,
    failed boolean NOT NULL,
    milliseconds integer NOT NULL,
    PRIMARY KEY (turn_id, call_id)
  );
  CREATE INDEX tool_calls_by_user ON tool_calls (user_id, called_at);
  `,
  `
  CREATE INDEX sessions_by_use ON sessions (used_at);
  CREATE INDEX tool_calls_by_time ON tool_calls (called_at);
  `,
];

/** Any number of our own: one process at a time changes the tables. */
const LOCK = 7_203_114_905;

/** Brings the tables to this version. Several replicas may begin at once. Error: tables of a newer version. */
export async function migrate(database: Database, steps: readonly string[] = STEPS): Promise<void> {
  const conditional = steps.map(
    (step, index) => `
    IF (SELECT coalesce(max(version), 0) FROM schema_version) = ${index} THEN
      ${step}
      INSERT INTO schema_version VALUES (${index + 1});
    END IF;`,
  );
  await database.script(`
    SELECT pg_advisory_xact_lock(${LOCK});
    CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz DEFAULT now());
    DO $steps$ BEGIN ${conditional.join('\n')} END $steps$;
  `);
  const [{ version }] = await database.query<{ version: number }>(
    'SELECT max(version)::int AS version FROM schema_version',
  );
  if (version > steps.length) {
    throw new Error(
      `the tables have version ${version}, and this program knows them up to ${steps.length}: start the newer program`,
    );
  }
}
