// Made-up identities and missing keys at every port of the first plan.
import assert from 'node:assert/strict';
import pg from 'pg';
import { whoAmI } from '../administration.mjs';
import { FORGED } from '../forged.mjs';
import { ADMIN, EMPLOYEES } from '../people.mjs';
import { askEdge, cookieHeader, say } from '../raw.mjs';
import { signed } from '../tokens.mjs';

export const title = 'bypass attempts and forged identities';
export const needs = ['accounts'];

export async function run({ stack, check, shared }) {
  const { edge, backends, addresses, pods } = stack;
  const { google } = shared;
  const key = backends.secret('open-webui-secrets', 'MCP_PROXY_API_KEY');
  const gateway = backends.url('mcp-proxy');

  await check('forged headers make nobody: at the edge and at the pod', async () => {
    for (const path of ['/api/v1/auths/', '/api/models', '/api/v1/users/']) {
      assert.equal((await askEdge(edge, path, { headers: FORGED })).status, 401, path);
      const direct = await fetch(`http://${pods[0].address}:8080${path}`, { headers: FORGED });
      assert.equal(direct.status, 401, path);
    }
  });
  await check('nor somebody else of who is signed in', async () => {
    const token = await google.page.evaluate(() => localStorage.token);
    const headers = { ...FORGED, cookie: await cookieHeader(google, edge.url), authorization: `Bearer ${token}` };
    const me = JSON.parse((await askEdge(edge, '/api/v1/auths/', { headers })).text);
    assert.deepEqual([me.email, me.role], [EMPLOYEES.google.email, 'user']);
    assert.equal((await whoAmI(google)).role, 'user');
  });
  await check('a token that somebody signs with another key is refused', async () => {
    const authorization = `Bearer ${signed({ id: '1', role: 'admin' }, 'guessed')}`;
    assert.equal((await askEdge(edge, '/api/v1/auths/', { headers: { authorization } })).status, 401);
  });

  await check('the gateway answers nobody without its key', async () => {
    for (const headers of [{}, { authorization: 'Bearer guessed' }, FORGED]) {
      for (const path of ['/tools', '/tenants', '/openapi.json', '/mcp']) {
        assert.equal((await fetch(gateway + path, { headers })).status, 401, path);
      }
    }
  });
  await check('nor who has its key and makes up a user', async () => {
    const claims = { sub: '1', email: ADMIN, name: 'Ada', role: 'admin' };
    const secret = backends.secret('open-webui-secrets', 'FORWARD_USER_INFO_HEADER_JWT_SECRET');
    const old = Math.floor(Date.now() / 1000) - 4000;
    const attempts = {
      'plain headers': FORGED,
      'another key': { 'x-openwebui-user-jwt': signed(claims, 'guessed') },
      'another issuer': { 'x-openwebui-user-jwt': signed({ ...claims, iss: 'mallory' }, secret) },
      expired: { 'x-openwebui-user-jwt': signed({ ...claims, iat: old, exp: old + 300 }, secret) },
    };
    for (const [what, headers] of Object.entries(attempts)) {
      const response = await fetch(`${gateway}/tools`, { headers: { ...headers, authorization: `Bearer ${key}` } });
      assert.ok([401, 403].includes(response.status), `${what}: ${response.status}`);
    }
  });
  await check('a key without a user sees no tools, whatever stands in the address', async () => {
    const headers = { authorization: `Bearer ${key}` };
    const tools = await fetch(`${gateway}/tools?user_email=${ADMIN}&role=admin`, { headers });
    assert.doesNotMatch(await tools.text(), /google_|microsoft_|github_/);
    const call = await fetch(`${gateway}/google_get-env?user_email=${ADMIN}`, { method: 'POST', headers, body: '{}' });
    assert.ok([401, 403].includes(call.status), `a call answers ${call.status}`);
  });
  await check('LiteLLM answers nobody without its key', async () => {
    for (const headers of [{}, { authorization: 'Bearer sk-guessed' }, FORGED]) {
      const { status } = await fetch(`${backends.url('litellm')}/v1/models`, { headers });
      assert.ok(status >= 400 && status < 500, `answers ${status}`);
    }
  });
  await check('Redis answers nobody without its password', async () => {
    assert.match(await say(addresses.service('redis', 6379), 'KEYS *\r\n'), /NOAUTH/);
  });
  await check('the database takes its user over TLS only, and with the password only', async () => {
    const { username, password } = new URL(stack.secrets['open-webui-secrets'].DATABASE_URL);
    const client = { host: addresses.another('database'), user: username, database: 'openwebui', password };
    const tls = { rejectUnauthorized: false };
    assert.equal(await selectOne({ ...client, ssl: tls }), 1);
    await assert.rejects(selectOne({ ...client, ssl: false }), /Connection terminated/);
    await assert.rejects(selectOne({ ...client, ssl: tls, password: 'guessed' }), /password authentication failed/);
  });
}

async function selectOne(options) {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...options });
  try {
    await client.connect();
    return (await client.query('SELECT 1 AS one')).rows[0].one;
  } finally {
    await client.end().catch(() => undefined);
  }
}
