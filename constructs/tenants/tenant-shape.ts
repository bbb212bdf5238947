import { quote } from './quoted-text';
import { McpProtocol, type Tenant } from './tenant';

/** Which names a tenant's fields have where its writer looks at them. */
export enum TenantSpelling {
  /** As construct props: `allowedUsers`. */
  PROPS = 'props',
  /** As in tenants.json: `allowed_users`. */
  FILE = 'file',
}

type Kind = 'text' | 'texts' | 'flag' | 'number' | 'choice' | 'fields';

interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly example: string;
  readonly required?: boolean;
  readonly choices?: string[];
  readonly fields?: Field[];
}

const CREDENTIAL: Field[] = [
  { name: 'key', kind: 'text', required: true, example: '"GITHUB_TOKEN"' },
  { name: 'header', kind: 'text', example: '"X-API-Key"' },
  { name: 'scheme', kind: 'text', example: '"Bearer"' },
];

const TOOLS: Field[] = [
  { name: 'allow', kind: 'texts', example: '["search_*"]' },
  { name: 'deny', kind: 'texts', example: '["delete_*"]' },
];

const RATE_LIMIT: Field[] = [{ name: 'perUserPerMinute', kind: 'number', required: true, example: '60' }];

/** A tenant's fields, in the order in which tenants.json shows them: the first seed's own order, then what it lacks. */
const TENANT: Field[] = [
  { name: 'tenantId', kind: 'text', required: true, example: '"google"' },
  { name: 'displayName', kind: 'text', required: true, example: '"Google"' },
  { name: 'mcpEndpoint', kind: 'text', example: '"http://mcp-filesystem:8001"' },
  { name: 'enabled', kind: 'flag', example: 'true' },
  { name: 'allowedUsers', kind: 'texts', example: '["*@google.com"]' },
  { name: 'allowedGroups', kind: 'texts', example: '["google-employees"]' },
  { name: 'protocol', kind: 'choice', choices: Object.values(McpProtocol), example: '"auto"' },
  { name: 'credential', kind: 'fields', fields: CREDENTIAL, example: 'an object with "key"' },
  { name: 'tools', kind: 'fields', fields: TOOLS, example: 'an object with "allow" or "deny"' },
  { name: 'timeoutMs', kind: 'number', example: '60000' },
  { name: 'maxConcurrency', kind: 'number', example: '32' },
  { name: 'rateLimit', kind: 'fields', fields: RATE_LIMIT, example: 'an object with a number of calls' },
  { name: 'sharesEndpoint', kind: 'flag', example: 'true' },
];

/** A tenant as far as it could be read. */
export interface ReadTenant {
  /** Present when there are no errors. */
  readonly tenant?: Tenant;
  /** Sentences, each beginning with `where`. */
  readonly errors: string[];
}

/** Reads one tenant of unknown origin; nothing that is not a tenant's field, of its kind, gets through. */
export function readTenant(value: unknown, where: string, spelling: TenantSpelling): ReadTenant {
  const errors: string[] = [];
  const tenant = readFields(value, TENANT, { where, path: '', spelling, errors });
  return errors.length > 0 ? { errors } : { tenant: tenant as unknown as Tenant, errors };
}

/** The tenant's given fields under the names and in the order of tenants.json. */
export function tenantToFile(tenant: Tenant): Record<string, unknown> {
  return writeFields(tenant as unknown as Record<string, unknown>, TENANT);
}

/** How a field is written in that spelling: `allowedUsers` or `allowed_users`. */
export function spell(name: string, spelling: TenantSpelling): string {
  return spelling === TenantSpelling.PROPS ? name : (SNAKE_NAMES.get(name) ?? name);
}

interface Reading {
  readonly where: string;
  readonly path: string;
  readonly spelling: TenantSpelling;
  readonly errors: string[];
}

