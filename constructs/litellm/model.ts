import { successorOf } from '../claude/retired-models';
import { ANTHROPIC_API, type ClusterName, clusterName, type ExternalHost, isHttpUrl, urlHost } from '../platform/links';

/** What may be spent in a period. */
export interface LiteLlmBudget {
  /** Unit: US dollars. */
  readonly maxBudget: number;
  /** Form: a number and `s`, `m`, `h`, `d`, `w` or `mo` (months). @default `30d` */
  readonly duration?: string;
}

/** How much may be asked for in a minute. */
export interface LiteLlmRateLimit {
  /** @default - any number */
  readonly requestsPerMinute?: number;
  /** Tokens of questions and answers together. @default - any number */
  readonly tokensPerMinute?: number;
}

/** What a model costs, where LiteLLM's own table does not know it or an agreement says otherwise. */
export interface LiteLlmCost {
  /** Unit: US dollars for a million tokens. */
  readonly inputPerMillionTokens: number;
  /** Unit: US dollars for a million tokens. */
  readonly outputPerMillionTokens: number;
}

/** One model that the gateway offers. */
export interface LiteLlmModel {
  /** Name under which clients ask for it. */
  readonly name: string;
  /** Provider and model, for example `anthropic/claude-sonnet-5-5` or `azure/<deployment>`. */
  readonly model: string;
  /**
   * Key in the gateway's Secret that holds the provider's key, for example `ANTHROPIC_API_KEY`; also the name of the
   * variable. Form: upper-case letters, digits and underscores. @default - only with `keyless`
   */
  readonly apiKey?: string;
  /** The provider accepts the pod's own identity or asks for none. @default false */
  readonly keyless?: boolean;
  /**
   * Base URL of the provider's API: `https`, or `http` to a Service of the cluster. One of another namespace by its full
   * name and the port of its pods, as in `http://vllm.models.svc.cluster.local:8000/v1`. @default - the provider's own
   */
  readonly apiBase?: string;
  /** Version of the API, as Azure asks for it. @default - LiteLLM's */
  readonly apiVersion?: string;
  /** Where the requests go, for the network policies. @default - the host of apiBase, or the provider's */
  readonly host?: ExternalHost;
  /** Holds for all clients together; with several replicas it needs Redis, never a database. @default - none */
  readonly limits?: LiteLlmRateLimit;
  /** Holds for all clients together; with several replicas it needs Redis, never a database. @default - none */
  readonly budget?: LiteLlmBudget;
  /** @default - from LiteLLM's table */
  readonly cost?: LiteLlmCost;
  /**
   * The model behind a deployment, for example `azure/gpt-5`, where the deployment's name does not say it: without its
   * price, budgets count nothing. @default - what `model` says
   */
  readonly baseModel?: string;
  /** Unit: seconds. @default - the gateway's requestTimeoutSeconds */
  readonly timeoutSeconds?: number;
  /** Names of models that answer instead when this one fails. @default - none */
  readonly fallbacks?: string[];
}

/** Hosts of providers that have one for everybody. Source: `litellm/llms/<provider>`, the default `api_base`. */
const PROVIDERS: { readonly [provider: string]: ExternalHost } = {
  anthropic: ANTHROPIC_API,
  gemini: { host: 'generativelanguage.googleapis.com' },
  mistral: { host: 'api.mistral.ai' },
  openai: { host: 'api.openai.com' },
};

/** The part before the slash; undefined when there is none. */
export function providerOf(model: LiteLlmModel): string | undefined {
  return /^([a-z][a-z0-9_]*)\/./.exec(model.model)?.[1];
}

/** What to write instead of a model that Anthropic takes away; undefined when it is served. */
export function currentModel({ model }: LiteLlmModel): string | undefined {
  const successor = model.startsWith('anthropic/') ? successorOf(model.slice('anthropic/'.length)) : undefined;
  return successor && `anthropic/${successor}`;
}

/** Variables that mean something else to the program. */
const TAKEN = /^(LITELLM|DATABASE|REDIS|PROMETHEUS|PRISMA)_/;

/** Whether apiKey is a name and not, by mistake, the key itself. */
export function hasKeyName({ apiKey }: LiteLlmModel): boolean {
  return apiKey !== undefined && /^[A-Z][A-Z0-9_]*$/.test(apiKey) && !TAKEN.test(apiKey);
}

/** The URL of apiBase; undefined when there is none or it is not one. */
export function baseUrl({ apiBase }: LiteLlmModel): URL | undefined {
  return apiBase !== undefined && isHttpUrl(apiBase) ? new URL(apiBase) : undefined;
}

/** The Service of the cluster that answers for the model; undefined when the model is elsewhere. */
export function clusterService(model: LiteLlmModel): ClusterName | undefined {
  const url = baseUrl(model);
  return url && clusterName(url.hostname);
}

/** The host to open for the model; undefined when nothing names it, or only a link knows the pods behind the name. */
export function upstreamHost(model: LiteLlmModel): ExternalHost | undefined {
  if (model.host) {
    return model.host;
  }
  const url = baseUrl(model);
  if (url) {
    const service = clusterService(model);
    return service && service.namespace === undefined ? undefined : urlHost(url.href, 'apiBase');
  }
  return PROVIDERS[providerOf(model) ?? ''];
}

/** The parameters of a limit, as LiteLLM names them for a model. */
function modelLimits({ requestsPerMinute, tokensPerMinute }: LiteLlmRateLimit = {}): object {
  return { rpm: requestsPerMinute, tpm: tokensPerMinute };
}

/** The parameters of a budget, as LiteLLM names them everywhere. */
export function budgetFields(budget?: LiteLlmBudget): object {
  return budget ? { max_budget: budget.maxBudget, budget_duration: budget.duration ?? '30d' } : {};
}

/** The model's entry in the model list. */
export function modelEntry(model: LiteLlmModel): object {
  const { cost } = model;
  return {
    model_name: model.name,
    litellm_params: {
      model: model.model,
      api_key: model.apiKey && `os.environ/${model.apiKey}`,
      api_base: model.apiBase,
      api_version: model.apiVersion,
      timeout: model.timeoutSeconds,
      stream_timeout: model.timeoutSeconds,
      ...modelLimits(model.limits),
      ...budgetFields(model.budget),
    },
    model_info: (cost || model.baseModel) && {
      base_model: model.baseModel,
      input_cost_per_token: cost && costPerToken(cost.inputPerMillionTokens),
      output_cost_per_token: cost && costPerToken(cost.outputPerMillionTokens),
    },
  };
}

// Twelve digits leave out what binary fractions add.
function costPerToken(costPerMillion: number): number {
  return Number((costPerMillion / 1e6).toPrecision(12));
}
