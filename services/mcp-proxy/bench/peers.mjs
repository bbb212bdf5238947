// The two gateways from PyPI, before the same upstream. Each is given what makes it fast: one process, little logging.

import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import path from 'node:path';
import { freePort, until } from './measure.mjs';

const SECRET = 'bench-secret-0123456789-abcdefghijklmnop';

/** Folders of the peers that are installed, by their name; what cannot be had is told on stderr by the installer. */
export function installPeers(root) {
  const { stdout } = spawnSync(path.join(root, '.ci/install-mcp-peers.sh'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')),
  );
}

/** Starts mcpo; gives the program and how its tool is called. */
export async function startMcpo(programs, home, upstream) {
  const port = await freePort();
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--api-key',
    SECRET,
    '--log-level',
    'ERROR',
    '--server-type',
    'streamable-http',
    '--',
    upstream,
  ];
  const program = programs.start('mcpo 0.0.20', path.join(home, 'bin/mcpo'), args);
  const url = `http://127.0.0.1:${port}/echo`;
  await until(program, 30, async () => (await fetch(`http://127.0.0.1:${port}/openapi.json`)).ok);
  const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' };
  return { program, url, callers: [headers], body: JSON.stringify({ text: 'hello' }) };
}

/** Starts ContextForge on SQLite, registers the upstream and gives the program and how its tool is called. */
export async function startContextForge(programs, home, upstream) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const program = programs.start(
    'ContextForge 1.0.7',
    path.join(home, 'bin/mcpgateway'),
    ['--host', '127.0.0.1', '--port', String(port)],
    {
      DATABASE_URL: `sqlite:///${path.join(programs.folder, 'contextforge.db')}`,
      CACHE_TYPE: 'memory',
      MCPGATEWAY_UI_ENABLED: 'false',
      MCPGATEWAY_ADMIN_API_ENABLED: 'true',
      JWT_SECRET_KEY: SECRET,
      AUTH_ENCRYPTION_SECRET: SECRET,
      PLATFORM_ADMIN_PASSWORD: 'Bench-Password-0123!',
      BASIC_AUTH_PASSWORD: 'Bench-Password-0123!',
      SSRF_ALLOW_LOCALHOST: 'true',
      SSRF_ALLOW_PRIVATE_NETWORKS: 'true',
      PLUGINS_ENABLED: 'false',
      RATE_LIMITING_ENABLED: 'false',
      TOOL_RATE_LIMIT: '1000000',
      LOG_LEVEL: 'ERROR',
    },
  );
  const headers = {
    authorization: `Bearer ${adminToken()}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  await until(program, 90, async () => (await fetch(`${origin}/health`)).ok);
  const registered = await fetch(`${origin}/gateways`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'bench', url: upstream, transport: 'STREAMABLEHTTP' }),
  });
  if (!registered.ok) throw new Error(`ContextForge takes no upstream: ${await registered.text()}`);
  return { program, url: `${origin}/mcp/`, callers: [headers], body: callBody('bench-echo') };
}

/** A call of the tool as an MCP client sends it. */
export const callBody = (name) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { text: 'hello' } } });

function adminToken() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: 'admin@example.com',
    iat: now,
    exp: now + 3600,
    iss: 'mcpgateway',
    aud: 'mcpgateway-api',
    jti: 'bench',
    is_admin: true,
    teams: null,
  };
  const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${unsigned}.${createHmac('sha256', SECRET).update(unsigned).digest('base64url')}`;
}
