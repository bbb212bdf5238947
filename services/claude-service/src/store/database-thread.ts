import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { Row } from './database';
import { DURABLE, DurableFolder } from './durable-folder';
import { PreparedStatements } from './prepared-statements';

/** PGlite's parameter that turns `fsync` off. */
const WITHOUT_SYNC = '-F';
/** A database that answers nothing for so long has ended without a word. Unit: milliseconds. */
const LONGEST_SILENCE_MS = 60_000;
/**
 * PostgreSQL's own 128 MB are taken from the memory at once; a chat is read from the disk once in the life of its session,
 * and the kernel keeps what is read again.
 */
const MEMORY = ['-c', 'shared_buffers=16MB'];

/** A statement with its parameters, several without any in one transaction, or the end. */
type Request =
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly script: string }
  | { readonly close: true };

interface Reply {
  readonly id: number;
  readonly rows: Row[];
  readonly failure?: { readonly message: string /** PostgreSQL's. */; readonly code?: string };
}

interface Waiting {
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}

/** The database of a folder in a thread of its own: writing to the disk then holds up nobody's answer. */
export class DatabaseThread {
  private readonly waiting = new Map<number, Waiting>();
  private readonly worker: Worker;
  private count = 0;
  private failure: Error | undefined;
  private watchdog: NodeJS.Timeout | undefined;

  /** @param program the file whose beginning calls `serveDatabase` in a thread */
  constructor(program: string, folder: string) {
    this.worker = new Worker(program, { workerData: { folder }, env: {} });
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('the thread of the database has ended')));
  }

  /** Error: PostgreSQL's with its code; one without a code when the thread cannot be used any more. */
  public ask(request: Request): Promise<Row[]> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.count++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (this.waiting.size === 1) this.watch();
      this.worker.postMessage({ id, ...request });
    });
  }

  /** Ends the thread, whatever it does. */
  public async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private settle({ id, rows, failure }: Reply): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    this.watch();
    if (failure) waiting?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
    else waiting?.resolve(rows);
  }

  /** Begins to wait for the next answer, while there is one to come. */
  private watch(): void {
    clearTimeout(this.watchdog);
    if (this.waiting.size === 0) return;
    this.watchdog = setTimeout(() => this.fail(new Error('the database does not answer')), LONGEST_SILENCE_MS);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    clearTimeout(this.watchdog);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}

/** What the thread does: opens the database of the folder, and answers one request after the other. */
export function serveDatabase(): void {
  const port = parentPort as MessagePort;
  const opening = open(workerData.folder);
  let last: Promise<unknown> = opening.catch(() => {});
  port.on('message', ({ id, ...request }: Request & { readonly id: number }) => {
    last = last.then(async () => {
      try {
        port.postMessage({ id, rows: await answer(await opening, request) });
      } catch (error) {
        const { message, code } = error as Error & { code?: string };
        port.postMessage({ id, rows: [], failure: { message, code } });
      }
      if ('close' in request) port.close();
    });
  });
}

interface Opened {
  readonly postgres: PGlite;
  readonly statements: PreparedStatements;
}

async function open(folder: string): Promise<Opened> {
  const { defaultStartParams } = PGlite;
  const startParams = [...defaultStartParams.filter((parameter) => parameter !== WITHOUT_SYNC), ...DURABLE, ...MEMORY];
  const postgres = await PGlite.create({ fs: new DurableFolder(folder, endThread), startParams });
  return { postgres, statements: new PreparedStatements(postgres) };
}

/** In a thread, this ends no more than the thread. */
function endThread(): void {
  process.exit(1);
}

async function answer({ postgres, statements }: Opened, request: Request): Promise<Row[]> {
  if ('sql' in request) return statements.query(request.sql, request.parameters);
  if ('script' in request) await postgres.transaction((transaction) => transaction.exec(request.script));
  else await postgres.close();
  return [];
}
