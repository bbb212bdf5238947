import type { Tenant } from '../../constructs/tenants';

/** The first seed's tenants.json, task 4, and the one field it lacks: Google and Microsoft share a server. */
export const SEED_JSON = `{
  "github": {
    "tenant_id": "github",
    "display_name": "GitHub",
    "mcp_endpoint": "http://mcp-github:8002",
    "enabled": true,
    "allowed_users": ["*"],
    "allowed_groups": ["developers"]
  },
  "google": {
    "tenant_id": "google",
    "display_name": "Google",
    "mcp_endpoint": "http://mcp-filesystem:8001",
    "enabled": true,
    "allowed_users": ["*@google.com"],
    "allowed_groups": ["google-employees"],
    "shares_endpoint": true
  },
  "microsoft": {
    "tenant_id": "microsoft",
    "display_name": "Microsoft",
    "mcp_endpoint": "http://mcp-filesystem:8001",
    "enabled": true,
    "allowed_users": ["*@microsoft.com"],
    "allowed_groups": ["microsoft-employees"],
    "shares_endpoint": true
  }
}
`;

export const GOOGLE: Tenant = {
  tenantId: 'google',
  displayName: 'Google',
  mcpEndpoint: 'http://mcp-filesystem:8001',
  enabled: true,
  allowedUsers: ['*@google.com'],
  allowedGroups: ['google-employees'],
  sharesEndpoint: true,
};

export const MICROSOFT: Tenant = {
  tenantId: 'microsoft',
  displayName: 'Microsoft',
  mcpEndpoint: 'http://mcp-filesystem:8001',
  enabled: true,
  allowedUsers: ['*@microsoft.com'],
  allowedGroups: ['microsoft-employees'],
  sharesEndpoint: true,
};

export const GITHUB: Tenant = {
  tenantId: 'github',
  displayName: 'GitHub',
  mcpEndpoint: 'http://mcp-github:8002',
  enabled: true,
  allowedUsers: ['*'],
  allowedGroups: ['developers'],
};

/** In the seed's own order. */
export const SEED_TENANTS = [GOOGLE, MICROSOFT, GITHUB];
