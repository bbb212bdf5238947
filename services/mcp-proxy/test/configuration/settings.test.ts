import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../../../runtime/settings';
import { doubtsOfSettings, faultsOfSettings, GATEWAY_VARIABLES, publicUrlOf } from '../../src/configuration/settings';

const KEY = { MCP_PROXY_API_KEY: 'key' };
const settings = (env: { [name: string]: string } = {}) => readSettings(GATEWAY_VARIABLES, { ...KEY, ...env });

it('are what the manifests set, and each of theirs is known', () => {
  const folder = join(__dirname, '../../../../dist/aks-production');
  const file = readdirSync(folder).find((name) => name.includes('mcp-proxy')) ?? '';
  const rendered = readFileSync(join(folder, file), 'utf8').matchAll(/- name: ([A-Z][A-Z_]+)$/gm);
  const names = Object.values(GATEWAY_VARIABLES).flatMap((variable) =>
    'secret' in variable ? [variable.name, `${variable.name}_FILE`] : [variable.name],
  );
  const unknown = [...rendered].map(([, name]) => name).filter((name) => !names.includes(name));
  // Kubernetes puts the password into REDIS_URL; the program does not read it by itself.
  expect(unknown).toEqual(['REDIS_PASSWORD']);
});

it('have the defaults of the contract', () => {
  const { apiKey, ...others } = settings();
  expect(others).toMatchObject({
    host: '0.0.0.0',
    port: 8000,
    metricsPort: 9090,
    logLevel: 'info',
    shutdownGraceSeconds: 25,
    tenantConfigPath: '/config/tenants.json',
    secretsPath: '/secrets',
    trustPlainUserHeaders: false,
    adminRoles: ['admin'],
    userTokenSeconds: 300,
  });
  expect(apiKey.value()).toBe('key');
});

it.each([
  ['TRUST_PLAIN_USER_HEADERS', { TRUST_PLAIN_USER_HEADERS: 'true', FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' }],
  ['OIDC_AUDIENCE is not set', { OIDC_ISSUER: 'https://login.example' }],
  ['OIDC_AUDIENCE means nothing', { OIDC_AUDIENCE: 'api://x' }],
  ['OIDC_ISSUER is not an https URL', { OIDC_ISSUER: 'http://login.example', OIDC_AUDIENCE: 'api://x' }],
  ['METRICS_PORT', { METRICS_PORT: '8000' }],
  ['FORWARD_USER_INFO_HEADER_JWT_SECRET', { FORWARD_USER_INFO_HEADER_JWT_SECRET: 'key' }],
])('are refused together: %s', (message, env) => {
  const faults = faultsOfSettings(settings(env as { [name: string]: string }));
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(message);
});

it('are refused although the file of the secret is still missing: it counts as configured', () => {
  const env = { TRUST_PLAIN_USER_HEADERS: 'true', FORWARD_USER_INFO_HEADER_JWT_SECRET_FILE: '/nowhere/secret' };
  const read = settings(env);
  expect(faultsOfSettings(read)).toHaveLength(1);
  read.userTokenSecret?.close();
});

it('that are fine have no fault', () => {
  expect(faultsOfSettings(settings())).toEqual([]);
  const oidc = { OIDC_ISSUER: 'https://login.example/v2.0', OIDC_AUDIENCE: 'api://x', METRICS_PORT: '0', PORT: '0' };
  expect(faultsOfSettings(settings(oidc))).toEqual([]);
});

it.each([
  ['ALLOWED_HOSTS', 'mcp-proxy:8000'],
  ['ALLOWED_HOSTS', 'https://mcp-proxy'],
  ['ALLOWED_HOSTS', 'MCP-proxy'],
  ['ALLOWED_HOSTS', '*'],
  ['ALLOWED_ORIGINS', '*'],
  ['ALLOWED_ORIGINS', 'https://chat.company.com/'],
  ['ALLOWED_ORIGINS', 'chat.company.com'],
  ['REDIS_URL', 'http://redis'],
])('refuse %s=%s', (name, value) => expect(() => settings({ [name]: value })).toThrow(name));

it('doubt what works and is hardly meant', () => {
  expect(doubtsOfSettings(settings())[0]).toContain('nobody sees a tenant');
  expect(doubtsOfSettings(settings({ TRUST_PLAIN_USER_HEADERS: 'true' }))[0]).toContain('Never use it in production');
  expect(doubtsOfSettings(settings({ FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' }))).toEqual([]);
  const rotated = { MCP_PROXY_API_KEY_PREVIOUS: 's', FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' };
  expect(doubtsOfSettings(settings(rotated))[0]).toContain('the same as MCP_PROXY_API_KEY_PREVIOUS');
});

it('know the gateway by its public URL, or by its address', () => {
  expect(publicUrlOf(settings({ PUBLIC_URL: 'https://tools.company.com/' }))).toBe('https://tools.company.com');
  expect(publicUrlOf(settings())).toBe('http://localhost:8000');
  expect(publicUrlOf(settings({ HOST: '::1', PORT: '1' }))).toBe('http://[::1]:1');
});
