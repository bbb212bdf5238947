// The programs under test, each a process of its own: the fake Messages API and the built service.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const service = join(dirname(fileURLToPath(import.meta.url)), '..');
const started = [];
export const SERVICE_KEY = 'bench-key';

/** Starts both. Answers their addresses and the process id of the service. */
export async function startPrograms() {
  const main = join(service, 'dist/main.js');
  if (!existsSync(main)) {
    throw new Error('services/claude-service/dist/main.js is missing: run npm run build -w services/claude-service');
  }
  const folder = mkdtempSync(join(tmpdir(), 'claude-bench-'));
  process.on('exit', () => {
    for (const child of started) {
      child.kill('SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const fakeProgram = join(folder, 'fake-anthropic.js');
  const entryPoints = [join(service, 'fake-anthropic/cli.ts')];
  await build({ entryPoints, outfile: fakeProgram, bundle: true, platform: 'node', logLevel: 'warning' });
  const [fakePort, port, metricsPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const fake = `http://127.0.0.1:${fakePort}`;
  start([fakeProgram, '--port', String(fakePort)], {});
  const child = start([main], {
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    LOG_LEVEL: 'warn',
    CLAUDE_SERVICE_KEY: SERVICE_KEY,
    TRUST_PLAIN_USER_HEADERS: 'true',
    ANTHROPIC_API_KEY: 'bench',
    ANTHROPIC_BASE_URL: fake,
    DATA_PATH: join(folder, 'data'),
    WORKSPACES_PATH: join(folder, 'workspaces'),
    PERSONAS_PATH: join(folder, 'personas'),
    MAX_LIVE_SESSIONS: '1000',
    RATE_LIMIT_PER_USER_PER_MINUTE: '100000',
    MAX_BUDGET_USD_PER_USER_PER_DAY: '10000',
    ...(process.env.BENCH_DATABASE_URL ? { DATABASE_URL: process.env.BENCH_DATABASE_URL } : {}),
  });
  const url = `http://127.0.0.1:${port}`;
  await Promise.all([untilOk(`${fake}/_counted`), untilOk(`${url}/ready`)]);
  return { fake, url, metrics: `http://127.0.0.1:${metricsPort}/metrics`, pid: child.pid };
}

/** The most memory that a process has held. Unit: MiB. */
export function peakMemory(pid) {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function start(argv, env) {
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.push(child);
  return child;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function untilOk(url) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} is not ready after 20 seconds`);
}
