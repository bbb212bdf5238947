import type { ServiceLevelObjective } from './objective';

/** Outcomes that say nothing of the gateway: the caller left, or asked for what is not his. */
const NOT_ASKED = 'cancelled|denied|unknown|rate-limited|refused';
const NO_ANSWER =
  'unreachable|timeout|busy|circuit-open|broken-answer|credential-refused|credential-missing|internal-error';

/**
 * What a workspace promises, as far as its programs count it for Prometheus: Open WebUI itself only pushes OTLP. An
 * objective of a program that is not there has no events, and is silent.
 * Sources of the metrics: services/mcp-proxy/src/metrics.ts, services/claude-service/src/metrics.ts, LiteLLM's
 * "Prometheus metrics".
 */
export const workspaceObjectives: readonly ServiceLevelObjective[] = [
  {
    name: 'tool-calls-answered',
    service: 'mcp-proxy',
    description: 'Tools do not answer.',
    objective: 0.995,
    total: `mcp_proxy_calls_total{outcome!~"${NOT_ASKED}"}`,
    bad: `mcp_proxy_calls_total{outcome=~"${NO_ANSWER}"}`,
  },
  {
    name: 'tool-calls-fast',
    service: 'mcp-proxy',
    description: 'Tools take longer than 10 seconds.',
    objective: 0.95,
    total: 'mcp_proxy_call_duration_seconds_count',
    good: 'mcp_proxy_call_duration_seconds_bucket{le="10"}',
  },
  {
    name: 'models-answer',
    service: 'litellm',
    description: 'Models do not answer.',
    objective: 0.99,
    total: 'litellm_proxy_total_requests_metric_total',
    bad: 'litellm_proxy_total_requests_metric_total{status_code=~"5.."}',
  },
  {
    name: 'claude-turns-finished',
    service: 'claude-service',
    description: 'Turns of Claude sessions break off.',
    objective: 0.99,
    total: 'claude_service_turns_total{end!~"cancelled|refused"}',
    bad: 'claude_service_turns_total{end="failed"}',
  },
  {
    name: 'claude-begins-soon',
    service: 'claude-service',
    description: 'Claude takes longer than 8 seconds to begin its answer.',
    objective: 0.95,
    total: 'claude_service_first_token_seconds_count',
    good: 'claude_service_first_token_seconds_bucket{le="8"}',
  },
];
