// The bundles as processes, and the official client against them.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '../../services/claude-service/dist');
export const MODEL = 'claude-amber-session';
const KEY = 'e2e-service-key';
const SECRET = 'e2e-secret-that-signs-users';
export const MODEL_KEY = 'sk-e2e-model-key';
const running = new Set();

/** Ports that were free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startFake() {
  const port = await freePort();
  const child = launch('fake-anthropic.js', ['--port', String(port)], {});
  const url = `http://127.0.0.1:${port}`;
  await until('the fake answers', () => fetch(`${url}/_counted`).then((response) => response.ok));
  const read = async (path) => (await fetch(`${url}/${path}`)).json();
  return { url, child, counted: () => read('_counted'), requests: () => read('_requests') };
}

/** One replica, ready; `env` over what all have. */
export async function startService(env) {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const service = launch('main.js', [], {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    CLAUDE_SERVICE_KEY: KEY,
    FORWARD_USER_INFO_HEADER_JWT_SECRET: SECRET,
    ANTHROPIC_API_KEY: MODEL_KEY,
    PERSONAS_PATH: '/nonexistent',
    RATE_LIMIT_PER_USER_PER_MINUTE: '10000',
    MAX_BUDGET_USD_PER_USER_PER_DAY: '1000',
    ...env,
  });
  service.url = `http://127.0.0.1:${port}`;
  service.metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  service.sessions = async (user) =>
    (await (await fetch(`${service.url}/v1/sessions`, { headers: headersOf(user) })).json()).data;
  service.status = async (path) => (await fetch(service.url + path)).status;
  await until('the service is ready', async () => (await service.status('/ready')) === 200);
  return service;
}

/** Runs the bundle to its end. */
export async function runService(args, env) {
  const program = launch('main.js', args, { PATH: process.env.PATH, ...env });
  const code = await program.ended;
  return { code, ...program.output };
}

function launch(file, args, env) {
  const child = spawn(process.execPath, [join(DIST, file), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  running.add(child);
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  void ended.then(() => running.delete(child));
  return { child, output, ended, kill: (signal) => child.kill(signal) };
}

export function stopAll() {
  for (const child of running) child.kill('SIGKILL');
}

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'claude-service-e2e-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function userToken(id) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    sub: id,
    email: `${id}@example.com`,
    name: id,
    role: 'user',
    iss: 'open-webui',
    iat,
    exp: iat + 300,
  };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

export function headersOf(user, chat) {
  return {
    authorization: `Bearer ${KEY}`,
    'content-type': 'application/json',
    'x-openwebui-user-jwt': userToken(user),
    ...(chat ? { 'x-openwebui-chat-id': chat } : {}),
  };
}

/** The official client. */
export function clientOf(service, user, chat) {
  return new OpenAI({
    baseURL: `${service.url}/v1`,
    apiKey: KEY,
    maxRetries: 0,
    defaultHeaders: headersOf(user, chat),
  });
}

/** A question that scripts the answers of the fake model. */
export const script = (...replies) => `fake: ${JSON.stringify(replies)}`;

/** Asks and does not wait for the answer. */
export async function begin(service, user, chat, content, signal) {
  const body = JSON.stringify({ model: MODEL, stream: true, messages: [{ role: 'user', content }] });
  const url = `${service.url}/v1/chat/completions`;
  const response = await fetch(url, { method: 'POST', headers: headersOf(user, chat), body, signal });
  return { status: response.status, text: await response.text() };
}

/** Asks with the whole chat, as Open WebUI does, and answers with the text. */
export async function ask(service, user, chat, said) {
  const messages = said.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
  const answer = await clientOf(service, user, chat).chat.completions.create({ model: MODEL, messages });
  return { text: answer.choices[0].message.content, usage: answer.usage };
}

export async function until(what, check, limitMs = 60_000) {
  const begin = Date.now();
  for (;;) {
    if (await Promise.resolve(check()).catch(() => false)) return Date.now() - begin;
    if (Date.now() - begin > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await setTimeout(20);
  }
}

/** Whether any process has this word among its arguments. */
export function runsCommand(word) {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}
