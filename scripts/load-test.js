/*
 * Load on a running workspace, for k6 2: 100 users for five minutes.
 *
 *   k6 run -e WEBUI_URL=https://chat.company.com -e WEBUI_TOKENS="$KEY" scripts/load-test.js
 *   k6 run --vus 20 --duration 1m … scripts/load-test.js          fewer users, less time
 *
 * A part runs when its variables are set; the others are named at the start as left out.
 *
 *   health    WEBUI_URL                    GET /health, without a sign-in
 *   chat      WEBUI_URL, WEBUI_TOKENS      a streamed answer of MODEL through Open WebUI. Tokens: API keys or session
 *                                          tokens, with commas between them; the users share them
 *   tools     GATEWAY_URL, MCP_PROXY_API_KEY, FORWARD_USER_INFO_HEADER_JWT_SECRET
 *                                          the list of tools at the MCP gateway, each user as somebody else
 *   call      those of tools, and TOOL     a call of that tool with TOOL_ARGUMENTS: choose one that changes nothing
 *   session   CLAUDE_URL, CLAUDE_SERVICE_KEY, FORWARD_USER_INFO_HEADER_JWT_SECRET
 *                                          a streamed turn of CLAUDE_MODEL, straight at the Claude service
 *
 *   USERS 100, DURATION 5m                 as --vus and --duration
 *   PAUSE_SECONDS 5                        between what a user does, half as much to half as much again
 *   MODEL claude-haiku-5-5, CLAUDE_MODEL claude-amber-session, PROMPT "Answer with the one word ready."
 *   USER_EMAIL load-%@company.com          of the users at the gateway and the Claude service; % is their number
 *   USER_GROUPS                            their groups, with commas between them
 *   TOOL_ARGUMENTS {}                      as JSON
 *   GATEWAY_HOST                           name under which the gateway is asked, where it takes only some: mcp-proxy
 *   WEBUI_COOKIE                           the proxy's cookie, where one stands before Open WebUI for the sign-in
 *
 * It fails (exit code 99) when of a part nothing was asked, more than 1 % went wrong, or 95 % took longer than
 *   HEALTH_MS 500, TOOLS_MS 500, CALL_MS 3000, FIRST_BYTE_MS 5000 and ANSWER_MS 60000 (chat and session).
 *
 * Chats and sessions ask real models, which cost money: 100 users ask a thousand times and more in five minutes.
 */

import { check, sleep } from 'k6';
import crypto from 'k6/crypto';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';

const setting = (name, otherwise = '') => __ENV[name] || otherwise;
const baseUrl = (name) => setting(name).replace(/\/+$/, '');

const JWT_SECRET = 'FORWARD_USER_INFO_HEADER_JWT_SECRET';
const NEEDS = {
  health: ['WEBUI_URL'],
  chat: ['WEBUI_URL', 'WEBUI_TOKENS'],
  tools: ['GATEWAY_URL', 'MCP_PROXY_API_KEY', JWT_SECRET],
  call: ['GATEWAY_URL', 'MCP_PROXY_API_KEY', JWT_SECRET, 'TOOL'],
  session: ['CLAUDE_URL', 'CLAUDE_SERVICE_KEY', JWT_SECRET],
};
const missing = (part) => NEEDS[part].filter((name) => setting(name) === '');
const parts = Object.keys(NEEDS).filter((part) => missing(part).length === 0);
if (parts.length === 0) {
  throw new Error('There is nothing to load: set WEBUI_URL, GATEWAY_URL or CLAUDE_URL, see the head of load-test.js.');
}

const pauseSeconds = Number(setting('PAUSE_SECONDS', '5'));
const question = setting('PROMPT', 'Answer with the one word ready.');
const toolArguments = JSON.parse(setting('TOOL_ARGUMENTS', '{}'));
const webuiTokens = setting('WEBUI_TOKENS').split(',');

function thresholds() {
  const longest = (name, otherwise) => [`p(95)<${Number(setting(name, otherwise))}`];
  const answer = {
    http_req_waiting: longest('FIRST_BYTE_MS', '5000'),
    http_req_duration: longest('ANSWER_MS', '60000'),
  };
  const times = {
    health: { http_req_duration: longest('HEALTH_MS', '500') },
    tools: { http_req_duration: longest('TOOLS_MS', '500') },
    call: { http_req_duration: longest('CALL_MS', '3000') },
    chat: answer,
    session: answer,
  };
  const limits = parts.flatMap((part) =>
    Object.entries({ http_reqs: ['count>0'], checks: ['rate>0.99'], ...times[part] }).map(([metric, limit]) => [
      `${metric}{part:${part}}`,
      limit,
    ]),
  );
  return Object.fromEntries(limits);
}

