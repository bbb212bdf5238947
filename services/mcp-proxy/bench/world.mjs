// The company of the bench: 70 tenants with 10 tools each, 15,000 users, of whom each sees 28 of the 700 tools.
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export const TENANTS = 70;
export const TOOLS_PER_TENANT = 10;
export const USERS = 15_000;
/** Two whole tenants and eight tools of a third. */
export const TOOLS_SEEN = 28;

const KEY = 'bench-gateway-key-0123456789abcdefghij';
const TOKEN_SECRET = 'bench-user-token-secret-0123456789abcdef';

const tenantId = (index) => `team-${index}`;

/** tenants.json: every third tenant shows eight of its tools only. */
export function writeTenants(folder, ports) {
  const tenants = ports.map((port, index) => ({
    tenant_id: tenantId(index),
    display_name: `Team ${index}`,
    mcp_endpoint: `http://127.0.0.1:${port}/mcp`,
    enabled: true,
    allowed_users: ['*@example.com'],
    allowed_groups: [`team-${index}`],
    ...(index % 3 === 2 ? { tools: { deny: ['operation_8', 'operation_9'] } } : {}),
  }));
  const file = path.join(folder, 'tenants.json');
  fs.writeFileSync(file, JSON.stringify(Object.fromEntries(tenants.map((tenant) => [tenant.tenant_id, tenant]))));
  return file;
}

/** The first tenant that a user of this number may use; the two after it too. */
const firstTenantOf = (user) => 3 * (user % 23);

/** Name of a tool that the user may call, as the gateway shows it. */
export const toolOf = (user) => `${tenantId(firstTenantOf(user))}_echo`;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What Open WebUI sends for this user: the key, a signed token, the groups. Each chat request has a token of its own. */
export function headersOf(user, chat = 0) {
  const now = Math.floor(Date.now() / 1000) - chat;
  const email = `user-${user}@example.com`;
  const claims = {
    sub: `id-${user}`,
    email,
    name: `User ${user}`,
    role: 'user',
    iss: 'open-webui',
    iat: now,
    exp: now + 300,
  };
  const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  const first = firstTenantOf(user);
  return {
    authorization: `Bearer ${KEY}`,
    'x-openwebui-user-jwt': `${unsigned}.${createHmac('sha256', TOKEN_SECRET).update(unsigned).digest('base64url')}`,
    'x-openwebui-user-groups': [first, first + 1, first + 2].map((index) => `team-${index}`).join(','),
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
}

export const gatewayVariables = (folder, tenantsFile, port, metricsPort) => ({
  HOST: '127.0.0.1',
  PORT: String(port),
  METRICS_PORT: String(metricsPort),
  TENANT_CONFIG_PATH: tenantsFile,
  SECRETS_PATH: path.join(folder, 'secrets'),
  MCP_PROXY_API_KEY: KEY,
  FORWARD_USER_INFO_HEADER_JWT_SECRET: TOKEN_SECRET,
  ALLOWED_HOSTS: '127.0.0.1',
});
