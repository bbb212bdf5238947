import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../runtime/log';
import type { SecretSource } from '../../../runtime/secret-source';
import type { Database } from './database';
import { EmbeddedDatabase } from './embedded';
import { migrate } from './migrations';
import { OpeningDatabase } from './opening-database';
import { PostgresDatabase } from './postgres';
import { freeAllSessions, Store } from './store';

export interface StoreOptions {
  /** A server; without it, a database inside this process. */
  readonly databaseUrl?: SecretSource;
  /** Folder of the database inside this process. */
  readonly dataPath: string;
  readonly log: Logger;
}

/** The store of the settings. It opens in the background; until then it is unavailable. */
export function openStore({ databaseUrl, dataPath, log }: StoreOptions): Store {
  return new Store(new OpeningDatabase(() => (databaseUrl ? server(databaseUrl, log) : embedded(dataPath)), log));
}

function server(url: SecretSource, log: Logger): Promise<Database> {
  return prepared(new PostgresDatabase(url, log), migrate);
}

async function embedded(dataPath: string): Promise<Database> {
  await mkdir(dataPath, { recursive: true });
  return prepared(await EmbeddedDatabase.open(join(dataPath, 'postgres')), async (database) => {
    await migrate(database);
    await freeAllSessions(database);
  });
}

/** A database whose tables are there; one that cannot be prepared is closed before it is opened again. */
async function prepared(database: Database, prepare: (database: Database) => Promise<void>): Promise<Database> {
  try {
    await prepare(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
