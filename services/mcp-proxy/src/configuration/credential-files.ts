import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tenant } from '../../../../constructs/tenants';

/** The credentials that tenants name, and which of them are not there. */
export interface Credentials {
  /** By key. */
  readonly values: ReadonlyMap<string, string>;
  /** One sentence for each that is missing. It is that tenant's outage and nobody else's. */
  readonly missing: readonly string[];
}

/** Reads the file of each tenant's credential. One newline at the end is not part of it. */
export function readCredentials(folder: string, tenants: Iterable<Tenant>): Credentials {
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const { tenantId, credential } of tenants) {
    if (!credential) continue;
    const value = readCredential(folder, credential.key);
    if (value === undefined) {
      missing.push(
        `tenant "${tenantId}": the credential ${credential.key} is missing or not one line of text in SECRETS_PATH: its server is not called until it is there`,
      );
    } else values.set(credential.key, value);
  }
  return { values, missing };
}

/** The content of the key's file; nothing when it is missing or not one line of text. */
export function readCredential(folder: string, key: string): string | undefined {
  try {
    const text = readFileSync(join(folder, key), 'utf8').replace(/\r?\n$/, '');
    // A line break in the value would begin another header of the request to the tenant's server.
    return /^[\x20-\x7e\t]+$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
