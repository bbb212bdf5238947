import { type Database, StoreUnavailable } from './database';
import { DeletionStore } from './deletion-store';
import { LeaseStore } from './lease-store';
import { SessionStore } from './session-store';
import { SpendingStore } from './spending-store';
import { TurnStore } from './turn-store';

/** Everything that outlives this process, in one database, whose tables `migrate` has made. */
export class Store {
  public readonly leases: LeaseStore;
  public readonly turns: TurnStore;
  public readonly sessions: SessionStore;
  public readonly spending: SpendingStore;
  public readonly deletions: DeletionStore;

  constructor(private readonly database: Database) {
    this.spending = new SpendingStore(database);
    this.leases = new LeaseStore(database, this.spending);
    this.turns = new TurnStore(database);
    this.sessions = new SessionStore(database);
    this.deletions = new DeletionStore(database);
  }

  /** Error: `StoreUnavailable`, also when the database can only be read. */
  public async check(): Promise<void> {
    const [{ mode }] = await this.database.query(`SELECT current_setting('transaction_read_only') AS mode`);
    if (mode === 'on') throw new StoreUnavailable(new Error('it is read-only'));
  }

  public close(): Promise<void> {
    return this.database.close();
  }
}

/** Frees all sessions, where the caller is the only one that can hold any: what held them was killed. */
export async function freeAllSessions(database: Database): Promise<void> {
  await database.query('UPDATE sessions SET lease_until = NULL WHERE lease_until IS NOT NULL');
  await database.query('UPDATE reservations SET expires_at = now()');
}
