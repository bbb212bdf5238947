import { dump } from 'js-yaml';
import type { IRedis } from '../redis';
import { type LiteLlmBudgets, type LiteLlmRateLimits, limitFields } from './limits';
import { budgetFields, type LiteLlmModel, modelEntry } from './model';
import { type ISessionService, sessionEntries } from './session-service';

/** What the gateway's file is made of. */
export interface ConfigurationSource {
  readonly models: readonly LiteLlmModel[];
  readonly sessionServices: readonly ISessionService[];
  readonly budgets?: LiteLlmBudgets;
  readonly rateLimits?: LiteLlmRateLimits;
  /** Id of the row in the database that holds the limits of a person; undefined when there are none. */
  readonly userLimitsId?: string;
  readonly redis?: IRedis;
  /** Connections of one pod to the database; undefined without a database. */
  readonly databaseConnections?: number;
  /** Unit: seconds. */
  readonly requestTimeoutSeconds: number;
  readonly metrics: boolean;
}

/** Header with the id of the person who asks: LiteLLM reads it before all others and counts for that person. */
export const CUSTOMER_HEADER = 'x-litellm-customer-id';

/**
 * The content of config.yaml. Secrets stand in it as `os.environ/NAME` only. LiteLLM ignores keys that it does not
 * know without a word, apart from those of router_settings.
 */
export function configurationFile(source: ConfigurationSource): string {
  const content = withoutUndefined({
    model_list: [...source.models.map(modelEntry), ...source.sessionServices.flatMap(sessionEntries)],
    litellm_settings: litellmSettings(source),
    general_settings: generalSettings(source),
    router_settings: routerSettings(source),
  });
  return dump(content, { lineWidth: -1, noRefs: true, quoteStyle: 'double' });
}

function litellmSettings(source: ConfigurationSource): object {
  const { budgets, rateLimits } = source;
  const sessionModels = source.sessionServices.flatMap(({ modelNames }) => modelNames);
  return {
    callbacks: source.metrics ? ['prometheus'] : undefined,
    json_logs: true,
    // Clients send parameters that some models refuse: those are left out rather than answered with an error.
    drop_params: true,
    request_timeout: source.requestTimeoutSeconds,
    ...budgetFields(budgets?.total),
    max_end_user_budget_id: source.userLimitsId,
    default_team_params:
      budgets?.perTeam || rateLimits?.perTeam
        ? { ...budgetFields(budgets?.perTeam), ...limitFields(rateLimits?.perTeam) }
        : undefined,
    // Only for sessions: who asks is no business of a provider.
    model_group_settings: sessionModels.length > 0 ? { forward_client_headers_to_llm_api: sessionModels } : undefined,
  };
}

function generalSettings({ redis, databaseConnections }: ConfigurationSource): object {
  return {
    master_key: 'os.environ/LITELLM_MASTER_KEY',
    always_include_stream_usage: true,
    // Otherwise an answer that nobody waits for any more is worked on, and paid, to its end.
    cancel_on_disconnect: true,
    database_connection_pool_limit: databaseConnections,
    // Writing each request's spend by itself makes the database the bottleneck. Source: LiteLLM, "Production".
    proxy_batch_write_at: databaseConnections === undefined ? undefined : 60,
    disable_error_logs: databaseConnections === undefined ? undefined : true,
    // For what replicas must count together; it caches no answers.
    coordination_redis: redis && {
      host: redis.host,
      port: redis.port,
      password: 'os.environ/REDIS_PASSWORD',
      ssl: redis.tls,
    },
  };
}

function routerSettings({ models }: ConfigurationSource): object {
  const fallbacks = models.flatMap(({ name, fallbacks: others }) => (others?.length ? [{ [name]: others }] : []));
  return {
    num_retries: 2,
    // Without it, `rpm` and `tpm` of a model only weigh where a request goes.
    optional_pre_call_checks: models.some(({ limits }) => limits) ? ['enforce_model_rate_limits'] : undefined,
    fallbacks: fallbacks.length > 0 ? fallbacks : undefined,
  };
}

/** YAML would show what is left out as null. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutUndefined);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, withoutUndefined(entry)]),
  );
}
