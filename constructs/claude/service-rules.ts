import { Chart } from 'cdk8s';
import type { ClaudeService } from '../claude-service';
import { UpdateStrategy } from '../platform/component';
import type { Rule } from '../platform/rules';
import { Glob } from '../tenants/glob';
import { ClaudeEngine } from './engine';
import { IsolationTier, makesPods } from './isolation';
import { personaModel, personaTools, readPersona } from './persona';

const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Measured: a live session of the Agent SDK holds 200 to 235 MB. Unit: mebibytes. */
const AGENT_SDK_SESSION_MEBIBYTES = 200;

/** What the program takes by itself. */
export const TASK_MODEL = 'claude-haiku-5-5';

/** The numbers that a person may set, by prop. */
function limits({ _own: own }: ClaudeService): { readonly [prop: string]: number | undefined } {
  const { maxTurns, sessionIdleSeconds, maxLiveSessions, shutdownGraceSeconds } = own;
  return { maxTurns, sessionIdleSeconds, maxLiveSessions, shutdownGraceSeconds };
}

/** The numbers of which 0 means never. */
function ends({ _own: own }: ClaudeService): { readonly [prop: string]: number | undefined } {
  const { compactAboveTokens, sessionRetentionDays, auditRetentionDays } = own;
  return { compactAboveTokens, sessionRetentionDays, auditRetentionDays };
}

function budgets({ _own: own }: ClaudeService): { readonly [prop: string]: number | undefined } {
  const { maxBudgetUsdPerTurn, maxBudgetUsdPerUserPerDay } = own;
  return { maxBudgetUsdPerTurn, maxBudgetUsdPerUserPerDay };
}

function notWhole(numbers: { readonly [prop: string]: number | undefined }, least: number): string[] {
  return Object.entries(numbers)
    .filter(([, value]) => value !== undefined && !(Number.isInteger(value) && value >= least))
    .map(([prop, value]) => `${prop} ${value}`);
}

function notPositive(service: ClaudeService): string[] {
  return Object.entries(budgets(service))
    .filter(([, value]) => value !== undefined && !(Number.isFinite(value) && value > 0))
    .map(([prop, value]) => `${prop} ${value}`);
}

function badModelNames({ modelNames }: ClaudeService): string[] {
  return modelNames.filter((name) => !MODEL_NAME.test(name));
}

function shellPersonas({ _personas }: ClaudeService): string[] {
  return _personas.filter((persona) => personaTools(readPersona(persona)).includes('bash')).map(({ name }) => name);
}

function unknownPersonas({ _models, _personas }: ClaudeService): string[] {
  return Object.values(_models).filter((wanted) => !_personas.some(({ name }) => name === wanted));
}

