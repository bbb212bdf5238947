import type { Logger } from '../../../runtime/log';
import { type Database, type Row, StoreUnavailable } from './database';

/** Before the second attempt to open it, and twice as long before each one after, up to the limit. Unit: milliseconds. */
const RETRY_MS = 500;
const MOST_RETRY_MS = 15_000;

/**
 * A database that is opened in the background, again and again until it can be: the service answers its probes and says
 * why it is not ready, rather than crash in a loop beside a server that starts.
 */
export class OpeningDatabase implements Database {
  private opened: Database | undefined;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;
  private retryMs = RETRY_MS;

  /** @param open makes the connection and the tables */
  constructor(
    private readonly open: () => Promise<Database>,
    private readonly log: Logger,
  ) {
    void this.tryToOpen();
  }

  public async query<Found extends Row>(sql: string, parameters?: readonly unknown[]): Promise<Found[]> {
    return this.ready().query<Found>(sql, parameters);
  }

  public async script(sql: string): Promise<void> {
    return this.ready().script(sql);
  }

  public async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.opened?.close();
  }

  private ready(): Database {
    if (!this.opened) throw new StoreUnavailable('it is not open yet');
    return this.opened;
  }

  private async tryToOpen(): Promise<void> {
    try {
      const database = await this.open();
      if (this.isClosed) await database.close();
      else this.opened = database;
      this.log.info('the database is open');
    } catch (error) {
      this.log.error({ err: error }, 'the database cannot be opened');
      if (this.isClosed) return;
      this.timer = setTimeout(() => void this.tryToOpen(), this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, MOST_RETRY_MS);
    }
  }
}
