import { ACCESS_RULES } from './access-rules';
import { INVISIBLE, quote } from './quoted-text';
import { FindingSeverity, type RuleGroup, rulesFor, type TenantFinding } from './rule-table';
import type { Tenant } from './tenant';
import { TENANT_SET_RULES, tenantSetFindings } from './tenant-set-rules';
import { readTenant, spell, TenantSpelling } from './tenant-shape';
import { TOOL_RULES } from './tool-rules';
import { UPSTREAM_RULES } from './upstream-rules';

/** Rule id of everything that is not even a tenant: unknown fields, missing fields, values of the wrong kind. */
const SHAPE_RULE = {
  id: 'tenant-shape',
  requires: 'A tenant has known fields only, each of its kind; tenant_id and display_name are given.',
};

const NAME_RULES: RuleGroup[] = [
  rulesFor(
    (tenant) => [tenant.tenantId],
    [
      {
        id: 'tenant-id-form',
        requires: 'tenant_id matches `[a-z][a-z0-9-]{0,30}`.',
        broken: (id) => !/^[a-z][a-z0-9-]{0,30}$/.test(id),
        message: (id, say) =>
          `${say('tenantId')} ${quote(id)} must be a lower-case letter and up to 30 letters, digits or hyphens ` +
          '(no underscore: it ends the tenant in a tool name): write one, as in google',
      },
    ],
  ),
  rulesFor(
    (tenant) => [tenant.displayName],
    [
      {
        id: 'display-name-form',
        requires: 'display_name has 1 to 100 visible characters.',
        broken: (name) => name.trim() === '' || name.length > 100 || INVISIBLE.test(name),
        message: (name, say) =>
          `${say('displayName')} ${quote(name)} is empty, longer than 100 characters or has invisible ones: ` +
          'write a name for people to read',
      },
    ],
  ),
];

const TENANT_RULES: RuleGroup[] = [...NAME_RULES, ...UPSTREAM_RULES, ...ACCESS_RULES, ...TOOL_RULES];

/** A line of the documentation: a rule, and what it requires. */
export interface TenantRuleSummary {
  readonly id: string;
  readonly severity: FindingSeverity;
  readonly requires: string;
}

/** Every rule that `validateTenants` knows, from the table it works by. */
export function tenantRules(): TenantRuleSummary[] {
  const single = TENANT_RULES.flatMap(({ rules }) => rules);
  return [SHAPE_RULE, ...single, ...TENANT_SET_RULES].map((rule) => {
    const severity = ('severity' in rule ? rule.severity : undefined) ?? FindingSeverity.ERROR;
    return { id: rule.id, severity, requires: rule.requires };
  });
}

/**
 * Everything that is wrong with the tenants, all at once; an empty list when nothing is. Give `spelling` when the
 * reader of the messages edits tenants.json and not construct props. The URL of a tenant whose server is a construct
 * must be filled in before.
 */
export function validateTenants(tenants: Tenant[], spelling: TenantSpelling = TenantSpelling.PROPS): TenantFinding[] {
  const say = (field: string) => spell(field, spelling);
  const findings: TenantFinding[] = [];
  const readable: Tenant[] = [];
  tenants.forEach((given, index) => {
    const tenantId = nameOf(given);
    const where = tenantId === undefined ? `tenants[${index}]` : `tenant ${quote(tenantId)}`;
    // Always by props: the shape of a file was read by parseTenants, which is the only one to know its spelling.
    const { tenant, errors } = readTenant(given, where, TenantSpelling.PROPS);
    const severity = FindingSeverity.ERROR;
    findings.push(...errors.map((message) => ({ ruleId: SHAPE_RULE.id, severity, tenantId: tenantId ?? '', message })));
    if (!tenant) return;
    readable.push(tenant);
    for (const group of TENANT_RULES) findings.push(...group.findings(tenant, say));
  });
  return [...findings, ...tenantSetFindings(readable, say)];
}

function nameOf(given: unknown): string | undefined {
  const id = (given as { tenantId?: unknown } | null | undefined)?.tenantId;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
