import { type Dashboard, here } from './panels';

/** Metrics: services/mcp-proxy/src/metrics.ts. */
export const mcpGateway: Dashboard = {
  uid: 'open-webui-mcp-gateway',
  title: 'MCP gateway',
  metrics: 'mcp_proxy_.+',
  rows: {
    Calls: [
      {
        title: 'Calls by outcome',
        description: 'Calls of tools a second. Denied ones are people asking for what is not theirs.',
        unit: 'reqps',
        queries: [{ expr: `sum by (outcome) (rate(${here('mcp_proxy_calls_total')}[5m]))`, legend: '{{outcome}}' }],
      },
      {
        title: 'Time of a call',
        description: "From the request to the answer, the tenant's server included.",
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.5, sum by (le) (rate(${here('mcp_proxy_call_duration_seconds_bucket')}[5m])))`,
            legend: 'half',
          },
          {
            expr: `histogram_quantile(0.95, sum by (le) (rate(${here('mcp_proxy_call_duration_seconds_bucket')}[5m])))`,
            legend: '95 %',
          },
        ],
      },
      {
        title: 'Slowest tenants',
        description: '95 % of the calls of a tenant are faster.',
        unit: 's',
        queries: [
          {
            expr: `topk(10, histogram_quantile(0.95, sum by (le, tenant) (rate(${here('mcp_proxy_call_duration_seconds_bucket')}[5m]))))`,
            legend: '{{tenant}}',
          },
        ],
      },
      {
        title: 'Refused before they were a call',
        description:
          'Wrong keys, tokens, hosts: a rise after a rotation of keys says that a caller still has the old one.',
        unit: 'reqps',
        queries: [
          { expr: `sum by (reason) (rate(${here('mcp_proxy_requests_refused_total')}[5m]))`, legend: '{{reason}}' },
        ],
      },
    ],
    Tenants: [
      {
        title: 'Servers that do not answer',
        description: '1 while the circuit breaker keeps calls from the server of a tenant.',
        unit: 'none',
        queries: [{ expr: `max by (tenant) (${here('mcp_proxy_breaker_open')})`, legend: '{{tenant}}' }],
      },
      {
        title: 'Age of the tool lists',
        description: 'A list that grows old belongs to a server that does not answer.',
        unit: 's',
        queries: [
          { expr: `topk(10, max by (tenant) (${here('mcp_proxy_catalogue_age_seconds')}))`, legend: '{{tenant}}' },
        ],
      },
      {
        title: 'Requests to servers by outcome',
        description: 'What the gateway asked the servers, tool lists included.',
        unit: 'reqps',
        queries: [
          { expr: `sum by (outcome) (rate(${here('mcp_proxy_upstream_requests_total')}[5m]))`, legend: '{{outcome}}' },
        ],
      },
      {
        title: 'Tools',
        description: 'Tools that are shown, and those that are held back because they changed.',
        unit: 'none',
        queries: [
          { expr: `sum(max by (namespace, tenant) (${here('mcp_proxy_catalogue_tools')}))`, legend: 'shown' },
          { expr: `sum(max by (namespace, tenant) (${here('mcp_proxy_quarantined_tools')}))`, legend: 'held back' },
        ],
      },
    ],
    Program: [
      {
        title: 'Generation of the tenants',
        description: 'The number grows with each change. Replicas that differ for minutes have not seen the change.',
        unit: 'none',
        queries: [{ expr: here('mcp_proxy_configuration_generation'), legend: '{{pod}}' }],
      },
      {
        title: 'Memory',
        description: 'Resident memory of each replica.',
        unit: 'bytes',
        queries: [{ expr: here('process_resident_memory_bytes{job=~".*mcp-proxy.*"}'), legend: '{{pod}}' }],
      },
    ],
  },
};
