import { workspaceObjectives } from '../../constructs/slo/workspace-objectives';
import { type Dashboard, here } from './panels';

/**
 * Open WebUI's metrics come over OTLP through the collector (utils/telemetry/metrics.py of 0.12.4), LiteLLM's from its
 * own endpoint, the sign-in's from oauth2-proxy.
 */
export const workspace: Dashboard = {
  uid: 'open-webui-workspace',
  title: 'Workspace',
  metrics: 'webui_.+|litellm_.+|oauth2_proxy_.+',
  rows: {
    'Open WebUI': [
      {
        title: 'People active now',
        description: 'Users of the last three minutes. Every replica counts all of them.',
        unit: 'none',
        stat: true,
        queries: [{ expr: `sum(max by (namespace) (${here('webui_users_active')}))`, legend: 'active' }],
      },
      {
        title: 'People active today',
        description: 'Users since midnight.',
        unit: 'none',
        stat: true,
        queries: [{ expr: `sum(max by (namespace) (${here('webui_users_active_today')}))`, legend: 'today' }],
      },
      {
        title: 'Accounts',
        description: 'All accounts.',
        unit: 'none',
        stat: true,
        queries: [{ expr: `sum(max by (namespace) (${here('webui_users_total')}))`, legend: 'accounts' }],
      },
      {
        title: 'Requests by status',
        description: 'Requests a second to the app.',
        unit: 'reqps',
        queries: [
          {
            expr: `sum by (http_status_code) (rate(${here('http_server_requests_total')}[5m]))`,
            legend: '{{http_status_code}}',
          },
        ],
      },
      {
        title: 'Time of a request',
        description: 'Answers of models are streams and count from their beginning to their end.',
        unit: 'ms',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (le) (rate(${here('http_server_duration_milliseconds_bucket')}[5m])))`,
            legend: '95 %',
          },
        ],
      },
    ],
    Models: [
      {
        title: 'Requests by status',
        description: 'Requests a second to LiteLLM.',
        unit: 'reqps',
        queries: [
          {
            expr: `sum by (status_code) (rate(${here('litellm_proxy_total_requests_metric_total')}[5m]))`,
            legend: '{{status_code}}',
          },
        ],
      },
      {
        title: 'Cost an hour',
        description: 'Price of the tokens as LiteLLM knows it, by model.',
        unit: 'currencyUSD',
        queries: [
          { expr: `sum by (model) (increase(${here('litellm_spend_metric_total')}[1h]))`, legend: '{{model}}' },
        ],
      },
      {
        title: 'Time to the first token',
        description: "Of the models' APIs.",
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (le) (rate(${here('litellm_llm_api_time_to_first_token_metric_bucket')}[5m])))`,
            legend: '95 %',
          },
        ],
      },
    ],
    'Sign-in': [
      {
        title: 'Requests by status',
        description: '401 and 302 are people without a session, 5xx is the provider or the app behind it.',
        unit: 'reqps',
        queries: [{ expr: `sum by (code) (rate(${here('oauth2_proxy_requests_total')}[5m]))`, legend: '{{code}}' }],
      },
    ],
    Objectives: [
      {
        title: 'Error budget burn',
        description: 'Bad events of the last hour over those that may be: above 1 the budget of 30 days does not last.',
        unit: 'none',
        queries: workspaceObjectives.map(({ name, objective }) => ({
          expr: `${here(`slo:bad_events:ratio_rate1h{slo="${name}"}`)} / ${Number((1 - objective).toPrecision(10))}`,
          legend: `${name}, {{namespace}}`,
        })),
      },
    ],
  },
};
