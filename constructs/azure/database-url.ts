import type { KeyVault } from '@cdktf/provider-azurerm/lib/key-vault';
import { KeyVaultSecret } from '@cdktf/provider-azurerm/lib/key-vault-secret';
import { Fn, type ITerraformDependable } from 'cdktf';
import { databaseHost } from './addresses';
import type { AzureStack } from './azure-stack';
import type { PasswordLogin } from './postgres';

/**
 * Puts the connection URL into the vault, so that the password is given once and stands in one place. It is written
 * anew with each version of the password, and never read back.
 */
export function addDatabaseUrl(
  stack: AzureStack,
  vault: KeyVault,
  login: PasswordLogin,
  name: string,
  dependsOn: ITerraformDependable[],
): void {
  const { serverName, databaseName } = stack.environment.database;
  const address = `${databaseHost(serverName)}:5432/${databaseName}?sslmode=require`;
  new KeyVaultSecret(stack, 'database-url', {
    keyVaultId: vault.id,
    name,
    contentType: 'PostgreSQL connection URL',
    valueWo: `postgresql://${login.name}:${Fn.urlencode(login.password)}@${address}`,
    valueWoVersion: login.version,
    dependsOn,
  });
}
