import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../runtime/log';
import type { SecretSource } from '../../../runtime/secret-source';
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

async function server(url: SecretSource, log: Logger): Promise<PostgresDatabase> {
  const database = new PostgresDatabase(url, log);
  try {
    await migrate(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function embedded(dataPath: string): Promise<EmbeddedDatabase> {
  await mkdir(dataPath, { recursive: true });
  const database = await EmbeddedDatabase.open(join(dataPath, 'postgres'));
  await migrate(database);
  await freeAllSessions(database);
  return database;
}
