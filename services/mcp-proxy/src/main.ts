import { setFlagsFromString } from 'node:v8';
import { createLogger } from '../../runtime/log';
import { createRegistry, startMetricsServer } from '../../runtime/metrics-server';
import { runProgram } from '../../runtime/program';
import { onTermination } from '../../runtime/termination';
import { startTracing } from '../../runtime/tracing';
import { version } from '../package.json';
import { Catalogues, readToolPins } from './catalogue';
import { COMMANDS } from './commands';
import { followFile } from './configuration/live-file';
import { LiveTenants } from './configuration/live-tenants';
import {
  doubtsOfSettings,
  faultsOfSettings,
  GATEWAY_VARIABLES,
  type GatewaySettings,
  publicUrlOf,
} from './configuration/settings';
import { Gateway } from './gateway';
import { servedHosts } from './http/origin-check';
import { createAuthenticator } from './identity/authenticator';
import { createCallLimits } from './limits/call-limits';
import { createRelay } from './mcp/redis-relay';
import { GatewayMetrics } from './metrics';
import { UpstreamSet } from './upstream';

const SERVICE = 'mcp-proxy';

/**
 * Node lets the heap grow to many times what is alive before it looks at all of it. Here 25 MB are alive, and each look
 * takes a few milliseconds: with half as much again as what is alive the process needs 50 MB less.
 */
setFlagsFromString('--heap-growing-percent=50');
/**
 * V8 makes what once survived a scavenge in the old generation from then on: of a server that is what belongs to the
 * calls under way. Dead there, it keeps alive what later calls made, until all of the heap is looked at. A call costs
 * 130 µs with that, and 75 without (Node 20 and 24, measured).
 */
setFlagsFromString('--no-allocation-site-pretenuring');

async function start(settings: GatewaySettings): Promise<void> {
  const log = createLogger({ service: SERVICE, level: settings.logLevel });
  for (const doubt of doubtsOfSettings(settings)) log.warn(doubt);
  const { host, port, metricsPort, shutdownGraceSeconds: graceSeconds, allowedOrigins = [], oidcIssuer } = settings;
  const registry = createRegistry(SERVICE, version);
  const metrics = new GatewayMetrics(registry);
  const { tenantConfigPath: configPath, secretsPath, adminRoles } = settings;
  const tenants = new LiveTenants({ configPath, secretsPath, adminRoles, log });
  const pins =
    settings.toolPinsPath === undefined
      ? undefined
      : followFile({ path: settings.toolPinsPath, what: 'tool pins', parse: readToolPins, log });
  const upstreams = new UpstreamSet({
    credential: (key) => tenants.current.credential(key),
    hooks: { callEnded: (tenantId, outcome) => metrics.upstreamEnded(tenantId, outcome) },
    log,
  });
  const catalogues = new Catalogues({ upstreams, pins: pins?.current, log });
  pins?.onChange((changed) => catalogues.setPins(changed));
  catalogues.update(tenants.current);

  const redisUrl = settings.redisUrl?.value();
  const gateway = new Gateway({
    host,
    port,
    publicUrl: publicUrlOf(settings),
    allowedHosts: servedHosts(settings.allowedHosts, settings.publicUrl, host),
    allowedOrigins,
    oidcIssuer,
    version,
    log,
    registry,
    metrics,
    tracing: await startTracing({ service: SERVICE, version, endpoint: settings.traceEndpoint, log }),
    tenants,
    authenticator: await createAuthenticator(settings, log),
    limits: await createCallLimits({ redisUrl, log, registry }),
    catalogues,
    relay: await createRelay({ redisUrl, log }),
  });
  const [listening, metricsServer] = await Promise.all([
    gateway.start(),
    startMetricsServer({ host, port: metricsPort, registry }),
  ]);
  log.info({ host, port: listening, metricsPort: metricsServer.port, version }, 'listening');
  onTermination({
    graceSeconds,
    log,
    drain: async (deadline) => {
      await gateway.drain(deadline);
      pins?.close();
      await metricsServer.close();
    },
  });
}

void runProgram({
  name: SERVICE,
  version,
  purpose: 'the gateway between Open WebUI and the MCP servers of many tenants',
  variables: GATEWAY_VARIABLES,
  check: faultsOfSettings,
  commands: COMMANDS,
  start,
});
