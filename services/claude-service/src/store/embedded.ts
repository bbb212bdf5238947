import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { attempt, type Database, type Row, StoreUnavailable } from './database';

/**
 * PostgreSQL compiled to WebAssembly, inside this process, with its files in a folder: for one replica. Nobody else can
 * hold a lease of it, so that those of a process that was killed are void as soon as it is opened again.
 */
export class EmbeddedDatabase implements Database {
  private openedAt = Date.now();

  private constructor(
    private readonly folder: string,
    private postgres: Promise<PGlite>,
  ) {}

  /** Opens or makes the database in a folder. Takes some seconds the first time. */
  public static async open(folder: string): Promise<EmbeddedDatabase> {
    if (!existsSync(folder)) {
      // Under another name first: a process that is killed meanwhile leaves half a database.
      const unfinished = `${folder}.new`;
      await rm(unfinished, { recursive: true, force: true });
      await makeInProcess(unfinished);
      await rename(unfinished, folder);
    }
    const postgres = PGlite.create({ dataDir: folder });
    await postgres;
    return new EmbeddedDatabase(folder, postgres);
  }

  public query<Found extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<Found[]> {
    return this.run(async (postgres) => (await postgres.query<Found>(sql, [...parameters])).rows);
  }

  public async script(sql: string): Promise<void> {
    await this.run((postgres) => postgres.transaction((transaction) => transaction.exec(sql)));
  }

  public async close(): Promise<void> {
    await (await this.postgres).close();
  }

  private async run<Result>(statement: (postgres: PGlite) => Promise<Result>): Promise<Result> {
    const postgres = this.postgres;
    try {
      return await attempt(async () => statement(await postgres));
    } catch (error) {
      if (isCrash(error)) this.openAgain(postgres);
      throw error;
    }
  }

  /** A server that crashes is started again by its service manager; this one has only us. */
  private openAgain(crashed: Promise<PGlite>): void {
    if (this.postgres !== crashed || Date.now() - this.openedAt < OPEN_AGAIN_MS) return;
    this.openedAt = Date.now();
    this.postgres = PGlite.create({ dataDir: this.folder });
    // Whoever asks next hears of a failure.
    this.postgres.catch(() => {});
  }
}

/** Not sooner, where the cause, a full disk mostly, is still there: each attempt takes memory. Unit: milliseconds. */
const OPEN_AGAIN_MS = 5000;

/** An error that comes without a code of PostgreSQL is one of the program that runs it: it has aborted. */
function isCrash(error: unknown): boolean {
  return error instanceof StoreUnavailable && !(error.cause instanceof Error && 'code' in error.cause);
}

/** Argument with which this program only makes a database. */
export const MAKE_DATABASE = 'make-database';

/** PostgreSQL's `initdb` takes half a gigabyte, which only the end of a process gives back. */
async function makeInProcess(folder: string): Promise<void> {
  const maker = spawn(process.execPath, [__filename, MAKE_DATABASE, folder], {
    env: {},
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(maker, 'exit');
  if (code !== 0) throw new Error(`${MAKE_DATABASE} ended with ${code}`);
}

/** Makes the database in a folder that has none. */
export async function makeDatabase(folder: string): Promise<void> {
  const postgres = await PGlite.create({ dataDir: folder });
  await postgres.close();
}
