import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import type { Logger } from '../../../runtime/log';
import type { SecretSource } from '../../../runtime/secret-source';
import { attempt, codeOf, type Database, type Row, StoreUnavailable } from './database';

/**
 * A replica's share of the server's connections: statements are short, and a turn that waits for the model holds none.
 */
const CONNECTIONS = 8;
/**
 * Longer than a statement of a turn takes; a server that does not answer in that time does not answer. A step of the
 * migrations has no more time. Unit: milliseconds.
 */
const STATEMENT_MS = 10_000;
const CONNECT_MS = 3000;
const IDLE_MS = 60_000;
/**
 * Errors of a connection that knows nothing of what was prepared on it, or already knows it: `invalid_sql_statement_name`
 * and `duplicate_prepared_statement`. PgBouncer in its transaction mode gives them when it does not keep prepared
 * statements itself (before 1.21, or with `max_prepared_statements = 0`).
 */
const NOT_PREPARED = new Set(['26000', '42P05']);

/** A PostgreSQL server. Connects when it is needed, and again after an outage. */
export class PostgresDatabase implements Database {
  private pool: Pool | undefined;
  private isPreparing = true;

  constructor(
    private readonly url: SecretSource,
    private readonly log: Logger,
  ) {
    // A new password: what runs now ends on the old connections.
    url.onChange(() => void this.endPool());
  }

  public query<Found extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<Found[]> {
    return attempt(async () => (await this.run<Found>(sql, [...parameters])).rows);
  }

  public async script(sql: string): Promise<void> {
    await attempt(() => this.connected().query(sql));
  }

  public close(): Promise<void> {
    return this.endPool();
  }

  private async run<Found extends Row>(sql: string, values: unknown[]): Promise<{ readonly rows: Found[] }> {
    if (!this.isPreparing) return this.connected().query<Found>(sql, values);
    try {
      return await this.connected().query<Found>({ name: nameOf(sql), text: sql, values });
    } catch (error) {
      if (!NOT_PREPARED.has(codeOf(error))) throw error;
      // Nothing was run yet.
      this.isPreparing = false;
      this.log.info('statements are not prepared: what stands before the database gives each one another connection');
      return this.connected().query<Found>(sql, values);
    }
  }

  private connected(): Pool {
    if (this.pool) return this.pool;
    const connectionString = this.url.value();
    if (!connectionString) throw new StoreUnavailable('the file with DATABASE_URL is missing or empty');
    this.pool = new Pool({
      connectionString,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: IDLE_MS,
      // Not the server's own timeout: PgBouncer refuses connections that begin with one.
      query_timeout: STATEMENT_MS,
      keepAlive: true,
      application_name: 'claude-service',
    });
    // Without a listener, a server that ends its idle connections would end this process.
    this.pool.on('error', (error) => this.log.warn({ err: error }, 'a connection of the database was lost'));
    return this.pool;
  }

  private async endPool(): Promise<void> {
    const pool = this.pool;
    this.pool = undefined;
    await pool?.end();
  }
}

const names = new Map<string, string>();

/** The same name for the same text in every replica and version. All texts are constants of this program. */
function nameOf(sql: string): string {
  const known = names.get(sql) ?? createHash('sha256').update(sql).digest('hex').slice(0, 32);
  names.set(sql, known);
  return known;
}
