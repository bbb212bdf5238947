import { Pool } from 'pg';
import type { Logger } from '../../../runtime/log';
import type { SecretSource } from '../../../runtime/secret-source';
import { attempt, type Database, type Row, StoreUnavailable } from './database';

/**
 * A replica's share of the server's connections: statements are short, and a turn that waits for the model holds none.
 */
const CONNECTIONS = 8;
/** Longer than any statement of ours; a server that does not answer in that time does not answer. Unit: milliseconds. */
const STATEMENT_MS = 10_000;
const CONNECT_MS = 3000;
const IDLE_MS = 60_000;

/** A PostgreSQL server. Connects when it is needed, and again after an outage. */
export class PostgresDatabase implements Database {
  private pool: Pool | undefined;

  constructor(
    private readonly url: SecretSource,
    private readonly log: Logger,
  ) {
    // A new password: what runs now ends on the old connections.
    url.onChange(() => void this.endPool());
  }

  public query<Found extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<Found[]> {
    return attempt(async () => (await this.connected().query<Found>(sql, [...parameters])).rows);
  }

  public async script(sql: string): Promise<void> {
    await attempt(() => this.connected().query(sql));
  }

  public close(): Promise<void> {
    return this.endPool();
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
