import {
  commonDoubts,
  commonFaults,
  processVariables,
  type ServiceKeys,
  USER_VARIABLES,
} from '../../../runtime/common-settings';
import { list, type SettingForm, text, url } from '../../../runtime/setting-forms';
import type { Settings } from '../../../runtime/settings';

/** Every variable that the gateway reads. */
export const GATEWAY_VARIABLES = {
  ...processVariables('8000'),
  tenantConfigPath: {
    name: 'TENANT_CONFIG_PATH',
    default: '/config/tenants.json',
    meaning: 'The tenants: a file, or a folder whose *.json files are taken together. Read again when it changes.',
    parse: text('a path'),
  },
  secretsPath: {
    name: 'SECRETS_PATH',
    default: '/secrets',
    meaning: "Folder of the tenants' credentials, one file for each key. Read again when it changes.",
    parse: text('a path'),
  },
  apiKey: {
    name: 'MCP_PROXY_API_KEY',
    secret: true,
    required: true,
    meaning: 'The bearer key that callers such as Open WebUI send.',
  },
  previousApiKey: {
    name: 'MCP_PROXY_API_KEY_PREVIOUS',
    secret: true,
    meaning: 'A second key that is accepted too, while keys are rotated.',
  },
  ...USER_VARIABLES,
  oidcIssuer: {
    name: 'OIDC_ISSUER',
    meaning: 'Accept access tokens of this OpenID issuer too, written as its tokens name it.',
    parse: url(),
  },
  oidcAudience: {
    name: 'OIDC_AUDIENCE',
    meaning: 'Whom such tokens must be made for (aud).',
    parse: text('an audience'),
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    meaning: 'Base URL by which clients know the gateway. Without it: made of HOST and PORT.',
    parse: url(),
  },
  allowedHosts: {
    name: 'ALLOWED_HOSTS',
    meaning:
      'Names that the header Host may have, with any port; that of PUBLIC_URL always may. When not set: HOST and the loopback too.',
    parse: hostNames(),
  },
  allowedOrigins: {
    name: 'ALLOWED_ORIGINS',
    meaning: 'Origins from which a browser may call. Without it: none.',
    parse: origins(),
  },
  adminRoles: { name: 'ADMIN_ROLES', default: 'admin', meaning: 'Roles that see every tenant.', parse: list() },
  redisUrl: {
    name: 'REDIS_URL',
    secret: true,
    meaning:
      'What replicas share: calls are counted together, and answers to questions and cancellations reach the replica that runs the call. Without it: each replica by itself.',
    parse: url(['redis', 'rediss']),
  },
  toolPinsPath: {
    name: 'TOOL_PINS_PATH',
    meaning: 'tools.lock.json: a tool whose definition is another one than there is held back.',
    parse: text('a path'),
  },
} as const;

export type GatewaySettings = Settings<typeof GATEWAY_VARIABLES>;

/** What is wrong between the variables, one sentence each. */
export function faultsOfSettings(settings: GatewaySettings): string[] {
  const broken = RULES.filter((rule) => rule.broken(settings)).map(({ message }) => message);
  return [...commonFaults(settings, keysOf(settings)), ...broken];
}

/** What works, and is hardly meant: one sentence each, for the log. */
export function doubtsOfSettings(settings: GatewaySettings): string[] {
  const { userTokenSecret, trustPlainUserHeaders, oidcIssuer } = settings;
  const doubts = commonDoubts(settings, keysOf(settings));
  if (!userTokenSecret && !trustPlainUserHeaders && !oidcIssuer) {
    doubts.push(
      'no caller can prove to be a user, so nobody sees a tenant: set FORWARD_USER_INFO_HEADER_JWT_SECRET here and in Open WebUI',
    );
  }
  return doubts;
}

/** The base URL without a slash at its end. */
export function publicUrlOf({ publicUrl, host, port }: GatewaySettings): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return (publicUrl ?? `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`).replace(/\/+$/, '');
}

interface SettingsRule {
  broken(settings: GatewaySettings): boolean;
  readonly message: string;
}

const RULES: readonly SettingsRule[] = [
  {
    broken: ({ oidcIssuer, oidcAudience }) => oidcIssuer !== undefined && oidcAudience === undefined,
    message: 'OIDC_AUDIENCE is not set: tokens that the issuer made for other programs would be accepted. Write it',
  },
  {
    broken: ({ oidcIssuer, oidcAudience }) => oidcIssuer === undefined && oidcAudience !== undefined,
    message: 'OIDC_AUDIENCE means nothing without OIDC_ISSUER: write both, or none',
  },
  {
    broken: ({ oidcIssuer }) => oidcIssuer !== undefined && !isSafeIssuer(new URL(oidcIssuer)),
    message: 'OIDC_ISSUER is not an https URL: keys that come over http could be anyone’s. Write the https URL',
  },
];

/** https, or this machine, for tests and development. */
function isSafeIssuer({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function hostNames(): SettingForm<readonly string[]> {
  return {
    form: 'host names in lower case between commas, without scheme and port',
    read: (given) => {
      const names = list().read(given);
      return names?.every((name) => /^[a-z0-9._-]+$/.test(name)) ? names : undefined;
    },
  };
}

function origins(): SettingForm<readonly string[]> {
  return {
    form: 'origins between commas, as in https://chat.company.com',
    read: (given) => {
      const entries = list().read(given);
      return entries?.every((entry) => URL.canParse(entry) && new URL(entry).origin === entry) ? entries : undefined;
    },
  };
}

function keysOf({ apiKey, previousApiKey }: GatewaySettings): ServiceKeys {
  return { MCP_PROXY_API_KEY: apiKey, MCP_PROXY_API_KEY_PREVIOUS: previousApiKey };
}