function readFields(value: unknown, fields: Field[], reading: Reading): Record<string, unknown> {
  const { where, path, spelling, errors } = reading;
  const result: Record<string, unknown> = {};
  if (!isObject(value)) {
    errors.push(`${where} is ${kindOf(value)}: write an object with ${namesOf(fields, spelling)}`);
    return result;
  }
  for (const key of Object.keys(value)) {
    if (!fields.some((field) => spell(field.name, spelling) === key)) {
      errors.push(`${where}: ${unknownKey(key, path, fields, spelling)}`);
    }
  }
  for (const field of fields) {
    const key = spell(field.name, spelling);
    const given = value[key];
    if (given !== undefined) {
      result[field.name] = readValue(given, field, { ...reading, path: `${path}${key}` });
    } else if (field.required) {
      errors.push(`${where}: ${path}${key} is missing: write ${field.example}`);
    }
  }
  return result;
}

function readValue(value: unknown, field: Field, reading: Reading): unknown {
  const { where, path, errors } = reading;
  const wrong = (what: string, wanted: string) => {
    const leaveOut = value === null && !field.required ? ', or leave the field out' : '';
    errors.push(`${where}: ${path} is ${what}: write ${wanted}, such as ${field.example}${leaveOut}`);
  };
  switch (field.kind) {
    case 'text':
      if (typeof value !== 'string') wrong(kindOf(value), 'a text');
      return value;
    case 'flag':
      if (typeof value !== 'boolean') wrong(kindOf(value), 'true or false');
      return value;
    case 'number':
      if (typeof value !== 'number') wrong(kindOf(value), 'a number');
      return value;
    case 'choice':
      if (typeof value !== 'string') wrong(kindOf(value), `one of ${field.choices?.join(', ')}`);
      else if (!field.choices?.includes(value)) wrong(quote(value), `one of ${field.choices?.join(', ')}`);
      return value;
    case 'texts': {
      if (!Array.isArray(value)) {
        wrong(kindOf(value), 'a list of texts');
        return value;
      }
      // Array.from also visits the holes of a sparse list.
      const stranger = Array.from(value as unknown[]).findIndex((entry) => typeof entry !== 'string');
      if (stranger >= 0) wrong(`a list whose entry ${stranger + 1} is ${kindOf(value[stranger])}`, 'a list of texts');
      return [...value];
    }
    case 'fields':
      if (!isObject(value)) {
        wrong(kindOf(value), 'an object');
        return value;
      }
      return readFields(value, field.fields ?? [], { ...reading, path: `${path}.` });
  }
}

function writeFields(value: Record<string, unknown>, fields: Field[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of fields) {
    const given = value[field.name];
    if (given === undefined) continue;
    const key = spell(field.name, TenantSpelling.FILE);
    result[key] = field.fields ? writeFields(given as Record<string, unknown>, field.fields) : given;
  }
  return result;
}

function unknownKey(key: string, path: string, fields: Field[], spelling: TenantSpelling): string {
  const bare = (name: string) => name.replace(/[_-]/g, '').toLowerCase();
  const meant = fields.find((field) => bare(field.name) === bare(key));
  const advice = meant ? spell(meant.name, spelling) : `one of ${namesOf(fields, spelling)}, or remove it`;
  return `${quote(`${path}${key}`)} is not a field: write ${advice}`;
}

function namesOf(fields: Field[], spelling: TenantSpelling): string {
  return fields.map((field) => spell(field.name, spelling)).join(', ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    // Not the text itself: where an object belongs, people paste secrets.
    case 'string':
      return 'a text';
    case 'number':
      return `the number ${value}`;
    case 'boolean':
      return String(value);
    case 'object':
      return 'an object';
    case 'undefined':
      return 'undefined';
    default:
      return `a ${typeof value}`;
  }
}

const SNAKE_NAMES = new Map(
  [...TENANT, ...CREDENTIAL, ...TOOLS, ...RATE_LIMIT].map(({ name }) => [
    name,
    name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
  ]),
);
