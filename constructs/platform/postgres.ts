/** How a client of PostgreSQL secures its connection: libpq's `sslmode`. Source: PostgreSQL's manual, "SSL Support". */
export enum PostgresSslMode {
  /** Never encrypted. */
  DISABLE = 'disable',
  /** Encrypted only if the server insists. */
  ALLOW = 'allow',
  /** Encrypted if the server can. */
  PREFER = 'prefer',
  /** Encrypted; the server's certificate is not checked. */
  REQUIRE = 'require',
  /** Encrypted, and the certificate is from an authority that the program's image knows: the public ones. */
  VERIFY_CA = 'verify-ca',
  /** The same, and the certificate is the server's. */
  VERIFY_FULL = 'verify-full',
}

/** Whether the server's certificate is checked. */
export function verifiesServer(mode: PostgresSslMode): boolean {
  return mode === PostgresSslMode.VERIFY_CA || mode === PostgresSslMode.VERIFY_FULL;
}

/** PostgreSQL keeps some connections for its administrator; Azure's managed server keeps 15. */
export const RESERVED_CONNECTIONS = 15;

/** How many connections are left for programs; any number where nobody says what the server allows. */
export function usableConnections(database?: PostgresDatabase): number {
  return (database?.maxConnections ?? Number.POSITIVE_INFINITY) - RESERVED_CONNECTIONS;
}

/** A PostgreSQL database that exists outside these manifests. */
export interface PostgresDatabase {
  /**
   * Host name, for example `openwebui-pg-prod.postgres.database.azure.com`; inside the cluster the Service's full name, for
   * example `pg-rw.databases.svc.cluster.local`.
   */
  readonly host: string;
  /** @default 5432 */
  readonly port?: number;
  /** Name of the database. */
  readonly database: string;
  /** Name of the login. */
  readonly user: string;
  /** @default PostgresSslMode.REQUIRE */
  readonly sslMode?: PostgresSslMode;
  /** What the server allows; the pools of all replicas must fit. Unit: connections. @default - not checked */
  readonly maxConnections?: number;
  /**
   * Address ranges of the server, for the NetworkPolicies. Form: CIDR.
   * @default - any public address on its port; for a Service of the cluster the pods of its namespace
   */
  readonly cidrs?: string[];
}
