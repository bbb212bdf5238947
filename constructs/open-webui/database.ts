import type { k8s } from 'cdk8s-plus-30';
import { type PostgresDatabase, verifiesServer } from '../platform/postgres';
import { SecretForm } from '../platform/secret-form';
import type { WorkloadProps } from '../platform/workload';

/** How many connections each of a pod's three pools keeps: the app has two, the vector store one. */
export interface ConnectionPool {
  /** Connections that stay open. @default 15 */
  readonly size?: number;
  /** Connections opened above that under load. @default 20 */
  readonly maxOverflow?: number;
}

/** The variables that decide how the database is opened: by hand, and for all that open it. */
export type ConnectionEnvironment = Pick<
  WorkloadProps,
  'extraEnv' | 'extraSecretEnv' | 'extraEnvFrom' | 'extraVolumes' | 'extraVolumeMounts'
>;

const POOLS_OF_A_POD = 3;
/** The public authorities in the image, which is made from Debian. The libpq inside its Python packages finds none. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** The app's own names and libpq's; those of the vector store are read by the app alone. */
const OF_THE_CONNECTION = /^(?:DATABASE_(?!URL$)|PG(?!VECTOR))/;

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

/** What libpq needs to check the server's certificate. Source: PostgreSQL's manual, "Environment Variables". */
export function tlsVariables({ sslMode }: PostgresDatabase): { [name: string]: string } {
  return sslMode && verifiesServer(sslMode) ? { PGSSLMODE: sslMode, PGSSLROOTCERT: AUTHORITIES } : {};
}

/** What the migration and the containers that wait for it must know too: the app would look elsewhere otherwise. */
export function connectionEnvironment(database: PostgresDatabase, props: WorkloadProps): ConnectionEnvironment {
  const extraSecretEnv = ofTheConnection(props.extraSecretEnv);
  const extraEnv = { ...without(tlsVariables(database), extraSecretEnv), ...ofTheConnection(props.extraEnv) };
  // A certificate that somebody mounted, for example an authority of the company.
  const extraVolumeMounts = props.extraVolumeMounts?.filter(({ mountPath }) =>
    Object.values(extraEnv).some((value) => `${value}/`.startsWith(`${mountPath.replace(/\/$/, '')}/`)),
  );
  const extraVolumes = props.extraVolumes?.filter((volume) =>
    extraVolumeMounts?.some((mount) => mount.name === volume.name),
  );
  return { extraEnv, extraSecretEnv, extraEnvFrom: props.extraEnvFrom, extraVolumes, extraVolumeMounts };
}

/** The same as a container has it. */
export function connectionVariables({ extraEnv = {}, extraSecretEnv = {} }: ConnectionEnvironment): k8s.EnvVar[] {
  return [
    ...Object.entries(extraEnv).map(([name, value]) => (value === '' ? { name } : { name, value })),
    ...Object.entries(extraSecretEnv).map(([name, key]) => key.toEnvVar(name)),
  ];
}

function without<T>(variables: { [name: string]: T }, others: object): { [name: string]: T } {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !Object.hasOwn(others, name)));
}

function ofTheConnection<T>(variables: { [name: string]: T } = {}): { [name: string]: T } {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => OF_THE_CONNECTION.test(name)));
}

function size(pool: ConnectionPool): number {
  return pool.size ?? 15;
}

function maxOverflow(pool: ConnectionPool): number {
  return pool.maxOverflow ?? 20;
}
