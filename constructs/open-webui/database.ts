import type { PostgresDatabase } from '../platform/postgres';
import { SecretForm } from '../platform/secret-form';

/** How many connections each of a pod's three pools keeps: the app has two, the vector store one. */
export interface ConnectionPool {
  /** Connections that stay open. @default 15 */
  readonly size?: number;
  /** Connections opened above that under load. @default 20 */
  readonly maxOverflow?: number;
}

const POOLS_OF_A_POD = 3;

/** Whether the pools have room. In the app a size of 0 means a new connection for every query: then nothing bounds them. */
export function isPool(pool: ConnectionPool): boolean {
  return (
    Number.isInteger(size(pool)) && size(pool) > 0 && Number.isInteger(maxOverflow(pool)) && maxOverflow(pool) >= 0
  );
}

/** The most connections of one pod. */
export function poolConnections(pool: ConnectionPool = {}): number {
  return POOLS_OF_A_POD * (size(pool) + maxOverflow(pool));
}

/** The pools' variables. Source: Open WebUI's env.py, DATABASE_POOL_*, and config.py, PGVECTOR_POOL_*. */
export function poolVariables(pool: ConnectionPool = {}): { [name: string]: string } {
  const variables = (prefix: string) => ({
    [`${prefix}_SIZE`]: String(size(pool)),
    [`${prefix}_MAX_OVERFLOW`]: String(maxOverflow(pool)),
    [`${prefix}_TIMEOUT`]: '30',
    [`${prefix}_RECYCLE`]: '1800',
  });
  return { ...variables('DATABASE_POOL'), ...variables('PGVECTOR_POOL') };
}

/** The form of the connection URL. */
export function databaseUrlForm({ host, port, database, user, sslMode }: PostgresDatabase): SecretForm {
  return SecretForm.postgresUrl({ host, port, database, user, sslMode });
}

function size(pool: ConnectionPool): number {
  return pool.size ?? 15;
}

function maxOverflow(pool: ConnectionPool): number {
  return pool.maxOverflow ?? 20;
}
