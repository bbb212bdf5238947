// scripts/load-test.js by the real k6, for seconds instead of minutes: on the gateway, the Claude service and the fake
// Messages API on loopback. It has to pass there, and to fail when something is broken on purpose. An Open WebUI that
// runs on this machine is loaded too when WEBUI_URL, WEBUI_TOKENS and MODEL name it, as for the script; else a stand-in.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildBundles, repository } from '../../scripts/demo/bundles.mjs';
import { Programs } from '../../scripts/demo/programs.mjs';
import { startStack } from '../../scripts/demo/stack.mjs';
import { startStandIn } from './open-webui-stand-in.mjs';

const TOKEN = 'key-of-a-user';
const THRESHOLDS_CROSSED = 99;
const SCRIPT_FAILED = 107;
/** This is not about speed, and other work may go on beside it. */
const PATIENCE = { HEALTH_MS: 20_000, TOOLS_MS: 20_000, CALL_MS: 20_000, FIRST_BYTE_MS: 30_000 };

const k6 = execFileSync(path.join(repository, '.ci/install-k6.sh'), {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
}).trim();
const folder = mkdtempSync(path.join(tmpdir(), 'load-'));
const programs = new Programs(folder);
const { WEBUI_URL, WEBUI_TOKENS, MODEL } = process.env;
let standIn;
let [passed, failed] = [0, 0];

