import { Worker } from 'node:worker_threads';
import { attempt, type Database, type Row } from '../../src/store/database';
import { migrate } from '../../src/store/migrations';

/** PGlite imports its parts dynamically, which jest's modules cannot: it runs in a thread of its own. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { PGlite } = require(workerData.module);
  const opening = PGlite.create();
  parentPort.on('message', async ({ id, script, sql, parameters }) => {
    try {
      const postgres = await opening;
      if (script) await postgres.transaction((transaction) => transaction.exec(script));
      const rows = sql ? (await postgres.query(sql, parameters)).rows : [];
      parentPort.postMessage({ id, rows });
    } catch (error) {
      parentPort.postMessage({ id, failure: { message: error.message, code: error.code } });
    }
  });
`;

interface Reply {
  readonly id: number;
  readonly rows?: Row[];
  readonly failure?: { readonly message: string; readonly code?: string };
}

/** A database in memory for one test file. `isAway` makes it fail as a server that cannot be reached does. */
export class TestDatabase implements Database {
  public isAway = false;
  /** Statements so far. */
  public count = 0;
  private readonly worker = new Worker(THREAD, {
    eval: true,
    workerData: { module: require.resolve('@electric-sql/pglite') },
  });
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private next = 0;

  public static async open(): Promise<TestDatabase> {
    const database = new TestDatabase();
    await migrate(database);
    return database;
  }

  private constructor() {
    this.worker.on('message', (reply: Reply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
  }

  public query<Found extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<Found[]> {
    return this.ask({ sql, parameters }) as Promise<Found[]>;
  }

  public async script(script: string): Promise<void> {
    await this.ask({ script });
  }

  public async empty(): Promise<void> {
    await this.script('TRUNCATE sessions, turns, messages, spending, reservations, tool_calls CASCADE');
  }

  public async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(request: { sql?: string; parameters?: readonly unknown[]; script?: string }): Promise<Row[]> {
    this.count++;
    return attempt(async () => {
      if (this.isAway) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const id = this.next++;
      const reply = await new Promise<Reply>((resolve) => {
        this.waiting.set(id, resolve);
        this.worker.postMessage({ id, ...request });
      });
      if (reply.failure) throw Object.assign(new Error(reply.failure.message), reply.failure);
      return reply.rows ?? [];
    });
  }
}
