import { ObjectiveSeverity } from '../slo/objective';

/** An alert on a state, beside those on objectives. */
export interface OperationalAlert {
  readonly alert: string;
  /** The program whose metrics it reads. */
  readonly service: string;
  /** PromQL over all namespaces; `within` narrows each selector to one. Keeps the label `namespace`. */
  readonly expr: (within: (selector: string) => string) => string;
  /** How long it has to be true. Form: Prometheus duration. */
  readonly for: string;
  readonly severity: ObjectiveSeverity;
  /** What is wrong and what to look at, one sentence for the person who reads it. */
  readonly summary: string;
}

const { PAGE, TICKET } = ObjectiveSeverity;

/** What no objective tells: states that a person has to end. */
export const operationalAlerts: readonly OperationalAlert[] = [
  {
    alert: 'McpGatewayConfigurationRefused',
    service: 'mcp-proxy',
    expr: (within) => `max by (namespace) (${within('mcp_proxy_configuration_refused')}) > 0`,
    for: '5m',
    severity: TICKET,
    summary: 'The gateway refused the newest tenants file and keeps the last good one: its log names each fault.',
  },
  {
    alert: 'McpTenantServerDown',
    service: 'mcp-proxy',
    expr: (within) => `max by (namespace, tenant) (${within('mcp_proxy_breaker_open')}) > 0`,
    for: '10m',
    severity: TICKET,
    summary: "The server of tenant {{ $labels.tenant }} does not answer; the other tenants' tools do.",
  },
  {
    alert: 'McpCatalogueStale',
    service: 'mcp-proxy',
    expr: (within) => `max by (namespace, tenant) (${within('mcp_proxy_catalogue_stale')}) > 0`,
    for: '1h',
    severity: TICKET,
    summary:
      'The tool list of tenant {{ $labels.tenant }} is an old one: its server did not give a new one for an hour.',
  },
  {
    alert: 'McpToolsQuarantined',
    service: 'mcp-proxy',
    expr: (within) => `max by (namespace, tenant) (${within('mcp_proxy_quarantined_tools')}) > 0`,
    for: '5m',
    severity: TICKET,
    summary:
      'Tools of tenant {{ $labels.tenant }} are not the pinned ones and are held back: compare them with mcp-proxy pin --check.',
  },
  {
    alert: 'ClaudeFirstTokenSlow',
    service: 'claude-service',
    expr: (within) =>
      `histogram_quantile(0.95, sum by (namespace, le) (rate(${within('claude_service_first_token_seconds_bucket')}[15m]))) > 16`,
    for: '15m',
    severity: TICKET,
    summary:
      'People wait longer than 16 seconds for the first word of Claude: look at the model gateway and the budgets.',
  },
  {
    alert: 'SignInFails',
    service: 'oauth2-proxy',
    expr: (within) =>
      `sum by (namespace) (rate(${within('oauth2_proxy_requests_total{code=~"5.."}')}[5m])) / sum by (namespace) (rate(${within('oauth2_proxy_requests_total')}[5m])) > 0.05`,
    for: '10m',
    severity: PAGE,
    summary:
      'One request in twenty fails at the sign-in: the identity provider or Open WebUI behind it does not answer.',
  },
];
