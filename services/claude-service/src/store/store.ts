import type { Database } from './database';
import { DeletionStore } from './deletion-store';
import { SessionStore } from './session-store';
import { SpendingStore } from './spending-store';
import { TurnStore } from './turn-store';

/** Everything that outlives this process, in one database, whose tables `migrate` has made. */
export class Store {
  public readonly turns: TurnStore;
  public readonly sessions: SessionStore;
  public readonly spending: SpendingStore;
  public readonly deletions: DeletionStore;

  constructor(private readonly database: Database) {
    this.turns = new TurnStore(database);
    this.sessions = new SessionStore(database);
    this.spending = new SpendingStore(database);
    this.deletions = new DeletionStore(database);
  }

  /** Error: `StoreUnavailable`. */
  public async check(): Promise<void> {
    await this.database.query('SELECT 1 AS alive');
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
