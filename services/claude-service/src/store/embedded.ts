import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { attempt, codeOf, type Database, type Row, StoreUnavailable } from './database';
import { DatabaseThread } from './database-thread';
import { EmbeddedUpkeep } from './embedded-upkeep';

/** Not sooner, where the cause, a full disk mostly, is still there: each attempt takes memory. Unit: milliseconds. */
const OPEN_AGAIN_MS = 5000;

/**
 * PostgreSQL compiled to WebAssembly, inside this process, with its files in a folder: for one replica. Nobody else can
 * hold a lease of it, so that those of a process that was killed are void as soon as it is opened again.
 */
export class EmbeddedDatabase implements Database {
  private openedAt = Date.now();
  private thread: Promise<DatabaseThread>;
  private readonly upkeep = new EmbeddedUpkeep(this);

  private constructor(private readonly folder: string) {
    this.thread = this.start();
  }

  /** Opens or makes the database in a folder. Takes some seconds the first time. */
  public static async open(folder: string): Promise<EmbeddedDatabase> {
    if (!existsSync(folder)) {
      // Under another name first: a process that is killed meanwhile leaves half a database.
      const unfinished = `${folder}.new`;
      await rm(unfinished, { recursive: true, force: true });
      await makeInProcess(unfinished);
      await rename(unfinished, folder);
      // What was made, and its name, before anybody relies on it.
      await promisify(execFile)('sync', ['-f', dirname(folder)]);
    }
    const database = new EmbeddedDatabase(folder);
    try {
      await database.query('SELECT 1 AS open');
    } catch (error) {
      database.upkeep.stop();
      await (await database.thread).terminate();
      throw error;
    }
    return database;
  }

  public query<Found extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<Found[]> {
    return this.run((thread) => thread.ask({ sql, parameters })) as Promise<Found[]>;
  }

  public async script(sql: string): Promise<void> {
    await this.run((thread) => thread.ask({ script: sql }));
  }

  public async close(): Promise<void> {
    this.upkeep.stop();
    const thread = await this.thread;
    // What cannot be closed now is put in order when it is opened again, as after a crash.
    await thread.ask({ close: true }).catch(() => {});
    await thread.terminate();
  }

  private async start(): Promise<DatabaseThread> {
    return new DatabaseThread(__filename, this.folder);
  }

  private async run(statement: (thread: DatabaseThread) => Promise<Row[]>): Promise<Row[]> {
    const thread = this.thread;
    try {
      return await attempt(async () => statement(await thread));
    } catch (error) {
      if (isCrash(error)) this.openAgain(thread);
      throw error;
    }
  }

  /** A server that crashes is started again by its service manager; this one has only us. */
  private openAgain(crashed: Promise<DatabaseThread>): void {
    if (this.thread !== crashed || Date.now() - this.openedAt < OPEN_AGAIN_MS) return;
    this.openedAt = Date.now();
    // Never two at once on the same files.
    this.thread = crashed.then((thread) => thread.terminate()).then(() => this.start());
  }
}

/** PostgreSQL's codes of errors (its documentation, appendix A); Node's, such as `EPERM`, begin with another letter. */
const SQLSTATE = /^[0-5FHPX][0-9A-Z]{4}$/;

/** An error that comes without a code of PostgreSQL is one of the program that runs it: it has aborted. */
function isCrash(error: unknown): boolean {
  return error instanceof StoreUnavailable && !SQLSTATE.test(codeOf(error.cause));
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
