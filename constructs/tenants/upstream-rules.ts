import { quote } from './quoted-text';
import { given, type Rule, type RuleGroup, rulesFor } from './rule-table';
import type { Tenant, TenantCredential } from './tenant';

const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])$/;

/** Raw text first: the URL parser quietly drops line breaks, turns backslashes round and adds missing slashes. */
function parseEndpoint(text: string): URL | undefined {
  if (!/^https?:\/\/[!-[\]-~]+$/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return HOST.test(url.hostname) && url.port !== '0' ? url : undefined;
}

/** What two tenants share when they share an endpoint: a trailing slash makes no other place of it. */
export function endpointKey(endpoint: string): string {
  const url = parseEndpoint(endpoint);
  return url ? `${url.origin}${url.pathname.replace(/\/+$/, '')}${url.search}` : endpoint;
}

const SECRET_PARAMETER = /(?:^|[^a-z])(?:api|access|auth)?[_.-]?(?:key|token|secret|password|passwd|sig|signature)$/i;

function secretParameter(endpoint: string): string | undefined {
  return [...(parseEndpoint(endpoint)?.searchParams.keys() ?? [])].find((name) => SECRET_PARAMETER.test(name));
}

function authorityOf(endpoint: string): string {
  return endpoint.replace(/^[a-z][a-z0-9+.-]*:[/\\]*/i, '').split(/[/\\?#]/, 1)[0] ?? '';
}

/** The endpoint for a message, without the parts in which a secret may stand. */
export function quoteEndpoint(endpoint: string): string {
  return quote(endpoint.split(/[?#]/, 1)[0] ?? '');
}

const ENDPOINT_RULES: Rule<string | undefined>[] = [
  {
    id: 'endpoint-missing',
    requires: 'A tenant has an mcp_endpoint.',
    broken: (endpoint) => endpoint === undefined || endpoint === '',
    message: (_, say) =>
      `${say('mcpEndpoint')} is missing: write the URL of its MCP server, as in http://mcp-github:8002`,
  },
  {
    // No message repeats a secret: it would put it into a log.
    id: 'endpoint-credentials',
    requires: 'mcp_endpoint has no user name and no password.',
    broken: (endpoint = '') => authorityOf(endpoint).includes('@'),
    message: (_, say) =>
      `${say('mcpEndpoint')} has a user name or password in it: remove them and name the secret in ${say('credential')}`,
  },
  {
    id: 'endpoint-secret',
    requires: 'mcp_endpoint has no secret in its query.',
    broken: (endpoint = '') => secretParameter(endpoint) !== undefined,
    message: (endpoint = '', say) =>
      `${say('mcpEndpoint')} has the query parameter ${quote(secretParameter(endpoint) ?? '')}, which looks like a ` +
      `secret in a ConfigMap: remove it and name the secret in ${say('credential')}`,
  },
  {
    id: 'endpoint-fragment',
    requires: 'mcp_endpoint has no fragment.',
    broken: (endpoint = '') => endpoint.includes('#'),
    message: (endpoint = '', say) =>
      `${say('mcpEndpoint')} ${quoteEndpoint(endpoint)} has a fragment, which no server ever sees: remove the # and what follows`,
  },
  {
    id: 'endpoint-url',
    requires: 'mcp_endpoint is an http or https URL in ASCII.',
    broken: (endpoint = '') => parseEndpoint(endpoint) === undefined,
    message: (endpoint = '', say) =>
      `${say('mcpEndpoint')} ${quoteEndpoint(endpoint)} is not an http or https URL: write one, as in http://mcp-github:8002 ` +
      '(an international host name in its xn-- form)',
  },
];

/** How tokens of GitHub, GitLab, Slack, Anthropic and OpenAI, AWS, Google and JWTs begin. */
const WELL_KNOWN_TOKEN = /^(?:gh[opusr]_|github_pat_|glpat-|xox[abeprs]-|sk-|AKIA|AIza|eyJ)/;

const CREDENTIAL_KEY_RULES: Rule<TenantCredential>[] = [
  {
    id: 'credential-key',
    requires: 'credential.key is a valid key of a Kubernetes Secret: letters, digits, `-`, `_`, `.`; 253 at most.',
    broken: ({ key }) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'),
    message: () =>
      'credential.key cannot be a key of a Secret: write its name in letters, digits, -, _ and ., ' +
      'as in GITHUB_TOKEN (the name, never the secret itself)',
  },
  {
    id: 'credential-key-secret',
    requires: 'credential.key is the name of a secret, not the secret.',
    broken: ({ key }) => WELL_KNOWN_TOKEN.test(key),
    message: () =>
      'credential.key looks like a secret itself: write the name of its key in the Secret, as in GITHUB_TOKEN, ' +
      'and replace the secret, which is in a file now',
  },
];

/** Headers that say who calls, where the request goes or how it is framed: a tenant's secret must not replace them. */
const RESERVED_HEADERS = new Set([
  ...['host', 'origin', 'referer', 'forwarded', 'via', 'cookie', 'content-length', 'content-type', 'content-encoding'],
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'accept'],
  ...['accept-encoding', 'last-event-id', 'user-agent', 'date', 'traceparent', 'tracestate', 'baggage'],
  ...['x-real-ip', 'x-litellm-customer-id', 'x-request-id'],
]);
const RESERVED_PREFIXES = ['x-openwebui-', 'x-forwarded-', 'x-auth-request-', 'mcp-', 'proxy-', 'sec-'];

function isReservedHeader(header: string): boolean {
  const name = header.toLowerCase();
  return RESERVED_HEADERS.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const CREDENTIAL_HEADER_RULES: Rule<string>[] = [
  {
    id: 'credential-header',
    requires: 'credential.header is an HTTP header name (a token, RFC 9110 section 5.1), 64 characters at most.',
    broken: (header) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(header),
    message: (header) =>
      `credential.header ${quote(header)} is not a header name: write one, as in Authorization or X-API-Key`,
  },
  {
    id: 'credential-header-reserved',
    requires: 'credential.header is no header that carries identity, routing, framing or the protocol.',
    broken: isReservedHeader,
    message: (header) =>
      `credential.header ${quote(header)} belongs to the gateway or to HTTP itself: ` +
      'write the header in which the server expects its key, as in Authorization or X-API-Key',
  },
];

const CREDENTIAL_SCHEME_RULES: Rule<string>[] = [
  {
    id: 'credential-scheme',
    requires: 'credential.scheme is one word (a token, RFC 9110 section 11.1), or empty.',
    broken: (scheme) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{0,64}$/.test(scheme),
    message: (scheme) =>
      `credential.scheme ${quote(scheme)} is not one word: write Bearer, Basic or token, or "" to send the secret alone`,
  },
];

interface Bounded {
  readonly field: string[];
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

function numbersOf({ timeoutMs, maxConcurrency, rateLimit }: Tenant): Bounded[] {
  const unit = 'calls a minute';
  return [
    ...given(timeoutMs).map((value) => ({
      field: ['timeoutMs'],
      value,
      least: 100,
      most: 900_000,
      unit: 'milliseconds',
    })),
    ...given(maxConcurrency).map((value) => ({
      field: ['maxConcurrency'],
      value,
      least: 1,
      most: 1_000,
      unit: 'calls',
    })),
    ...given(rateLimit?.perUserPerMinute).map((value) => {
      return { field: ['rateLimit', 'perUserPerMinute'], value, least: 1, most: 6_000, unit };
    }),
  ];
}

/** The server behind a tenant, and how it is called. */
export const UPSTREAM_RULES: RuleGroup[] = [
  rulesFor((tenant) => [tenant.mcpEndpoint], ENDPOINT_RULES),
  rulesFor((tenant) => given(tenant.credential), CREDENTIAL_KEY_RULES),
  rulesFor((tenant) => given(tenant.credential?.header), CREDENTIAL_HEADER_RULES),
  rulesFor((tenant) => given(tenant.credential?.scheme), CREDENTIAL_SCHEME_RULES),
  rulesFor(numbersOf, [
    {
      id: 'number-range',
      requires: 'timeout_ms is 100 to 900000, max_concurrency 1 to 1000, per_user_per_minute 1 to 6000, whole numbers.',
      broken: ({ value, least, most }) => !Number.isInteger(value) || value < least || value > most,
      message: ({ field, value, least, most, unit }, say) =>
        `${field.map(say).join('.')} is ${value}: write a whole number of ${unit} from ${least} to ${most}`,
    },
  ]),
];
