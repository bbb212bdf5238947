import { loadTenants, type Tenant } from '../../../../constructs/tenants';
import { ConfigurationError } from '../../../runtime/settings';
import { readTenantFiles } from '../configuration/tenant-files';

/** The tenants of a file or folder. Error: `ConfigurationError` with every fault, which ends a command with 78. */
export function tenantsAt(path: string): Tenant[] {
  const { tenants, errors } = loadTenants(filesAt(path));
  if (errors.length > 0) throw new ConfigurationError(errors);
  return tenants;
}

function filesAt(path: string): ReturnType<typeof readTenantFiles> {
  try {
    return readTenantFiles(path);
  } catch (error) {
    throw new ConfigurationError([(error as Error).message]);
  }
}
