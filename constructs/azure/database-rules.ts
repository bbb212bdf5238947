import { nearestName } from '../platform/schema/nearest-name';
import { quoted } from '../platform/schema/value-words';
import * as form from './azure-names';
import { type AzureRule, boundsRule, formRule } from './azure-rule';
import { HighAvailability, type PostgresProps } from './data-props';
import { POSTGRES_SIZES, postgresSize } from './postgres-sizes';
import { REGIONS, zonesOf } from './regions';

/**
 * Disk sizes and the performance tiers that each may have, the first its own. Unit: GiB.
 * Source: terraform-provider-azurerm, InitializeFlexibleServerStorageTierDefaults.
 */
const STORAGE: readonly { readonly gib: number; readonly tiers: readonly string[] }[] = [
  { gib: 32, tiers: ['P4', 'P6', 'P10', 'P15', 'P20', 'P30', 'P40', 'P50'] },
  { gib: 64, tiers: ['P6', 'P10', 'P15', 'P20', 'P30', 'P40', 'P50'] },
  { gib: 128, tiers: ['P10', 'P15', 'P20', 'P30', 'P40', 'P50'] },
  { gib: 256, tiers: ['P15', 'P20', 'P30', 'P40', 'P50'] },
  { gib: 512, tiers: ['P20', 'P30', 'P40', 'P50'] },
  { gib: 1024, tiers: ['P30', 'P40', 'P50'] },
  { gib: 2048, tiers: ['P40', 'P50'] },
  { gib: 4095, tiers: ['P50'] },
  { gib: 4096, tiers: ['P50'] },
  { gib: 8192, tiers: ['P60', 'P70', 'P80'] },
  { gib: 16384, tiers: ['P70', 'P80'] },
  { gib: 32767, tiers: ['P80'] },
];
const VERSIONS = ['11', '12', '13', '14', '15', '16', '17', '18'];
/** Source: Microsoft Learn, "Server parameters" and "Create users", reserved names. */
const RESERVED_LOGINS = ['azure_superuser', 'azure_pg_admin', 'admin', 'administrator', 'root', 'guest', 'public'];
const RESERVED_DATABASES = ['postgres', 'azure_maintenance', 'azure_sys', 'template0', 'template1'];

function highAvailabilityOf({ highAvailability = HighAvailability.ZONE_REDUNDANT }: PostgresProps): HighAvailability {
  return highAvailability;
}

function nearestStorage(gib: number): number {
  return STORAGE.reduce((best, each) => (Math.abs(each.gib - gib) < Math.abs(best - gib) ? each.gib : best), 32);
}

/** The size that was meant: the same in its tier, or the one that is spelled most like it. */
function meantSize(sku: string): string | undefined {
  const skus = POSTGRES_SIZES.map((size) => size.sku);
  return skus.find((each) => each.slice(each.indexOf('_') + 1) === sku) ?? nearestName(sku, skus);
}

