import { quote } from './quoted-text';
import { parseStrictJson } from './strict-json';
import type { Tenant } from './tenant';
import { TENANT_DEFAULTS } from './tenant-defaults';
import { readTenant, TenantSpelling, tenantToFile } from './tenant-shape';

/** Tenants that were read, and what could not be. */
export interface ParsedTenants {
  /** Those that have the shape of a tenant; whether they make sense is for `validateTenants` to say. */
  readonly tenants: Tenant[];
  /** One sentence for each fault. */
  readonly errors: string[];
}

/** Longest line a list or a small object is kept on; longer ones get a line for each entry. */
const LINE_LENGTH = 100;

const OPENING = '{\n';
const SEPARATOR = ',\n';
const CLOSING = '\n}\n';

/** Bytes of a file without its tenants' own bytes. */
export function frameBytes(tenants: number): number {
  return OPENING.length + CLOSING.length + SEPARATOR.length * Math.max(0, tenants - 1);
}

/**
 * tenants.json: an object keyed by tenant id, in the order of the ids whatever order they come in, fields in the
 * first seed's order, lists on one line while they fit. Written for the person who reviews the ConfigMap: `enabled`
 * is always shown, every other field only when it was given. `parseTenants` reads it back without loss.
 */
export function renderTenants(tenants: Tenant[]): string {
  return renderFile(inIdOrder(tenants).map(renderTenant));
}

/** A file of rendered tenants that are already in order. */
export function renderFile(pieces: string[]): string {
  return pieces.length === 0 ? '{}\n' : `${OPENING}${pieces.join(SEPARATOR)}${CLOSING}`;
}

/** One tenant's entry in the file, without the separator. */
export function renderTenant(tenant: Tenant): string {
  const fields = tenantToFile({ ...tenant, enabled: tenant.enabled ?? TENANT_DEFAULTS.enabled });
  return `  ${JSON.stringify(tenant.tenantId)}: ${manyLines(fields, 2)}`;
}

/** By code unit, not by locale: the same order on every machine. */
export function inIdOrder(tenants: Tenant[]): Tenant[] {
  return [...tenants].sort((a, b) => (a.tenantId < b.tenantId ? -1 : a.tenantId > b.tenantId ? 1 : 0));
}

/** Reads tenants.json, given as its text or as the object it stands for. Never throws: every fault is a sentence. */
export function parseTenants(json: unknown): ParsedTenants {
  const { value, errors } = typeof json === 'string' ? parseStrictJson(json) : { value: json, errors: [] };
  if (value === undefined && errors.length > 0) return { tenants: [], errors };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      tenants: [],
      errors: [...errors, 'tenants must be an object keyed by tenant id: write {"google": {...}}'],
    };
  }
  const tenants: Tenant[] = [];
  const faults = [...errors];
  for (const [key, entry] of Object.entries(value)) {
    const where = `tenant ${quote(key)}`;
    const read = readTenant(entry, where, TenantSpelling.FILE);
    faults.push(...read.errors);
    if (!read.tenant) continue;
    if (read.tenant.tenantId === key) tenants.push(read.tenant);
    else
      faults.push(`${where}: tenant_id is ${quote(read.tenant.tenantId)}: write the key of the entry, ${quote(key)}`);
  }
  return { tenants, errors: faults };
}

function manyLines(value: unknown, indent: number): string {
  const inner = ' '.repeat(indent + 2);
  if (Array.isArray(value)) {
    const entries = value.map((entry) => `${inner}${format(entry, indent + 2, 0)}`);
    return `[\n${entries.join(',\n')}\n${' '.repeat(indent)}]`;
  }
  const entries = Object.entries(value as Record<string, unknown>).map(([name, field]) => {
    const label = `${JSON.stringify(name)}: `;
    return `${inner}${label}${format(field, indent + 2, label.length)}`;
  });
  return `{\n${entries.join(',\n')}\n${' '.repeat(indent)}}`;
}

function format(value: unknown, indent: number, labelLength: number): string {
  const line = oneLine(value);
  const fits = indent + labelLength + line.length <= LINE_LENGTH;
  return fits || typeof value !== 'object' ? line : manyLines(value, indent);
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${oneLine(field)}`);
  return `{${entries.join(', ')}}`;
}
