import type { Server } from 'node:http';
import { makesPods } from '../../../constructs/claude/isolation';
import { VERSION } from '../../../constructs/version';
import { createLogger, type Logger } from '../../runtime/log';
import { createRegistry, startMetricsServer } from '../../runtime/metrics-server';
import { MemoryRateLimiter } from '../../runtime/rate-limit';
import { ConfigurationError } from '../../runtime/settings';
import { onTermination } from '../../runtime/termination';
import { startTracing } from '../../runtime/tracing';
import { createEngine } from './engine/create-engine';
import { ToolRule } from './engine/engine';
import { createApiServer, type Routes, sendJson } from './http/server';
import { createCallerCheck } from './identity/caller';
import type { GatewayConnection } from './identity/gateway-access';
import { Metrics, observeLiveSessions, observeUserCosts } from './metrics';
import { ChatEndpoint } from './openai/chat-endpoint';
import { modelRoutes } from './openai/models-endpoint';
import { type LoadedPersona, loadPersonas } from './persona/personas';
import { ActiveTurns } from './sessions/active-turns';
import { Retention } from './sessions/retention';
import { Sessions } from './sessions/sessions';
import { SessionsEndpoint } from './sessions/sessions-endpoint';
import { type ServiceSettings, settingDoubts } from './settings';
import { openStore } from './store/open-store';
import type { Store } from './store/store';
import { createWorkspaces } from './workspace/create-workspaces';

const SERVICE = 'claude-service';
/** After the grace, for what was stopped to be written. The manifests leave five seconds. Unit: seconds. */
const LAST_SECONDS = 4;

/** Starts everything, and listens. Error: `ConfigurationError`. */
export async function startService(settings: ServiceSettings): Promise<void> {
  const log = createLogger({ service: SERVICE, level: settings.logLevel });
  for (const doubt of settingDoubts(settings)) log.warn(doubt);
  const personas = loadPersonas(settings.personasPath);
  checkModels(settings.models, personas);
  warnOfSharedShell(settings, personas, log);
  const registry = createRegistry(SERVICE, VERSION);
  const store = openStore({ databaseUrl: settings.databaseUrl, dataPath: settings.dataPath, log });
  const workspaces = await createWorkspaces({ ...settings, log });
  const engine = await createEngine({
    engine: settings.engine,
    apiKey: settings.anthropicApiKey,
    baseUrl: settings.anthropicBaseUrl,
    workspaces,
    log,
  });
  const limits = {
    maxModelCalls: settings.maxTurns,
    turnBudgetUsd: settings.maxBudgetUsdPerTurn,
    dayBudgetUsd: settings.maxBudgetUsdPerUserPerDay,
    idleSeconds: settings.sessionIdleSeconds,
    maxLiveSessions: settings.maxLiveSessions,
    compactAboveTokens: settings.compactAboveTokens,
  };
  const sessions = new Sessions({ store, engine, workspaces, limits, log });
  const days = { sessions: settings.sessionRetentionDays, audit: settings.auditRetentionDays };
  const retention = new Retention(sessions.deletion, store.deletions, days, log);
  const active = new ActiveTurns();
  const callers = createCallerCheck(settings);
  const tracing = await startTracing({ service: SERVICE, version: VERSION, endpoint: settings.traceEndpoint, log });
  const chat = new ChatEndpoint({
    callers,
    sessions,
    engine,
    spending: store.spending,
    personas,
    models: settings.models,
    taskModel: settings.taskModel,
    turnBudgetUsd: settings.maxBudgetUsdPerTurn,
    dayBudgetUsd: settings.maxBudgetUsdPerUserPerDay,
    rates: new MemoryRateLimiter(),
    turnsPerMinute: settings.turnsPerUserPerMinute,
    gateway: gatewayOf(settings),
    active,
    metrics: new Metrics(registry),
    tracing,
    log,
  });
  observeLiveSessions(registry, () => sessions.live.size);
  observeUserCosts(registry, store.spending);
  const server = createApiServer(
    {
      ...probeRoutes(store, active),
      ...modelRoutes(callers, settings.models, Math.floor(Date.now() / 1000)),
      ...new SessionsEndpoint(callers, sessions, settings.models, active).routes(),
      'POST /v1/chat/completions': (exchange) => chat.answer(exchange),
    },
    log,
  );
  await listen(server, settings);
  const metricsServer = await startMetricsServer({ host: settings.host, port: settings.metricsPort, registry });
  onTermination({
    graceSeconds: settings.shutdownGraceSeconds + LAST_SECONDS,
    log,
    drain: async () => {
      const { stopped } = await active.drain(settings.shutdownGraceSeconds);
      if (stopped > 0) log.warn({ stopped }, 'turns were stopped at the end of the grace; what they did is kept');
      await closeServer(server);
      retention.stop();
      sessions.close();
      await Promise.allSettled([engine.close(), workspaces.close(), tracing.close(), metricsServer.close()]);
      await store.close();
    },
  });
  log.info(
    { port: addressPort(server), models: [...settings.models.keys()], isolation: settings.isolation },
    'listening',
  );
}

/** `/health` says that the process answers; `/ready` that it can take a turn. Neither asks a model or the gateway. */
function probeRoutes(store: Store, active: ActiveTurns): Routes {
  return {
    'GET /health': ({ response }) => sendJson(response, 200, { status: 'ok' }),
    'GET /ready': async ({ response }) => {
      if (active.draining) return sendJson(response, 503, { status: 'the service ends' });
      try {
        await store.check();
        sendJson(response, 200, { status: 'ready' });
      } catch {
        sendJson(response, 503, { status: 'the database cannot be used' });
      }
    },
  };
}

function gatewayOf(settings: ServiceSettings): GatewayConnection | undefined {
  const { mcpProxyUrl: url, mcpProxyApiKey: apiKey, userTokenSecret, userTokenSeconds: tokenSeconds } = settings;
  return url && apiKey && userTokenSecret ? { url, apiKey, userTokenSecret, tokenSeconds } : undefined;
}

function checkModels(models: ReadonlyMap<string, string>, personas: ReadonlyMap<string, LoadedPersona>): void {
  const missing = [...models].filter(([, persona]) => !personas.has(persona));
  if (missing.length === 0) return;
  throw new ConfigurationError(
    missing.map(
      ([model, persona]) =>
        `MODELS names the persona ${persona} for ${model}, and PERSONAS_PATH has ${[...personas.keys()].join(', ')}`,
    ),
  );
}

/** The constructs refuse it in production; a service that is started by hand is to know it too. */
function warnOfSharedShell(
  { isolation, models }: ServiceSettings,
  personas: ReadonlyMap<string, LoadedPersona>,
  log: Logger,
): void {
  if (makesPods(isolation)) return;
  const used = new Set(models.values());
  const withShell = [...personas.values()].filter(
    ({ name, tools }) => used.has(name) && tools.get('bash') === ToolRule.ALLOW,
  );
  if (withShell.length === 0) return;
  log.warn(
    { personas: withShell.map(({ name }) => name), isolation },
    'commands of these personas run as the user of this service: they can read its keys and the files of all sessions',
  );
}

function listen(server: Server, { host, port }: ServiceSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