export const DATABASE_RULES: readonly AzureRule[] = [
  formRule('server-name', form.serverName, ({ database }) => [
    { prop: 'database.serverName', value: database.serverName },
  ]),
  {
    id: 'database-sku',
    sentences: ({ database: { sku } }) => {
      const meant = meantSize(sku);
      return postgresSize(sku) !== undefined
        ? []
        : /^(Standard_)?[BDE]C?\d/.test(sku) && meant
          ? [`database.sku: ${quoted(sku)} is what the az command calls it: write ${quoted(meant)}, with its tier`]
          : [
              `database.sku: ${quoted(sku)} is no size of PostgreSQL in Azure: write ${quoted(meant ?? 'GP_Standard_D4ds_v5')}`,
            ];
    },
  },
  {
    id: 'database-storage-size',
    sentences: ({ database: { storageGib = 128 } }) =>
      STORAGE.some(({ gib }) => gib === storageGib)
        ? []
        : [
            `database.storageGib: there is no disk of ${storageGib} GiB: write ${nearestStorage(storageGib)}, or another of ${STORAGE.map(({ gib }) => gib).join(', ')}`,
          ],
  },
  {
    id: 'database-storage-tier',
    sentences: ({ database: { storageGib = 128, storageTier } }) => {
      const tiers = STORAGE.find(({ gib }) => gib === storageGib)?.tiers;
      return storageTier === undefined || tiers === undefined || tiers.includes(storageTier)
        ? []
        : [
            `database.storageTier: ${quoted(storageTier)} does not go with ${storageGib} GiB: write one of ${tiers.join(', ')}`,
          ];
    },
  },
  {
    id: 'database-version',
    sentences: ({ database: { version = '16' } }) =>
      VERSIONS.includes(version)
        ? []
        : [`database.version: ${quoted(version)} must be a major version, one of ${VERSIONS.join(', ')}`],
  },
  {
    id: 'database-standby-of-a-burstable-size',
    sentences: ({ database }) =>
      database.sku.startsWith('B_') && highAvailabilityOf(database) !== HighAvailability.NONE
        ? [
            `database.highAvailability: ${database.sku} cannot have a standby: choose a size of the tier GP or MO, or write HighAvailability.NONE`,
          ]
        : [],
  },
  {
    id: 'database-standby-without-zones',
    sentences: (environment) =>
      zonesOf(environment) === undefined && highAvailabilityOf(environment.database) === HighAvailability.ZONE_REDUNDANT
        ? ['database.highAvailability: a standby in another zone needs zones: write HighAvailability.SAME_ZONE']
        : [],
  },
  {
    id: 'database-backup-without-pair',
    sentences: ({ region, database }) =>
      database.geoRedundantBackup && region in REGIONS && REGIONS[region].pair === undefined
        ? [
            `database.geoRedundantBackup: the region ${region} has no paired region to copy backups to: leave it out, or choose a region that has one`,
          ]
        : [],
  },
  boundsRule('database-backup-days', [7, 35, 'days'], ({ database }) => [
    { prop: 'database.backupRetentionDays', value: database.backupRetentionDays },
  ]),
  boundsRule('database-connections', [25, 5000, 'connections'], ({ database }) => [
    { prop: 'database.maxConnections', value: database.maxConnections },
  ]),
  boundsRule('database-password-version', [1, 2 ** 31 - 1, 'versions'], ({ database }) => [
    { prop: 'database.passwordVersion', value: database.passwordVersion },
  ]),
  {
    id: 'database-password-without-login',
    sentences: ({ database: { administratorLogin, passwordVersion, urlSecret } }) =>
      administratorLogin === undefined && (passwordVersion !== undefined || urlSecret !== undefined)
        ? [
            'database.administratorLogin: missing; a password is of a login: name it, or leave passwordVersion and urlSecret out',
          ]
        : [],
  },
  {
    id: 'database-login',
    sentences: ({ database: { administratorLogin: login } }) =>
      login === undefined ||
      (/^[a-z_][a-z0-9_]{0,62}$/.test(login) && !RESERVED_LOGINS.includes(login) && !login.startsWith('pg_'))
        ? []
        : [
            `database.administratorLogin: ${quoted(login)} must be of at most 63 lower-case letters, digits and "_", not start with "pg_", and be none of ${RESERVED_LOGINS.join(', ')}`,
          ],
  },
  {
    id: 'database-name',
    sentences: ({ database: { databaseName: name } }) =>
      /^[a-z_][-a-z0-9_]{0,62}$/.test(name) && !RESERVED_DATABASES.includes(name)
        ? []
        : [
            `database.databaseName: ${quoted(name)} must be of at most 63 lower-case letters, digits, "-" and "_", and none of ${RESERVED_DATABASES.join(', ')}, which the server has already`,
          ],
  },
  {
    id: 'database-extensions',
    sentences: ({ database: { extensions = [] } }) =>
      extensions
        .filter((name) => !/^[a-z][-a-z0-9_]*$/.test(name))
        .map(
          (name) => `database.extensions: ${quoted(name)} must be the name that CREATE EXTENSION takes, such as vector`,
        ),
  },
];