export const options = {
  vus: Number(setting('USERS', '100')),
  duration: setting('DURATION', '5m'),
  thresholds: thresholds(),
  userAgent: 'cdk8s-open-webui-load-test',
};

export function setup() {
  console.log(`Loaded: ${parts.join(', ')}.`);
  for (const part of Object.keys(NEEDS)) {
    if (missing(part).length > 0) console.log(`Left out: ${part}, without ${missing(part).join(' and ')}.`);
  }
}

const RUN = { health, chat, tools, call, session };

/** What one user does, over and over. */
export default function () {
  for (const part of parts) {
    RUN[part](part);
    sleep(pauseSeconds * (0.5 + Math.random()));
  }
}

function health(part) {
  const response = http.get(`${baseUrl('WEBUI_URL')}/health`, { headers: cookie(), tags: { part } });
  judge(part, response, { 'is well': ({ status, body }) => status === 200 && /"status":\s*true/.test(body) });
}

function chat(part) {
  const token = webuiTokens[exec.vu.idInTest % webuiTokens.length].trim();
  const headers = { Authorization: `Bearer ${token}`, ...cookie() };
  ask(part, `${baseUrl('WEBUI_URL')}/api/chat/completions`, setting('MODEL', 'claude-haiku-5-5'), headers);
}

function session(part) {
  // A chat of its own for each turn: two turns of one chat at the same time are refused.
  const headers = {
    ...identity('CLAUDE_SERVICE_KEY'),
    'X-OpenWebUI-Chat-Id': `load-${exec.vu.idInTest}-${Date.now()}`,
  };
  ask(part, `${baseUrl('CLAUDE_URL')}/v1/chat/completions`, setting('CLAUDE_MODEL', 'claude-amber-session'), headers);
}

function ask(part, url, model, headers) {
  const body = { model, stream: true, messages: [{ role: 'user', content: question }] };
  const response = post(part, url, headers, body, '180s');
  judge(part, response, {
    'answers with a stream': ({ status, body: text }) => status === 200 && /"content":\s*"[^"]/.test(text),
    'ends the stream without an error': ({ body: text }) => /data: \[DONE\]\s*$/.test(text) && !/"error":/.test(text),
  });
}

function tools(part) {
  const response = rpc(part, 'tools/list', {});
  judge(part, response, { 'lists tools': ({ body }) => resultOf(body).tools?.length > 0 });
}

function call(part) {
  const response = rpc(part, 'tools/call', { name: setting('TOOL'), arguments: toolArguments });
  const good = ({ content, isError }) => content !== undefined && isError !== true;
  judge(part, response, { 'answers the call': ({ body }) => good(resultOf(body)) });
}

function rpc(part, method, params) {
  const host = setting('GATEWAY_HOST') === '' ? {} : { Host: setting('GATEWAY_HOST') };
  const headers = { ...identity('MCP_PROXY_API_KEY'), ...host, Accept: 'application/json' };
  const body = { jsonrpc: '2.0', id: exec.vu.iterationInInstance, method, params };
  return post(part, `${baseUrl('GATEWAY_URL')}/mcp`, headers, body, '60s');
}

function resultOf(text) {
  try {
    return JSON.parse(text).result || {};
  } catch {
    return {};
  }
}

function post(part, url, headers, body, timeout) {
  const all = { 'Content-Type': 'application/json', ...headers };
  return http.post(url, JSON.stringify(body), { headers: all, tags: { part }, timeout });
}

const told = new Set();

/** Counts what went well; each user says once for each part what the first fault was. */
function judge(part, response, wishes) {
  // A connection that was refused has no body.
  const answer = { status: response.status, body: response.body || '' };
  const good = check(answer, wishes, { part });
  if (good || told.has(part)) return;
  told.add(part);
  console.error(`${part}: ${response.error || `status ${answer.status}: ${answer.body.slice(-300)}`}`);
}

function cookie() {
  return setting('WEBUI_COOKIE') === '' ? {} : { Cookie: setting('WEBUI_COOKIE') };
}

/** Who calls, as Open WebUI says it: its key, and the token that it signs for the user. */
function identity(key) {
  const email = setting('USER_EMAIL', 'load-%@company.com').replace('%', exec.vu.idInTest);
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sub: email, email, name: email, role: 'user', iss: 'open-webui', iat, exp: iat + 60 };
  const part = (value) => encoding.b64encode(JSON.stringify(value), 'rawurl');
  const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return {
    Authorization: `Bearer ${setting(key)}`,
    'X-OpenWebUI-User-Jwt': `${unsigned}.${crypto.hmac('sha256', setting(JWT_SECRET), unsigned, 'base64rawurl')}`,
    'X-OpenWebUI-User-Groups': setting('USER_GROUPS'),
  };
}
