import type { SecretKey } from '../platform/secrets';
import type { Workload } from '../platform/workload';

/** A service that offers models with sessions of their own behind OpenAI's API, for example `ClaudeService`. */
export interface ISessionService {
  /** Names under which its models are offered. */
  readonly modelNames: string[];
  /** Base URL of the API, for example `http://claude-service:8001/v1`. */
  readonly apiUrl: string;
  /** The bearer key of callers. */
  readonly apiKey: SecretKey;
  /** Declares that a program calls this service. */
  allowClient(client: Workload): void;
}

/** An agent may work for that long on one turn. Unit: seconds. */
const TURN_SECONDS = 3600;
/** Between signs of life to the client while an agent is silent. Unit: seconds. */
const KEEPALIVE_SECONDS = 15;

/**
 * The service's entries in the model list. A turn that is sent twice runs its tools twice, so nothing is tried again.
 * It costs nothing here: the agent's own model calls are what is paid.
 */
export function sessionEntries(service: ISessionService): object[] {
  return service.modelNames.map((name) => ({
    model_name: name,
    litellm_params: {
      model: `openai/${name}`,
      api_base: service.apiUrl,
      api_key: `os.environ/${service.apiKey.key}`,
      num_retries: 0,
      max_retries: 0,
      timeout: TURN_SECONDS,
      stream_timeout: TURN_SECONDS,
      keepalive_seconds: KEEPALIVE_SECONDS,
      // One person's refused token would otherwise take the model from everybody for a while.
      cooldown_time: 0,
    },
    model_info: {
      mode: 'chat',
      // A health check of a model is a completion: here it would start an agent.
      disable_background_health_check: true,
      input_cost_per_token: 0,
      output_cost_per_token: 0,
      cache_creation_input_token_cost: 0,
      cache_read_input_token_cost: 0,
    },
  }));
}
