// The programs behind Open WebUI, from the rendered manifests, driven as Open WebUI drives them.
// First: npm run build -w services/mcp-proxy && npm run build -w services/claude-service
// Then: node e2e/stack/backends/check.mjs [phase2-kind | aks-production]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, finish } from '../../claude-service/suite.mjs';
import { checkMetrics } from './check-metrics.mjs';
import { checkDrain, checkModels } from './check-models.mjs';
import { checkRedis } from './check-redis.mjs';
import { checkSessions } from './check-sessions.mjs';
import { checkTools } from './check-tools.mjs';
import { startBackends } from './index.mjs';
import { openWebUiOf } from './open-webui.mjs';

const wanted = process.argv.slice(2);
const environments = wanted.length > 0 ? wanted : ['phase2-kind', 'aks-production'];
const folders = [];
const log = (line) => console.log(`     ${line}`);

/** What Open WebUI's variables name and nothing here asks: its edge, its database. */
function leaveOutTheRest(addresses) {
  addresses.keep('chat.company.com', 'openwebui.local', 'openwebui-pg-prod.postgres.database.azure.com');
  addresses.networks({ '10.225.8.0/24': '127.0.0.1' });
}

for (const environment of environments) {
  console.log(`== ${environment}`);
  const folder = mkdtempSync(join(tmpdir(), `e2e-${environment}-`));
  folders.push(folder);
  let backends;
  await check('every program starts with what is rendered, and its probes pass', async () => {
    backends = await startBackends({ environment, folder, log });
    process.once('exit', () => backends.cluster.programs.killAll());
    return backends.names.join(', ');
  });
  if (!backends) break;
  leaveOutTheRest(backends.cluster.addresses);
  const openWebUi = openWebUiOf(backends.cluster);
  await checkModels(backends, openWebUi);
  if (backends.names.includes('claude-service')) await checkSessions(backends, openWebUi);
  if (backends.names.includes('mcp-proxy')) await checkTools(backends, openWebUi);
  await checkMetrics(backends);
  await checkRedis(backends, openWebUi);
  await checkDrain(backends, openWebUi);
  await backends.stop();
}
finish();
for (const folder of folders) {
  if (process.exitCode === 0) rmSync(folder, { recursive: true, force: true });
  else console.log(`logs: ${folder}/logs`);
}
