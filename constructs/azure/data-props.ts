import type { MaintenanceStart } from './maintenance-props';

/** How the standby of a PostgreSQL server is placed. */
export enum HighAvailability {
  /** In another zone. */
  ZONE_REDUNDANT = 'ZoneRedundant',
  SAME_ZONE = 'SameZone',
  /** No standby: for development. */
  NONE = 'None',
}

/** Azure Database for PostgreSQL flexible server, in a subnet of its own and without a public address. */
export interface PostgresProps {
  /** Name of the server, unique in Azure. */
  readonly serverName: string;
  /** Major version. @default '16' */
  readonly version?: string;
  /** Tier and size, for example `GP_Standard_D4ds_v5`. */
  readonly sku: string;
  /** One of the sizes that exist; of the first day only where `storageGrows`. Unit: GiB. @default 128 */
  readonly storageGib?: number;
  /** Performance tier of the disk. @default - the one that belongs to the size */
  readonly storageTier?: string;
  /** Let Azure make the disk larger when it fills up; Terraform then leaves its size alone. @default true */
  readonly storageGrows?: boolean;
  /** @default HighAvailability.ZONE_REDUNDANT */
  readonly highAvailability?: HighAvailability;
  /** The database of Open WebUI. */
  readonly databaseName: string;
  /** Login with a password, which Open WebUI uses. @default - only Entra logins */
  readonly administratorLogin?: string;
  /** Count it up to write the password anew; Terraform does not see a write-only value change. @default 1 */
  readonly passwordVersion?: number;
  /**
   * Secret of the vault that gets the connection URL, which is written by whoever applies, from inside the network.
   * @default - a person puts it in
   */
  readonly urlSecret?: string;
  /** Extensions that CREATE EXTENSION may name. @default - vector */
  readonly extensions?: string[];
  /** Unit: connections. @default - what Azure sets for the size */
  readonly maxConnections?: number;
  /** Unit: days, 7 to 35. @default 35 */
  readonly backupRetentionDays?: number;
  /** Copy backups to the paired region. It cannot be changed later: the server would be replaced. @default false */
  readonly geoRedundantBackup?: boolean;
  /** @default - Sunday, 03:00 UTC */
  readonly maintenance?: MaintenanceStart;
}

/** Azure Key Vault with roles, purge protection and a private endpoint. */
export interface KeyVaultProps {
  /** Name of the vault, unique in Azure. */
  readonly name: string;
  /** Public ranges that reach the vault besides the private endpoint, for example a pipeline's. @default - none */
  readonly allowedRanges?: string[];
}

/** What kind of storage pods share. */
export enum SharedStorageKind {
  /** Azure Files over NFS 4.1: a ReadWriteMany volume without a key. */
  FILES = 'Files',
  /** Blobs, for Open WebUI's `STORAGE_PROVIDER=azure`. */
  BLOB = 'Blob',
}

/** A storage account without account keys, reached by a private endpoint. */
export interface SharedStorageProps {
  /** Name of the account, unique in Azure. */
  readonly accountName: string;
  readonly kind: SharedStorageKind;
  /** Name of the share or of the container. @default 'open-webui' */
  readonly name?: string;
  /** Size of the share, which is also what is paid. Unit: GiB, 100 to 102400. @default 100 */
  readonly quotaGib?: number;
}

/**
 * Azure Managed Redis. It answers on port 10000, over TLS only, as one server without a cluster protocol. With
 * `accessKeys` its keys are also in the Terraform state, which the provider reads them into.
 */
export interface ManagedRedisProps {
  /** Unique in the region. */
  readonly name: string;
  /** For example `Balanced_B5`. */
  readonly sku: string;
  /** A second node. @default true */
  readonly highAvailability?: boolean;
  /** Let clients log in with a key, as Open WebUI does; otherwise only Entra tokens. @default false */
  readonly accessKeys?: boolean;
}

/** The tier of a container registry. */
export enum RegistrySku {
  BASIC = 'Basic',
  STANDARD = 'Standard',
  PREMIUM = 'Premium',
}

/** Azure Container Registry; the cluster pulls from it by its own identity. */
export interface RegistryProps {
  /** Unique in Azure. */
  readonly name: string;
  /** @default RegistrySku.PREMIUM */
  readonly sku?: RegistrySku;
  /** Needs PREMIUM. @default - as the environment has zones */
  readonly zoneRedundant?: boolean;
  /** Public ranges that push images, for example a pipeline's. @default - only the private endpoint */
  readonly allowedRanges?: string[];
}
