import { Chart } from 'cdk8s';
import type { LiteLlmGateway } from '../litellm-gateway';
import type { ClusterName } from '../platform/links';
import { RESERVED_CONNECTIONS, usableConnections } from '../platform/postgres';
import type { Rule } from '../platform/rules';
import { type Workload, workloadsOf } from '../platform/workload';
import type { LiteLlmBudgets, LiteLlmRateLimits } from './limits';
import {
  baseUrl,
  clusterService,
  currentModel,
  hasKeyName,
  type LiteLlmBudget,
  type LiteLlmModel,
  providerOf,
  upstreamHost,
} from './model';
import { compromisedRelease } from './versions';

/** Source: LiteLLM's duration_parser.py. */
const DURATION = /^[1-9]\d*(s|m|h|d|w|mo)$/;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

function namesOf({ _own, _sessionServices }: LiteLlmGateway): string[] {
  return [..._own.models.map(({ name }) => name), ..._sessionServices.flatMap(({ modelNames }) => modelNames)];
}

function repeatedNames(gateway: LiteLlmGateway): string[] {
  const names = namesOf(gateway);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function modelsWhere({ _own }: LiteLlmGateway, test: (model: LiteLlmModel) => boolean): LiteLlmModel[] {
  return _own.models.filter(test);
}

function namesWhere(gateway: LiteLlmGateway, test: (model: LiteLlmModel) => boolean): string {
  return quoted(modelsWhere(gateway, test).map(({ name }) => name));
}

const hasNoProvider = (model: LiteLlmModel): boolean => providerOf(model) === undefined;
const isRetired = (model: LiteLlmModel): boolean => currentModel(model) !== undefined;
const lacksKey = (model: LiteLlmModel): boolean => (model.apiKey === undefined) === !model.keyless;
const hasBadKeyName = (model: LiteLlmModel): boolean => model.apiKey !== undefined && !hasKeyName(model);
const hasUnknownHost = (model: LiteLlmModel): boolean =>
  !hasNoProvider(model) && model.apiBase === undefined && upstreamHost(model) === undefined;
const hasBadBase = (model: LiteLlmModel): boolean => {
  const protocol = baseUrl(model)?.protocol;
  return model.apiBase !== undefined && protocol !== 'https:' && !(protocol === 'http:' && clusterService(model));
};

function unlinkedServices(gateway: LiteLlmGateway): string[] {
  const linked = gateway._links.map(({ to }) => serviceNameOf(to));
  const wanted = gateway._own.models.flatMap((model) => {
    const name = clusterService(model);
    return name && (isOurs(gateway, name) || upstreamHost(model) === undefined) ? [name.service] : [];
  });
  return [...new Set(wanted.filter((service) => !linked.includes(service)))];
}

/** Whether it is a program of this app in the gateway's own namespace, which lets in nobody but its links. */
export function isOurs(gateway: LiteLlmGateway, { service, namespace }: ClusterName): boolean {
  return (
    namespace !== undefined &&
    namespace === Chart.of(gateway).namespace &&
    workloadsOf(gateway.node.root).some((workload) => serviceNameOf(workload) === service)
  );
}

function serviceNameOf(workload: Workload): unknown {
  return 'serviceName' in workload ? workload.serviceName : workload.name;
}

function badFallbacks(gateway: LiteLlmGateway): string[] {
  const known = gateway._own.models.map(({ name }) => name);
  return gateway._own.models.flatMap(({ name, fallbacks = [] }) =>
    fallbacks.filter((other) => other === name || !known.includes(other)),
  );
}

function budgetsOf({ _own }: LiteLlmGateway): LiteLlmBudget[] {
  const { perUser, perTeam, total } = _own.budgets ?? {};
  return [perUser, perTeam, total, ..._own.models.map(({ budget }) => budget)].filter((budget) => budget !== undefined);
}

function badDurations(gateway: LiteLlmGateway): string[] {
  return budgetsOf(gateway).flatMap(({ duration }) => (duration && !DURATION.test(duration) ? [duration] : []));
}

/** The props that mean nothing without a database. */
function needingDatabase({ _own }: LiteLlmGateway): string[] {
  const given = (prop: string, settings: LiteLlmBudgets | LiteLlmRateLimits = {}) =>
    Object.entries(settings).flatMap(([field, value]) => (value === undefined ? [] : [`${prop}.${field}`]));
  const connections = _own.databaseConnections === undefined ? [] : ['databaseConnections'];
  return [...given('budgets', _own.budgets), ...given('rateLimits', _own.rateLimits), ...connections];
}

/** Every number that must be above zero, with the prop it stands in. */
function notPositive({ _own: own }: LiteLlmGateway): string[] {
  const numbers: (readonly [string, number | undefined])[] = [
    ['requestTimeoutSeconds', own.requestTimeoutSeconds],
    ['databaseConnections', own.databaseConnections],
    ...Object.entries(own.budgets ?? {}).map(([field, budget]) => [`budgets.${field}`, budget?.maxBudget] as const),
    ...Object.entries(own.rateLimits ?? {}).flatMap(([field, limit]) => rates(`rateLimits.${field}`, limit)),
    ...own.models.flatMap(({ name, budget, limits, timeoutSeconds }) => [
      [`budget of ${name}`, budget?.maxBudget] as const,
      ...rates(`limits of ${name}`, limits),
      [`timeoutSeconds of ${name}`, timeoutSeconds] as const,
    ]),
  ];
  return numbers.flatMap(([prop, value]) => (value !== undefined && !(value > 0) ? [`${prop} ${value}`] : []));
}

function rates(prop: string, limit: LiteLlmModel['limits']): (readonly [string, number | undefined])[] {
  return [
    [prop, limit?.requestsPerMinute],
    [prop, limit?.tokensPerMinute],
  ];
}

function neededConnections({ maxPods, _databaseConnections }: LiteLlmGateway): number {
  return maxPods * (_databaseConnections ?? 0);
}

/** What can be wrong with the gateway. */
export const GATEWAY_RULES: readonly Rule<LiteLlmGateway>[] = [
  {
    id: 'litellm-has-models',
    broken: (gateway) => namesOf(gateway).length === 0,
    message: ({ name }) => `${name}: it offers no model: write at least one in models, or route a session service`,
  },
  {
    id: 'litellm-model-names-unique',
    broken: (gateway) => repeatedNames(gateway).length > 0,
    message: (gateway) =>
      `${gateway.name}: several models are called ${quoted(repeatedNames(gateway))}, and a request would go to any of them: give each a name of its own`,
  },
  {
    id: 'litellm-model-provider',
    broken: (gateway) => modelsWhere(gateway, hasNoProvider).length > 0,
    message: (gateway) =>
      `${gateway.name}: ${namesWhere(gateway, hasNoProvider)} name no provider: write model as provider/model, for example anthropic/claude-sonnet-5-5`,
  },
  {
    id: 'litellm-model-served',
    broken: (gateway) => modelsWhere(gateway, isRetired).length > 0,
    message: (gateway) =>
      `${gateway.name}: Anthropic takes models away: ${modelsWhere(gateway, isRetired)
        .map((model) => `instead of ${model.model} write ${currentModel(model)}`)
        .join(', ')}`,
  },
  {
    id: 'litellm-model-key',
    broken: (gateway) => modelsWhere(gateway, lacksKey).length > 0,
    message: (gateway) =>
      `${gateway.name}: ${namesWhere(gateway, lacksKey)} must say how the provider lets it in: write apiKey, the name of a key in the Secret, or set keyless, and not both`,
  },
  {
    id: 'litellm-key-name',
    broken: (gateway) => modelsWhere(gateway, hasBadKeyName).length > 0,
    // The value is not shown: who pastes a key here should not find it in a build's log too.
    message: (gateway) =>
      `${gateway.name}: apiKey of ${namesWhere(gateway, hasBadKeyName)} is no free name of a key: write a name such as ANTHROPIC_API_KEY and put the value into the Secret`,
  },
  {
    id: 'litellm-upstream-known',
    broken: (gateway) => modelsWhere(gateway, hasUnknownHost).length > 0,
    message: (gateway) =>
      `${gateway.name}: nothing says where the requests of ${namesWhere(gateway, hasUnknownHost)} go, so no policy lets them out: write apiBase or host`,
  },
  {
    id: 'litellm-api-base',
    broken: (gateway) => modelsWhere(gateway, hasBadBase).length > 0,
    message: (gateway) =>
      `${gateway.name}: apiBase of ${namesWhere(gateway, hasBadBase)} would carry keys and questions in the clear, or is no URL: write https://, or http:// to a Service of the cluster`,
  },
  {
    id: 'litellm-cluster-upstream-linked',
    broken: (gateway) => unlinkedServices(gateway).length > 0,
    message: (gateway) =>
      `${gateway.name}: models name the Service ${quoted(unlinkedServices(gateway))}, but no link leads there: call connectTo with that program if this library renders it, otherwise write the full name, as in http://${unlinkedServices(gateway)[0]}.<namespace>.svc.cluster.local`,
  },
  {
    id: 'litellm-fallbacks-known',
    broken: (gateway) => badFallbacks(gateway).length > 0,
    message: (gateway) =>
      `${gateway.name}: ${quoted(badFallbacks(gateway))} cannot stand in for another model: a fallback is the name of a different entry of models, never a session`,
  },
  {
    id: 'litellm-image-safe',
    broken: (gateway) => compromisedRelease(gateway._pod.main.image) !== undefined,
    message: (gateway) =>
      `${gateway.name}: LiteLLM ${compromisedRelease(gateway._pod.main.image)} carried malware that steals keys: take another release, and if this one ever ran, replace every key it could read`,
  },
  {
    id: 'litellm-limits-need-database',
    broken: (gateway) => !gateway._own.database && needingDatabase(gateway).length > 0,
    message: (gateway) =>
      `${gateway.name}: ${needingDatabase(gateway).join(', ')} would be ignored, LiteLLM counts people and teams in a database: pass database, or use budget and limits of each model`,
  },
  {
    id: 'litellm-budget-duration',
    broken: (gateway) => badDurations(gateway).length > 0,
    message: (gateway) =>
      `${gateway.name}: ${quoted(badDurations(gateway))} is no duration of a budget: write a number and s, m, h, d, w or mo, for example 30d`,
  },
  {
    id: 'litellm-limits-positive',
    broken: (gateway) => notPositive(gateway).length > 0,
    message: (gateway) =>
      `${gateway.name}: ${notPositive(gateway).join(', ')}: write a number above 0, or leave it out`,
  },
  {
    id: 'litellm-replicas-need-redis',
    broken: (gateway) => gateway.maxReplicas > 1 && !gateway._redis,
    message: ({ name, maxReplicas }) =>
      `${name}: ${maxReplicas} replicas would each count limits and budgets on their own: call useRedis, or set replicas to 1`,
  },
  {
    id: 'litellm-requests-counted',
    broken: ({ autoscaling, _podPortNames }) =>
      autoscaling?.requests !== undefined &&
      autoscaling.requests.query === undefined &&
      !_podPortNames.includes('metrics'),
    message: ({ name }) =>
      `${name}: scaling by requests waits for a counter that nobody serves: set metrics to true, or write query`,
  },
  {
    id: 'litellm-database-connections',
    broken: (gateway) => neededConnections(gateway) > usableConnections(gateway._own.database),
    message: (gateway) =>
      `${gateway.name}: ${gateway.maxPods} pods need ${neededConnections(gateway)} connections, but ${gateway._own.database?.host} allows ${usableConnections(gateway._own.database)} (${RESERVED_CONNECTIONS} stay reserved): make databaseConnections smaller or allow fewer replicas`,
  },
];
