import { PostgresqlFlexibleServer } from '@cdktf/provider-azurerm/lib/postgresql-flexible-server';
import { PostgresqlFlexibleServerActiveDirectoryAdministrator } from '@cdktf/provider-azurerm/lib/postgresql-flexible-server-active-directory-administrator';
import { PostgresqlFlexibleServerConfiguration } from '@cdktf/provider-azurerm/lib/postgresql-flexible-server-configuration';
import { PostgresqlFlexibleServerDatabase } from '@cdktf/provider-azurerm/lib/postgresql-flexible-server-database';
import type { AzureStack } from './azure-stack';
import { HighAvailability } from './data-props';
import { KEPT } from './kept';
import { Weekday } from './maintenance-props';
import type { NetworkStack } from './network-stack';
import { maxConnectionsOf } from './postgres-sizes';
import { secretVariable } from './secret-variable';

export const DEFAULT_STORAGE_GIB = 128;
export const GIB_IN_MIB = 1024;
const DAYS = Object.values(Weekday);

/** What every server of the environment has, the restored one too, which is born without a standby. */
export function serverForm(stack: AzureStack, network: NetworkStack) {
  const { environment } = stack;
  const { database } = environment;
  const { storageGrows = true } = database;
  const { day, hour } = database.maintenance ?? { day: Weekday.SUNDAY, hour: 3 };
  return {
    resourceGroupName: network.resourceGroup.in(stack),
    location: environment.region,
    tags: environment.tags,
    version: database.version ?? '16',
    skuName: database.sku,
    storageMb: (database.storageGib ?? DEFAULT_STORAGE_GIB) * GIB_IN_MIB,
    storageTier: database.storageTier,
    autoGrowEnabled: storageGrows,
    delegatedSubnetId: network.databaseSubnetId.in(stack),
    privateDnsZoneId: network.databaseZoneId.in(stack),
    publicNetworkAccessEnabled: false,
    authentication: {
      activeDirectoryAuthEnabled: true,
      passwordAuthEnabled: database.administratorLogin !== undefined,
      tenantId: environment.tenantId,
    },
    backupRetentionDays: database.backupRetentionDays ?? 35,
    geoRedundantBackupEnabled: database.geoRedundantBackup ?? false,
    maintenanceWindow: { dayOfWeek: DAYS.indexOf(day), startHour: hour, startMinute: 0 },
    lifecycle: {
      ...KEPT,
      ignoreChanges: [
        // Azure chooses the zones, and swaps them when the standby takes over.
        'zone',
        'high_availability[0].standby_availability_zone',
        // To the provider a disk that has grown would have to shrink, for which it replaces the server.
        ...(storageGrows ? ['storage_mb', 'storage_tier'] : []),
      ],
    },
  };
}

/** A login with a password that Terraform does not keep. */
export interface PasswordLogin {
  readonly name: string;
  /** An ephemeral value: for write-only arguments alone. */
  readonly password: string;
  readonly version: number;
}

/** The login that the environment asks for, whose password is a variable of the stack. @default - none is asked for */
export function passwordLogin(stack: AzureStack): PasswordLogin | undefined {
  const { administratorLogin: name, passwordVersion: version = 1 } = stack.environment.database;
  const description = `Password of ${name} in PostgreSQL. Count database.passwordVersion up when it changes.`;
  return name === undefined
    ? undefined
    : { name, version, password: secretVariable(stack, 'postgres_administrator_password', description) };
}

/** A server, and those who may enter it by Entra ID. */
export interface StaffedServer {
  readonly server: PostgresqlFlexibleServer;
  readonly administrators: PostgresqlFlexibleServerActiveDirectoryAdministrator;
}

/** The server with its database, its administrators and what its programs count on. */
export function addPostgres(stack: AzureStack, network: NetworkStack, login?: PasswordLogin): StaffedServer {
  const { database, administrators: group, tenantId } = stack.environment;
  const mode = database.highAvailability ?? HighAvailability.ZONE_REDUNDANT;
  const server = new PostgresqlFlexibleServer(stack, 'postgres', {
    ...serverForm(stack, network),
    highAvailability: mode === HighAvailability.NONE ? undefined : { mode },
    name: database.serverName,
    administratorLogin: login?.name,
    administratorPasswordWo: login?.password,
    administratorPasswordWoVersion: login?.version,
  });
  const administrators = new PostgresqlFlexibleServerActiveDirectoryAdministrator(stack, 'postgres-administrators', {
    resourceGroupName: server.resourceGroupName,
    serverName: server.name,
    tenantId,
    objectId: group.objectId,
    principalName: group.name,
    principalType: 'Group',
  });
  new PostgresqlFlexibleServerDatabase(stack, 'database', {
    serverId: server.id,
    name: database.databaseName,
    charset: 'UTF8',
    collation: 'en_US.utf8',
    lifecycle: KEPT,
  });
  configure(stack, server);
  return { server, administrators };
}

/** Server parameters; Azure takes them one at a time. */
export function configure(stack: AzureStack, server: PostgresqlFlexibleServer): void {
  const { database } = stack.environment;
  const parameters = {
    'azure.extensions': (database.extensions ?? ['vector']).map((name) => name.toUpperCase()).join(','),
    // Azure leaves it as it was when the size changes: the manifests count with the number of the size.
    max_connections: String(maxConnectionsOf(database)),
    log_connections: 'on',
    log_disconnections: 'on',
    log_checkpoints: 'on',
    'connection_throttle.enable': 'on',
    require_secure_transport: 'on',
  };
  let before: PostgresqlFlexibleServerConfiguration | undefined;
  for (const [name, value] of Object.entries(parameters)) {
    const id = `postgres-${name.replaceAll(/[._]/g, '-')}`;
    const dependsOn = before && [before];
    before = new PostgresqlFlexibleServerConfiguration(stack, id, { serverId: server.id, name, value, dependsOn });
  }
}
