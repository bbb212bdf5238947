/** A row, by the names of its columns. */
export interface Row {
  readonly [column: string]: unknown;
}

/**
 * PostgreSQL, as far as the store needs it: a server, or the one inside this process. Everything that must hold
 * together is one statement, so that no transaction waits for this program between two of them.
 */
export interface Database {
  /** One statement with `$1`… for the parameters. Error: `StoreUnavailable`, or what the statement did wrong. */
  query<Found extends Row>(sql: string, parameters?: readonly unknown[]): Promise<Found[]>;
  /** Several statements without parameters, in one transaction. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** The database cannot be used now; it may be later. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super(`the database cannot be used now: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Somebody else holds the session now: what this turn wanted to write is refused. */
export class LeaseLost extends Error {
  constructor() {
    super('another replica has taken the session over');
  }
}

/**
 * Classes of errors that say that a statement or its values are wrong (PostgreSQL documentation, appendix A). All
 * others, of a connection, of resources, of a full disk or of a server that ends, are about the database as a whole; so
 * is `read_only_sql_transaction`, of a server that is nearly full or has just become a standby.
 */
const STATEMENT_ERRORS = /^(21|22|23|25(?!006)|26|2B|34|42|P0)/;
/** Two statements that met in an unlucky order, `serialization_failure` and `deadlock_detected`: once more. */
const UNLUCKY = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/** Runs a statement, again where that is right, and names its error. */
export async function attempt<Result>(statement: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await statement();
    } catch (error) {
      const code = codeOf(error);
      if (UNLUCKY.has(code) && count < ATTEMPTS) continue;
      throw STATEMENT_ERRORS.test(code) ? error : new StoreUnavailable(error);
    }
  }
}

/** PostgreSQL's code of an error; empty where it has none. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
