import { type Dashboard, here } from './panels';

/** Metrics: services/claude-service/src/metrics.ts. */
export const claudeService: Dashboard = {
  uid: 'open-webui-claude-service',
  title: 'Claude service',
  metrics: 'claude_service_.+',
  rows: {
    Sessions: [
      {
        title: 'Turns by how they ended',
        description: 'Turns a second. Budget and max-model-calls are limits that people reached.',
        unit: 'reqps',
        queries: [{ expr: `sum by (end) (rate(${here('claude_service_turns_total')}[5m]))`, legend: '{{end}}' }],
      },
      {
        title: 'Time to the first word',
        description: 'From the request to the first piece of the answer, the model included.',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.5, sum by (le) (rate(${here('claude_service_first_token_seconds_bucket')}[5m])))`,
            legend: 'half',
          },
          {
            expr: `histogram_quantile(0.95, sum by (le) (rate(${here('claude_service_first_token_seconds_bucket')}[5m])))`,
            legend: '95 %',
          },
        ],
      },
      {
        title: 'Running and in memory',
        description: 'Turns that run now, and sessions that are kept warm.',
        unit: 'none',
        queries: [
          { expr: `sum(${here('claude_service_active_turns')})`, legend: 'running' },
          { expr: `sum(${here('claude_service_live_sessions')})`, legend: 'in memory' },
        ],
      },
      {
        title: 'Uses of tools',
        description: 'By what the persona says of the tool. Denied ones may be an injected prompt.',
        unit: 'reqps',
        queries: [
          {
            expr: `sum by (rule, failed) (rate(${here('claude_service_tool_calls_total')}[5m]))`,
            legend: '{{rule}}, failed {{failed}}',
          },
        ],
      },
    ],
    Cost: [
      {
        title: 'Cost an hour',
        description: 'Price of the tokens, by model.',
        unit: 'currencyUSD',
        queries: [
          { expr: `sum by (model) (increase(${here('claude_service_cost_usd_total')}[1h]))`, legend: '{{model}}' },
        ],
      },
      {
        title: 'Tokens',
        description: 'Tokens a second as the model API counted them.',
        unit: 'none',
        queries: [{ expr: `sum by (kind) (rate(${here('claude_service_tokens_total')}[5m]))`, legend: '{{kind}}' }],
      },
      {
        title: 'Costliest users today',
        description: 'Since midnight UTC; the exact figures of everybody are in the database.',
        unit: 'currencyUSD',
        queries: [
          {
            expr: `topk(10, sum by (user) (max by (namespace, user) (${here('claude_service_user_cost_usd_today')})))`,
            legend: '{{user}}',
          },
        ],
      },
    ],
  },
};
