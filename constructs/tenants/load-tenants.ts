import { quote } from './quoted-text';
import { FindingSeverity } from './rule-table';
import type { Tenant } from './tenant';
import { parseTenants } from './tenant-file';
import { validateTenants } from './tenant-rules';
import { TenantSpelling } from './tenant-shape';
import type { TenantFile } from './tenant-split';

/** The tenants of all files together. */
export interface LoadedTenants {
  /** All of them, or none when there is an error: a part of the tenants is a set that nobody wrote. */
  readonly tenants: Tenant[];
  /** One sentence for each fault. */
  readonly errors: string[];
  /** What is accepted, and worth a line in the log. */
  readonly warnings: string[];
}

/**
 * Reads the files that `splitTenants` wrote, or a tenants.json written by hand, and applies every rule. Never throws,
 * so that a gateway which reloads can keep what it has.
 */
export function loadTenants(files: TenantFile[]): LoadedTenants {
  const errors: string[] = [];
  const fileOf = new Map<string, string>();
  const tenants: Tenant[] = [];
  for (const file of files) {
    const parsed = parseTenants(file.text);
    errors.push(...parsed.errors.map((message) => `${file.name}: ${message}`));
    for (const tenant of parsed.tenants) {
      const first = fileOf.get(tenant.tenantId);
      if (first === undefined || first === file.name) {
        fileOf.set(tenant.tenantId, file.name);
        tenants.push(tenant);
      } else {
        const id = quote(tenant.tenantId);
        errors.push(`${file.name}: tenant ${id} is also in ${first}: keep it in one file`);
      }
    }
  }
  const findings = validateTenants(tenants, TenantSpelling.FILE);
  const messages = (severity: FindingSeverity) =>
    findings.filter((finding) => finding.severity === severity).map(({ message }) => message);
  errors.push(...messages(FindingSeverity.ERROR));
  return { tenants: errors.length > 0 ? [] : tenants, errors, warnings: messages(FindingSeverity.WARNING) };
}
