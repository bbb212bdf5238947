// What is measured: this gateway, the least that Node can do, and a gateway of the SDK.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { freePort, listensWithin, until } from './measure.mjs';
import { callBody } from './peers.mjs';
import { gatewayVariables, TENANTS, TOOLS_PER_TENANT } from './world.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.join(here, '../../..');

const PLAIN = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** Builds the gateway and the programs of the bench; gives where each is. */
export async function prepare(folder) {
  execFileSync('npm', ['run', '--silent', 'build', '-w', 'services/mcp-proxy'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const outdir = path.join(root, '.build/mcp-proxy-bench');
  const names = ['upstream', 'load', 'raw-pipe', 'sdk-gateway'];
  const entryPoints = names.map((name) => path.join(here, 'programs', `${name}.ts`));
  await build({ entryPoints, outdir, bundle: true, platform: 'node', target: 'node20', logLevel: 'error' });
  fs.mkdirSync(path.join(folder, 'secrets'));
  return (name) => path.join(outdir, `${name}.js`);
}

/** Starts the tenants' servers, all in one process; `counts` tells how often they were asked for what. */
export async function startUpstreams(programs, file) {
  const program = programs.start('upstream', process.execPath, [file], {
    SERVERS: String(TENANTS),
    TOOLS: String(TOOLS_PER_TENANT),
  });
  const { ports } = await until(program, 10, async () => JSON.parse(program.said()));
  const counts = async () => (await fetch(`http://127.0.0.1:${ports[0]}/count`)).json();
  return { program, ports, counts };
}

/** Starts this gateway; gives also how long it took to listen. */
export async function startGateway(programs, tenants) {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const file = path.join(root, 'services/mcp-proxy/dist/main.js');
  const from = performance.now();
  const program = programs.start(
    'this gateway',
    process.execPath,
    [file],
    gatewayVariables(programs.folder, tenants, port, metricsPort),
  );
  const milliseconds = await listensWithin(program, port, from);
  return { program, milliseconds, url: `http://127.0.0.1:${port}/mcp` };
}

/** Starts one of the small gateways of bench/programs. */
export async function startSmall(programs, name, file, upstream) {
  const port = await freePort();
  const program = programs.start(name, process.execPath, [file], { PORT: String(port), UPSTREAM: upstream });
  await listensWithin(program, port, performance.now());
  return { program, url: `http://127.0.0.1:${port}/mcp`, callers: [PLAIN], body: callBody('echo') };
}
