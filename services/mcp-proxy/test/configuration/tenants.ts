/** A tenant as tenants.json has it; the given fields instead. */
export function tenantEntry(tenantId: string, changed: object = {}): { [field: string]: unknown } {
  return {
    tenant_id: tenantId,
    display_name: tenantId,
    mcp_endpoint: `http://mcp-${tenantId}:8000/mcp`,
    enabled: true,
    allowed_users: [`*@${tenantId}.com`],
    ...changed,
  };
}

/** tenants.json with these tenants. */
export function tenantsJson(...entries: { [field: string]: unknown }[]): string {
  return JSON.stringify(Object.fromEntries(entries.map((entry) => [entry.tenant_id, entry])));
}
