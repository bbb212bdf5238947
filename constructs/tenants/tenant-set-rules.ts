import { quote } from './quoted-text';
import { FindingSeverity, finding, type Say, type TenantFinding } from './rule-table';
import type { Tenant } from './tenant';
import { TENANT_DEFAULTS } from './tenant-defaults';
import { endpointKey, quoteEndpoint } from './upstream-rules';

/** A rule that needs all tenants to be seen at once. */
export interface TenantSetRule {
  readonly id: string;
  readonly requires: string;
  readonly severity?: FindingSeverity;
  /** The tenants that break it. */
  broken(groups: TenantGroups): Offence[];
  message(offence: Offence, say: Say): string;
}

interface Offence {
  readonly tenant: Tenant;
  /** All tenants of the same id or endpoint, this one included. */
  readonly together: Tenant[];
}

/** The tenants by what they must not have in common. */
interface TenantGroups {
  readonly byId: Tenant[][];
  /** Enabled ones only: a disabled tenant reaches no data. */
  readonly byEndpoint: Tenant[][];
}

const LISTED = 3;

function otherNames({ tenant, together }: Offence): string {
  const others = together.filter((other) => other !== tenant).map((other) => quote(other.tenantId));
  const more = others.length > LISTED ? ` and ${others.length - LISTED} more` : '';
  return `${others.slice(0, LISTED).join(', ')}${more}`;
}

const offences = (groups: Tenant[][], breaks: (tenant: Tenant, together: Tenant[]) => boolean): Offence[] =>
  groups.flatMap((together) =>
    together.filter((tenant) => breaks(tenant, together)).map((tenant) => ({ tenant, together })),
  );

const waives = (tenant: Tenant) => tenant.sharesEndpoint ?? TENANT_DEFAULTS.sharesEndpoint;

export const TENANT_SET_RULES: TenantSetRule[] = [
  {
    id: 'tenant-id-unique',
    requires: 'Every tenant_id is given once.',
    broken: ({ byId }) => offences(byId, (tenant, together) => together.length > 1 && tenant === together[0]),
    message: ({ together }, say) =>
      `there are ${together.length} tenants of this name: give each a ${say('tenantId')} of its own`,
  },
  {
    id: 'endpoint-shared',
    requires: 'Enabled tenants that share an mcp_endpoint all say shares_endpoint: true.',
    broken: ({ byEndpoint }) => offences(byEndpoint, (tenant, together) => together.length > 1 && !waives(tenant)),
    message: (offence, say) =>
      `it shares ${say('mcpEndpoint')} ${quoteEndpoint(offence.tenant.mcpEndpoint ?? '')} with ${otherNames(offence)}; ` +
      'filtering who may call a server does not separate the data behind it: give each tenant a server of its own, ' +
      `or write ${say('sharesEndpoint')}: true on each that may share`,
  },
  {
    id: 'endpoint-shared-knowingly',
    requires: 'Sharing an mcp_endpoint knowingly is reported, because the data behind it is shared too.',
    severity: FindingSeverity.WARNING,
    broken: ({ byEndpoint }) => offences(byEndpoint, (tenant, together) => together.length > 1 && waives(tenant)),
    message: (offence, say) =>
      `it shares ${say('mcpEndpoint')} ${quoteEndpoint(offence.tenant.mcpEndpoint ?? '')} with ${otherNames(offence)}, as ` +
      `${say('sharesEndpoint')} says: their users see the same data; give each a server of its own to separate them`,
  },
  {
    id: 'endpoint-waiver-unused',
    requires: 'shares_endpoint: true stands only on a tenant that shares.',
    severity: FindingSeverity.WARNING,
    broken: ({ byEndpoint }) => offences(byEndpoint, (tenant, together) => together.length === 1 && waives(tenant)),
    message: (_, say) =>
      `${say('sharesEndpoint')} is true but no other enabled tenant has its ${say('mcpEndpoint')}: ` +
      'remove it, so that later sharing is noticed',
  },
];

/** What the set as a whole breaks, in linear time. */
export function tenantSetFindings(tenants: Tenant[], say: Say): TenantFinding[] {
  const enabled = tenants.filter((tenant) => tenant.enabled ?? TENANT_DEFAULTS.enabled);
  const groups = {
    byId: grouped(tenants, (tenant) => tenant.tenantId),
    byEndpoint: grouped(
      enabled.filter((tenant) => tenant.mcpEndpoint),
      (tenant) => endpointKey(tenant.mcpEndpoint ?? ''),
    ),
  };
  return TENANT_SET_RULES.flatMap((rule) =>
    rule.broken(groups).map((offence) => finding(rule, offence.tenant.tenantId, rule.message(offence, say))),
  );
}

function grouped(tenants: Tenant[], keyOf: (tenant: Tenant) => string): Tenant[][] {
  const groups = new Map<string, Tenant[]>();
  for (const tenant of tenants) {
    const key = keyOf(tenant);
    const group = groups.get(key);
    if (group) group.push(tenant);
    else groups.set(key, [tenant]);
  }
  return [...groups.values()];
}
