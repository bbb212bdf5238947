// The official Inspector's command line as a client of the gateway.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildGateway, installTools, loadFixtures } from './fixtures.mjs';

const { GatewayProcess, startConformanceServer, headersOf } = await loadFixtures();
const tools = installTools();
const inspector = path.join(tools.home, 'node_modules/.bin/mcp-inspector');

let [passed, failed] = [0, 0];
function report(good, line, detail) {
  if (good) passed++;
  else failed++;
  console.log(`${good ? '  ok  ' : 'FAILED'} ${line}${good ? '' : `:\n${detail}`}`);
}

/** Runs the Inspector once; gives its exit code and what it printed. */
async function inspect(url, headers, ...args) {
  const sent = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const child = spawn(tools.node, [inspector, '--cli', url, '--transport', 'http', ...sent, ...args], {
    timeout: 60_000,
    env: { PATH: `${tools.home}:${process.env.PATH}`, HOME: tools.home },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [status] = await once(child, 'close');
  return { status, stdout, output: `${stdout}${stderr}` };
}

const upstream = await startConformanceServer();
const gateway = await GatewayProcess.start({
  program: buildGateway(),
  tenants: [{ tenant_id: 'suite', mcp_endpoint: upstream.url, allowed_groups: ['testers'] }],
});
const headersFor = (user) => {
  const { authorization, 'x-openwebui-user-jwt': token, 'x-openwebui-user-groups': groups } = headersOf(user);
  return {
    Authorization: authorization,
    'X-OpenWebUI-User-Jwt': token,
    ...(groups ? { 'X-OpenWebUI-User-Groups': groups } : {}),
  };
};
const alice = headersFor({ email: 'alice@example.com', groups: ['testers'] });
const mallory = headersFor({ email: 'mallory@example.com' });
const all = `${gateway.url}/mcp`;
try {
  const listed = await inspect(all, alice, '--method', 'tools/list');
  report(
    listed.status === 0 && JSON.parse(listed.stdout).tools.some(({ name }) => name === 'suite_test_simple_text'),
    'tools/list at /mcp',
    listed.output,
  );
  const called = await inspect(all, alice, '--method', 'tools/call', '--tool-name', 'suite_test_simple_text');
  report(
    called.status === 0 && called.stdout.includes('This is a simple text response'),
    'tools/call at /mcp',
    called.output,
  );
  const own = await inspect(
    `${all}/suite`,
    alice,
    '--method',
    'tools/call',
    '--tool-name',
    'test_parameter_header',
    '--tool-arg',
    'region=eu-west',
  );
  report(
    own.status === 0 && own.stdout.includes('eu-west'),
    'tools/call with an argument at /mcp/{tenant}',
    own.output,
  );
  const prompts = await inspect(`${all}/suite`, alice, '--method', 'prompts/list');
  report(
    prompts.status === 0 && prompts.stdout.includes('test_simple_prompt'),
    'prompts/list at /mcp/{tenant}',
    prompts.output,
  );
  const resources = await inspect(`${all}/suite`, alice, '--method', 'resources/list');
  report(
    resources.status === 0 && resources.stdout.includes('test://static-text'),
    'resources/list at /mcp/{tenant}',
    resources.output,
  );
  const hidden = await inspect(all, mallory, '--method', 'tools/call', '--tool-name', 'suite_test_simple_text');
  report(
    hidden.status !== 0 && !hidden.output.includes('simple text response'),
    'no call for a user without the group',
    hidden.output,
  );
  const stranger = await inspect(all, {}, '--method', 'tools/list');
  report(stranger.status !== 0 && !stranger.output.includes('suite_'), 'nothing for a stranger', stranger.output);
} finally {
  await gateway.stop();
  await upstream.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
