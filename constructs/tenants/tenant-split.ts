import { quote } from './quoted-text';
import type { Tenant } from './tenant';
import { frameBytes, inIdOrder, renderFile, renderTenant } from './tenant-file';

/** One of the files that hold the tenants together. */
export interface TenantFile {
  /** `tenants.json`, or `tenants-<bits>.json` when there are several. */
  readonly name: string;
  readonly text: string;
}

/**
 * 160 KiB. A ConfigMap may hold 1 MiB, but `kubectl apply` also writes the whole object into one annotation, and an
 * object's annotations may hold 262,144 bytes in all (Kubernetes, `TotalAnnotationSizeLimitB`). In there each quote
 * and line break of the file costs a byte more, and what `&`, `<` and `>` cost is left over.
 */
export const DEFAULT_MAX_FILE_BYTES = 160 * 1024;

const HASH_BITS = 32;

/**
 * The tenants as one file, or as several none of which is larger than `maxBytes` (of UTF-8).
 *
 * A tenant's file is found by the first bits of a hash of its id, and the file is named after those bits: a file that
 * grows too large becomes two (`tenants-01` becomes `tenants-010` and `tenants-011`), and no other file changes, is
 * renamed or moves. Files filled in the order of the ids would all change when one tenant is put in front.
 * The order in which the tenants are given makes no difference.
 *
 * Throws when a single tenant is larger than `maxBytes`.
 */
export function splitTenants(tenants: Tenant[], maxBytes: number = DEFAULT_MAX_FILE_BYTES): TenantFile[] {
  const entries = inIdOrder(tenants).map((tenant) => {
    const text = renderTenant(tenant);
    const bytes = Buffer.byteLength(text);
    if (bytes + frameBytes(1) > maxBytes) throw tooLarge(tenant.tenantId, bytes + frameBytes(1), maxBytes);
    return { id: tenant.tenantId, hash: hashOf(tenant.tenantId), text, bytes };
  });
  const files: TenantFile[] = [];
  distribute(entries, '', maxBytes, files);
  return files;
}

interface Entry {
  readonly id: string;
  readonly hash: number;
  readonly text: string;
  readonly bytes: number;
}

function distribute(entries: Entry[], bits: string, maxBytes: number, files: TenantFile[]): void {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, frameBytes(entries.length));
  if (bytes <= maxBytes) {
    const name = bits === '' ? 'tenants.json' : `tenants-${bits}.json`;
    files.push({ name, text: renderFile(entries.map(({ text }) => text)) });
    return;
  }
  if (bits.length === HASH_BITS) throw tooLarge(entries[0]?.id ?? '', bytes, maxBytes);
  const shift = HASH_BITS - 1 - bits.length;
  for (const bit of [0, 1]) {
    const half = entries.filter(({ hash }) => ((hash >>> shift) & 1) === bit);
    if (half.length > 0) distribute(half, `${bits}${bit}`, maxBytes, files);
  }
}

function tooLarge(id: string, bytes: number, maxBytes: number): Error {
  return new Error(
    `tenant ${quote(id)}: its entry needs ${bytes} bytes, a file may have ${maxBytes}: ` +
      'write domains and groups instead of single users',
  );
}

/** FNV-1a, then murmur3's mixing: FNV alone leaves the first bits of short, similar ids alike. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
