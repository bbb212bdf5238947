/** A PostgreSQL database that exists outside these manifests. */
export interface PostgresDatabase {
  /** Host name, for example `openwebui-pg-prod.postgres.database.azure.com`. */
  readonly host: string;
  /** @default 5432 */
  readonly port?: number;
  /** Name of the database. */
  readonly database: string;
  /** Name of the login. */
  readonly user: string;
  /** libpq's `sslmode`. @default `require` */
  readonly sslMode?: string;
  /** What the server allows; the pools of all replicas must fit. Unit: connections. @default - not checked */
  readonly maxConnections?: number;
  /** Address ranges of the server, for the NetworkPolicies. Form: CIDR. @default - any public address on its port */
  readonly cidrs?: string[];
}