async function check(name, run) {
  const begin = Date.now();
  try {
    const remark = await run();
    passed++;
    console.log(`  ok   ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)${remark ? `: ${remark}` : ''}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}

/** Runs the script as the plan does, by --vus and --duration. Gives the exit code, the output and the figures. */
async function load(variables, { users = 2, seconds = 2 } = {}) {
  const report = path.join(folder, 'report.json');
  const flags = ['--no-usage-report', '--no-color', '--quiet', '--summary-export', report];
  const size = ['--vus', String(users), '--duration', `${seconds}s`];
  const settings = Object.entries({ PAUSE_SECONDS: '0.2', ...PATIENCE, ...variables }).flatMap(([name, value]) => [
    '-e',
    `${name}=${value}`,
  ]);
  const script = path.join(repository, 'scripts/load-test.js');
  const child = spawn(k6, ['run', ...flags, ...size, ...settings, script], {
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  const { metrics } = code === SCRIPT_FAILED ? { metrics: {} } : JSON.parse(readFileSync(report, 'utf8'));
  const crossed = Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).flatMap(([limit, isCrossed]) => (isCrossed ? [`${metric} ${limit}`] : [])),
  );
  return { code, output, metrics, crossed };
}

/** The run has to fail by these parts, and by no others. */
async function fails(variables, ...parts) {
  const { code, output, crossed } = await load(variables);
  assert.equal(code, THRESHOLDS_CROSSED, `exit code ${code}:\n${output}`);
  const blamed = new Set(crossed.map((limit) => /part:(\w+)/.exec(limit)?.[1]));
  assert.deepEqual([...blamed].sort(), [...parts].sort(), `crossed: ${crossed.join(', ')}`);
  return crossed.join(', ');
}

try {
  await buildBundles(console.log);
  console.log('starting the gateway, the Claude service and the fake model');
  const { gateway, claude, fakeUrl, tokenSecret } = await startStack({
    programs,
    folder,
    say: (line) => console.log(`  ${line}`),
    variables: { RATE_LIMIT_PER_USER_PER_MINUTE: '10000', ALLOWED_HOSTS: 'mcp-proxy,127.0.0.1' },
  });
  const forward = (body) =>
    fetch(`${claude.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${claude.key}`, 'content-type': 'application/json' },
      body,
    });
  if (WEBUI_URL === undefined) standIn = await startStandIn({ token: TOKEN, forward });
  const identity = { FORWARD_USER_INFO_HEADER_JWT_SECRET: tokenSecret, USER_EMAIL: 'load-%@google.com' };
  const atGateway = { ...identity, GATEWAY_URL: gateway.url, MCP_PROXY_API_KEY: gateway.key };
  const atClaude = { ...identity, CLAUDE_URL: claude.url, CLAUDE_SERVICE_KEY: claude.key };
  const call = { TOOL: 'google_get-sum', TOOL_ARGUMENTS: '{"a":17,"b":25}' };
  const atWebui = standIn
    ? { WEBUI_URL: standIn.url, WEBUI_TOKENS: TOKEN, MODEL: 'claude-amber-session' }
    : { WEBUI_URL, WEBUI_TOKENS, MODEL };

  await check('5 users for 10 seconds: tools, calls and sessions stay within the limits', async () => {
    const { code, output, metrics } = await load({ ...atGateway, ...call, ...atClaude }, { users: 5, seconds: 10 });
    assert.equal(code, 0, output);
    for (const part of ['health', 'chat']) assert.match(output, new RegExp(`Left out: ${part}, without WEBUI_URL`));
    const figures = ['tools', 'call', 'session'].map((part) => {
      const { count } = metrics[`http_reqs{part:${part}}`];
      assert.ok(count >= 5, `${part}: ${count}`);
      return `${count} × ${part}, 95 % within ${metrics[`http_req_duration{part:${part}}`]['p(95)'].toFixed(0)} ms`;
    });
    return figures.join('; ');
  });
  await check(
    `health and chats at ${standIn ? "Open WebUI's stand-in" : 'Open WebUI'} stay within the limits`,
    async () => {
      const { code, output, metrics } = await load(atWebui);
      assert.equal(code, 0, output);
      assert.ok(metrics['http_reqs{part:chat}'].count >= 2);
      assert.match(output, /Loaded: health, chat\./);
    },
  );
  await check('without any address it says what to set', async () => {
    const { code, output } = await load({});
    assert.equal(code, SCRIPT_FAILED);
    assert.match(output, /There is nothing to load: set WEBUI_URL, GATEWAY_URL or CLAUDE_URL/);
  });
  await check('a gateway that takes only some names is asked under the one that it is told', async () => {
    const { code, output } = await load({ ...atGateway, GATEWAY_HOST: 'mcp-proxy' });
    assert.equal(code, 0, output);
    return fails({ ...atGateway, GATEWAY_HOST: 'elsewhere' }, 'tools');
  });
  await check('it fails with a wrong key of the gateway', () =>
    fails({ ...atGateway, MCP_PROXY_API_KEY: 'wrong' }, 'tools'),
  );
  await check('it fails for users who may use no tenant: an empty list is no success', () =>
    fails({ ...atGateway, USER_EMAIL: 'load-%@elsewhere.com' }, 'tools'),
  );
  await check('it fails when it is slower than the limit', () => fails({ ...atGateway, TOOLS_MS: '0.001' }, 'tools'));
  await check('it fails with a wrong key of Open WebUI', () => fails({ ...atWebui, WEBUI_TOKENS: 'wrong' }, 'chat'));
  const rules = (replies) =>
    fetch(`${fakeUrl}/_script`, { method: 'POST', body: JSON.stringify(replies === undefined ? [] : [{ replies }]) });
  await check('it fails when the model breaks off in the middle of each answer', async () => {
    await rules([
      { text: 'This answer does not come to its end, however often it is asked for.', errorAfterPieces: 2 },
    ]);
    const crossed = await fails(atClaude, 'session');
    await rules();
    return crossed;
  });
  await check("it fails when a tenant's server is away, by the calls alone", async () => {
    await programs.end('everything');
    return fails({ ...atGateway, ...call }, 'call');
  });
  await check('it fails when the Claude service is away', async () => {
    await programs.end('claude-service');
    return fails(atClaude, 'session');
  });
} finally {
  await standIn?.close();
  await programs.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (standIn)
  console.log('LEFT OUT: load on Open WebUI itself (a stand-in answered): set WEBUI_URL, WEBUI_TOKENS and MODEL');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
