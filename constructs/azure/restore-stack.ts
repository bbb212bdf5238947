import { PostgresqlFlexibleServer } from '@cdktf/provider-azurerm/lib/postgresql-flexible-server';
import { Op, TerraformVariable, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { databaseHost } from './addresses';
import { AzureStack } from './azure-stack';
import type { DataStack } from './data-stack';
import { lock } from './kept';
import type { NetworkStack } from './network-stack';
import { configure, DEFAULT_STORAGE_GIB, GIB_IN_MIB, serverForm } from './postgres';

/**
 * The database as it was at a point in time, beside the one that is there: a new server from the backups of the old
 * one. It is applied on that day only, and says nothing before: docs/azure.md, "Restore the database".
 */
export class RestoreStack extends AzureStack {
  public constructor(scope: Construct, network: NetworkStack, data: DataStack) {
    super(scope, 'restore', network.environment);
    const name = this.variable(
      'server_name',
      `Name of the restored server, for example ${this.environment.database.serverName}-restored.`,
      '^[a-z0-9]([-a-z0-9]{1,61}[a-z0-9])$',
      'The name of a server has 3 to 63 lower-case letters, digits and hyphens, and no hyphen at its ends.',
    );
    const time = this.variable(
      'restore_time',
      'The moment to go back to, in UTC, for example 2026-11-20T14:05:00Z.',
      '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$',
      'Write the moment in UTC, for example 2026-11-20T14:05:00Z.',
    );
    const storage = new TerraformVariable(this, 'storage_gib', {
      type: 'number',
      nullable: false,
      description: 'Size of the disk. Unit: GiB. At least what the old one has grown to.',
      default: this.environment.database.storageGib ?? DEFAULT_STORAGE_GIB,
    });
    const form = serverForm(this, network);
    const server = new PostgresqlFlexibleServer(this, 'postgres', {
      ...form,
      name,
      storageMb: Token.asNumber(Op.mul(storage.numberValue, GIB_IN_MIB)),
      createMode: 'PointInTimeRestore',
      sourceServerId: data.serverId.in(this),
      pointInTimeRestoreTimeInUtc: time,
      // Once it stands, its birth is over.
      lifecycle: {
        ...form.lifecycle,
        ignoreChanges: [
          ...form.lifecycle.ignoreChanges,
          'create_mode',
          'source_server_id',
          'point_in_time_restore_time_in_utc',
        ],
      },
    });
    lock(this, 'postgres', server.id);
    configure(this, server);
    this.share('restored_host', databaseHost(name));
  }

  private variable(name: string, description: string, pattern: string, message: string): string {
    const variable = new TerraformVariable(this, name, {
      type: 'string',
      nullable: false,
      description,
      validation: [{ condition: `\${can(regex("${pattern}", var.${name}))}`, errorMessage: message }],
    });
    return variable.stringValue;
  }
}
