// The gateway with two MCP servers, and the Claude service with the fake Messages API, on free ports of the loopback.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundles } from './bundles.mjs';
import { freePort } from './programs.mjs';

const require = createRequire(import.meta.url);
/** The bridge that the construct McpServer puts in front of a server that speaks stdio only. */
const bridgeFile = () => path.join(path.dirname(require.resolve('mcp-proxy/package.json')), 'dist/bin/mcp-proxy.mjs');
const serverFile = (name) => require.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`);
const TOKEN_SECONDS = 86_400;

/**
 * Starts all of it; `say` gets a word about each program that is ready. `rules` script the fake model, `variables` are
 * for both services. Gives where the services are, with their keys, and the secret that signs users' tokens.
 */
export async function startStack({ programs, folder, rules = [], variables = {}, say = () => {} }) {
  const secret = () => randomBytes(24).toString('base64url');
  const [gatewayKey, claudeKey, tokenSecret, modelKey] = [secret(), secret(), secret(), secret()];
  const shared = {
    HOST: '127.0.0.1',
    SHUTDOWN_GRACE_SECONDS: '2',
    FORWARD_USER_INFO_HEADER_JWT_SECRET: tokenSecret,
    FORWARD_USER_INFO_HEADER_JWT_EXPIRES_SECONDS: String(TOKEN_SECONDS),
  };

  async function mcpServer(name, ...args) {
    const port = await freePort();
    const bridge = ['--server', 'stream', '--host', '127.0.0.1', '--port', String(port), '--no-eventStore', '--'];
    programs.start(name, [bridgeFile(), ...bridge, process.execPath, serverFile(name), ...args]);
    await programs.ready(name, `http://127.0.0.1:${port}/ping`);
    say(`MCP server: server-${name}`);
    return `http://127.0.0.1:${port}/mcp`;
  }

  async function gateway(url) {
    // The gateway watches the folders of its tenants and of their credentials: no logs in them.
    const [files, config, secrets] = ['files', 'config', 'secrets'].map((name) => path.join(folder, name));
    for (const made of [files, config, secrets]) mkdirSync(made);
    writeFileSync(path.join(files, 'hello.txt'), "A file of Microsoft's tenant.\n");
    const [google, microsoft] = await Promise.all([mcpServer('everything'), mcpServer('filesystem', files)]);
    const tenants = [tenantOf('google', 'Google', google), tenantOf('microsoft', 'Microsoft', microsoft)];
    const byId = Object.fromEntries(tenants.map((tenant) => [tenant.tenant_id, tenant]));
    writeFileSync(path.join(config, 'tenants.json'), JSON.stringify(byId));
    programs.start('gateway', [bundles.gateway], {
      ...shared,
      PORT: new URL(url).port,
      METRICS_PORT: '0',
      MCP_PROXY_API_KEY: gatewayKey,
      TENANT_CONFIG_PATH: config,
      SECRETS_PATH: secrets,
      ...variables,
    });
    await programs.ready('gateway', `${url}/ready`);
    say('MCP gateway, two tenants');
    return { url, key: gatewayKey };
  }

  async function fakeAnthropic(url) {
    const script = path.join(folder, 'rules.json');
    writeFileSync(script, JSON.stringify(rules));
    programs.start('fake-anthropic', [
      bundles.fakeAnthropic,
      // A key may begin with a dash.
      ...['--port', new URL(url).port, `--key=${modelKey}`, '--script', script],
    ]);
    await programs.ready('fake-anthropic', `${url}/_counted`);
    say("fake model with Anthropic's API");
  }

  async function claude(gatewayUrl, modelUrl) {
    const port = await freePort();
    programs.start('claude-service', [bundles.claude], {
      ...shared,
      PORT: String(port),
      METRICS_PORT: '0',
      CLAUDE_SERVICE_KEY: claudeKey,
      ANTHROPIC_API_KEY: modelKey,
      ANTHROPIC_BASE_URL: modelUrl,
      DATA_PATH: path.join(folder, 'data'),
      WORKSPACES_PATH: path.join(folder, 'workspaces'),
      PERSONAS_PATH: path.join(folder, 'personas'),
      MCP_PROXY_URL: `${gatewayUrl}/mcp`,
      MCP_PROXY_API_KEY: gatewayKey,
      ...variables,
    });
    const url = `http://127.0.0.1:${port}`;
    await programs.ready('claude-service', `${url}/ready`);
    say('Claude service, with its embedded database');
    return { url, key: claudeKey };
  }

  const [gatewayUrl, fakeUrl] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const stillWaiting = setInterval(() => say(`still waiting for ${programs.waiting.join(', ')}`), 3_000);
  const [runningGateway, runningClaude] = await Promise.all([
    gateway(gatewayUrl),
    claude(gatewayUrl, fakeUrl),
    fakeAnthropic(fakeUrl),
  ]).finally(() => clearInterval(stillWaiting));
  return { gateway: runningGateway, claude: runningClaude, fakeUrl, tokenSecret };
}

const tenantOf = (tenant_id, display_name, mcp_endpoint) => ({
  tenant_id,
  display_name,
  mcp_endpoint,
  enabled: true,
  allowed_users: [`*@${tenant_id}.com`],
});

/** The token that Open WebUI signs for a user. */
export function userToken(email, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sub: email, email, name: email, role: 'user', iss: 'open-webui', iat, exp: iat + TOKEN_SECONDS };
  const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
}