function repeatedPersonas({ _personas }: ClaudeService): string[] {
  const names = _personas.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function liveSessions({ _own, maxReplicas }: ClaudeService): number {
  return (_own.maxLiveSessions ?? 64) * maxReplicas;
}

function memoryLimitMebibytes({ _pod }: ClaudeService): number {
  return _pod.main.resources.memory?.limit?.toMebibytes() ?? 0;
}

/** The models that will be asked for and that the gateway does not offer, each with who asks. */
function unofferedModels({ _own, _models, _personas, _offeredModels }: ClaudeService): string[] {
  const offered = _offeredModels?.map((name) => new Glob(name));
  const used = _personas.filter(({ name }) => Object.values(_models).includes(name));
  const asked = [
    ...used.map((persona) => [personaModel(readPersona(persona)), `the persona ${persona.name}`] as const),
    [_own.taskModel ?? TASK_MODEL, 'taskModel'] as const,
  ];
  return asked.flatMap(([model, who]) =>
    offered && model !== '' && !offered.some((name) => name.matches(model)) ? [`${model} (${who})`] : [],
  );
}

/** What can be wrong with the Claude service. */
export const SERVICE_RULES: readonly Rule<ClaudeService>[] = [
  {
    id: 'claude-model-source',
    broken: ({ _modelSources }) => _modelSources.length === 0,
    message: ({ name }) => `${name}: it has no models: call useModelGateway or useAnthropicApi`,
  },
  {
    id: 'claude-one-model-source',
    broken: ({ _modelSources }) => _modelSources.length > 1,
    message: ({ name, _modelSources }) =>
      `${name}: it would take its models from ${_modelSources.join(' and ')}: declare one of them, so that every cost is counted once`,
  },
  {
    id: 'claude-models-offered',
    broken: (service) => unofferedModels(service).length > 0,
    message: (service) =>
      `${service.name}: its gateway does not offer ${unofferedModels(service).join(', ')}, only ${service._offeredModels?.join(', ') || 'sessions'}: write a model of that name in the gateway's models, or name one of those in the persona and in taskModel`,
  },
  {
    id: 'claude-one-tool-server',
    broken: ({ _toolServers }) => _toolServers.length > 1,
    message: ({ name, _toolServers }) =>
      `${name}: it knows one tool gateway, but ${_toolServers.map(({ mcpUrl }) => mcpUrl).join(' and ')} are declared: call useTools once`,
  },
  {
    id: 'claude-one-jwt-secret',
    broken: ({ _toolServers, jwtSecret }) =>
      _toolServers.some(
        (server) => server.jwtSecret.secretName !== jwtSecret.secretName || server.jwtSecret.key !== jwtSecret.key,
      ),
    message: ({ name }) =>
      `${name}: the tool gateway would not believe who a session belongs to: give both programs the same jwtSecret`,
  },
  {
    id: 'claude-models-given',
    broken: ({ modelNames }) => modelNames.length === 0,
    message: ({ name }) => `${name}: models is empty: write at least one name with its persona, or leave models out`,
  },
  {
    id: 'claude-model-name',
    broken: (service) => badModelNames(service).length > 0,
    message: (service) =>
      `${service.name}: "${badModelNames(service)[0]}" cannot name a model: use letters, digits, dots, dashes and underscores`,
  },
  {
    id: 'claude-model-persona',
    broken: (service) => unknownPersonas(service).length > 0,
    message: (service) =>
      `${service.name}: models names the persona ${unknownPersonas(service).join(', ')}: personas has ${service._personas.map(({ name }) => name).join(', ') || 'none'}`,
  },
  {
    id: 'claude-personas-distinct',
    broken: (service) => repeatedPersonas(service).length > 0,
    message: (service) =>
      `${service.name}: personas has ${repeatedPersonas(service).join(', ')} more than once: give each a name of its own`,
  },
  {
    id: 'claude-replicas-database',
    broken: ({ maxReplicas, _own }) => maxReplicas > 1 && !_own.database,
    message: ({ name, maxReplicas }) =>
      `${name}: ${maxReplicas} replicas cannot share the database inside the program: pass database, or set replicas to 1`,
  },
  {
    id: 'claude-replicas-workspaces',
    broken: ({ maxReplicas, _workspaces }) => maxReplicas > 1 && _workspaces !== undefined && !_workspaces.shared,
    message: ({ name, maxReplicas, _workspaces }) =>
      `${name}: ${maxReplicas} replicas mount the sessions' folders, and ${_workspaces?.claimName} is a volume of one node: write shared: true in workspaces, which takes a new claim where that one exists (docs/scaling-out.md, "From one replica to several"), or set replicas to 1`,
  },
  {
    id: 'claude-connections-unchecked',
    broken: ({ _own }) => _own.database?.maxConnections !== undefined,
    message: ({ name }) =>
      `${name}: maxConnections of database would check nothing, the program decides how many connections it opens: leave it out`,
  },
  {
    id: 'claude-storage-unused',
    broken: ({ _own }) => _own.database !== undefined && _own.storage !== undefined,
    message: ({ name }) =>
      `${name}: storage is the volume of the database inside the program: with database, leave it out`,
  },
  {
    id: 'claude-workspaces-unused',
    broken: ({ _own, isolation }) => makesPods(isolation) && _own.workspaces !== undefined,
    message: ({ name }) => `${name}: the sessions have pods of their own: write workspaces in sessionPods, not here`,
  },
  {
    id: 'claude-recreate',
    broken: ({ _own, _workspaces }) =>
      _own.updateStrategy === UpdateStrategy.ROLLING_UPDATE && (!_own.database || _workspaces?.shared === false),
    message: ({ name }) =>
      `${name}: with RollingUpdate two pods would hold one database or one volume of one node: leave updateStrategy out`,
  },
  {
    id: 'claude-shared-container-without-shell',
    broken: (service) =>
      service.platform.production && !makesPods(service.isolation) && shellPersonas(service).length > 0,
    message: (service) =>
      `${service.name}: the sessions share a container, and with the tool bash of ${shellPersonas(service).join(', ')} anybody could read the service's keys and the others' files: take IsolationTier.POD with sessionPods, or personas without bash, for example AMBER_WITHOUT_SHELL`,
  },
  {
    id: 'claude-isolation-runtime-class',
    broken: ({ isolation, _own }) => isolation === IsolationTier.RUNTIME_CLASS && !_own.runtimeClassName,
    message: ({ name }) =>
      `${name}: isolation runtime-class without a runtime: write runtimeClassName, for example gvisor or kata, as "kubectl get runtimeclass" shows it`,
  },
  {
    id: 'claude-isolation-session-pods',
    broken: ({ isolation, _own }) => makesPods(isolation) && !_own.sessionPods,
    message: ({ name, isolation }) =>
      `${name}: isolation ${isolation} needs a place for the pods: pass sessionPods, a ClaudeSessionPods in a chart of another namespace`,
  },
  {
    id: 'claude-session-pods-unused',
    broken: ({ isolation, _own }) => !makesPods(isolation) && _own.sessionPods !== undefined,
    message: ({ name, isolation }) =>
      `${name}: isolation ${isolation} makes no pods: leave sessionPods out, or set isolation to pod or agent-sandbox`,
  },
  {
    id: 'claude-session-namespace',
    broken: (service) => {
      const { namespace = '' } = Chart.of(service);
      const pods = service._own.sessionPods;
      return pods !== undefined && (namespace === '' || pods.namespaceName === '' || pods.namespaceName === namespace);
    },
    message: ({ name, _own }) =>
      `${name}: the pods of sessions must be in another namespace, where no Secret is: give the charts of ${name} and ${_own.sessionPods?.name} two different namespaces`,
  },
  {
    id: 'claude-session-pods-count',
    broken: (service) =>
      service._own.sessionPods !== undefined && liveSessions(service) > service._own.sessionPods.maxPods,
    message: (service) =>
      `${service.name}: ${liveSessions(service)} live sessions in all replicas, but the quota is made for ${service._own.sessionPods?.maxPods} pods: lower maxLiveSessions, or raise maxSessions of sessionPods`,
  },
  {
    id: 'claude-agent-sdk-image',
    broken: ({ _own }) => _own.engine === ClaudeEngine.AGENT_SDK && !_own.image,
    message: ({ name }) =>
      `${name}: the usual image does not hold the Claude Agent SDK, whose licence is proprietary: build one that does and write it in image`,
  },
  {
    id: 'claude-agent-sdk-memory',
    broken: (service) =>
      service._own.engine === ClaudeEngine.AGENT_SDK &&
      (service._own.maxLiveSessions ?? 64) * AGENT_SDK_SESSION_MEBIBYTES > memoryLimitMebibytes(service),
    message: (service) =>
      `${service.name}: a live session of the Agent SDK holds ${AGENT_SDK_SESSION_MEBIBYTES} MiB, and the memory limit has room for ${Math.floor(memoryLimitMebibytes(service) / AGENT_SDK_SESSION_MEBIBYTES)}: lower maxLiveSessions or raise the limit in resources`,
  },
  {
    id: 'claude-limits',
    broken: (service) => notWhole(limits(service), 1).length > 0,
    message: (service) =>
      `${service.name}: ${notWhole(limits(service), 1).join(', ')}: write whole numbers of at least 1`,
  },
  {
    id: 'claude-grace-seconds',
    broken: ({ shutdownGraceSeconds }) => shutdownGraceSeconds > 86_400,
    message: ({ name, shutdownGraceSeconds }) =>
      `${name}: shutdownGraceSeconds is ${shutdownGraceSeconds}: write a day, 86400, or less`,
  },
  {
    id: 'claude-ends',
    broken: (service) => notWhole(ends(service), 0).length > 0,
    message: (service) =>
      `${service.name}: ${notWhole(ends(service), 0).join(', ')}: write whole numbers; 0 means never`,
  },
  {
    id: 'claude-budgets',
    broken: (service) => notPositive(service).length > 0,
    message: (service) => `${service.name}: ${notPositive(service).join(', ')}: write an amount above 0 in US dollars`,
  },
  {
    id: 'claude-budget-order',
    broken: ({ _own }) => (_own.maxBudgetUsdPerTurn ?? 2) > (_own.maxBudgetUsdPerUserPerDay ?? 20),
    message: ({ name, _own }) =>
      `${name}: a turn may cost ${_own.maxBudgetUsdPerTurn ?? 2} US dollars, more than a user's day with ${_own.maxBudgetUsdPerUserPerDay ?? 20}: lower maxBudgetUsdPerTurn or raise maxBudgetUsdPerUserPerDay`,
  },
  {
    id: 'claude-grace-period',
    broken: ({ _own, preStopSeconds, shutdownGraceSeconds }) =>
      _own.terminationGracePeriodSeconds !== undefined &&
      _own.terminationGracePeriodSeconds < preStopSeconds + shutdownGraceSeconds,
    message: ({ name, preStopSeconds, shutdownGraceSeconds, _own }) =>
      `${name}: the pod ends ${_own.terminationGracePeriodSeconds} s after the beginning of its end, but the pause and the running turns take ${preStopSeconds + shutdownGraceSeconds}: lower shutdownGraceSeconds, and leave terminationGracePeriodSeconds out`,
  },
  {
    id: 'claude-plain-user-headers',
    broken: ({ _pod }) => _pod.env.value('TRUST_PLAIN_USER_HEADERS') === 'true',
    message: ({ name }) =>
      `${name}: TRUST_PLAIN_USER_HEADERS lets every caller name any user, and the service refuses it beside the secret that signs them: leave it out`,
  },
];
