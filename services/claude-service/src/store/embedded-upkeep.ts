import type { Database } from './database';

/** As `checkpoint_timeout` of a server. Unit: milliseconds. */
const EVERY_MS = 300_000;

/** Tables with as many dead rows as make a server's autovacuum begin, with its usual settings. */
const WITH_DEAD_ROWS = `SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 50 + 0.2 * n_live_tup`;
const PLACE_IN_LOG = 'SELECT pg_current_wal_insert_lsn()::text AS place';

/**
 * What a server has processes of its own for, and PostgreSQL inside this process does not do at all: checkpoints, without
 * which the log of changes grows until the disk is full, and the clearing away of rows that were changed or deleted.
 */
export class EmbeddedUpkeep {
  private readonly timer: NodeJS.Timeout;
  private last = '';

  constructor(
    private readonly database: Database,
    everyMs = EVERY_MS,
  ) {
    // What cannot be done now is done the next time; a database that cannot be used is told to whoever asks it.
    this.timer = setInterval(() => this.run().catch(() => {}), everyMs).unref();
  }

  public stop(): void {
    clearInterval(this.timer);
  }

  /** Does it once. Table by table, so that turns come in between. Error: `StoreUnavailable`. */
  public async run(): Promise<void> {
    if ((await this.place()) === this.last) return;
    const tables = await this.database.query<{ relname: string }>(WITH_DEAD_ROWS);
    for (const { relname } of tables) await this.database.query(`VACUUM (ANALYZE) "${relname}"`);
    await this.database.query('CHECKPOINT');
    this.last = await this.place();
  }

  private async place(): Promise<string> {
    const [{ place }] = await this.database.query<{ place: string }>(PLACE_IN_LOG);
    return place;
  }
}
