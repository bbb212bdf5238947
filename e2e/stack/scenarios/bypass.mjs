// Ways around the sign-in, and identities that somebody makes up: at the edge and at every port of the pods.
import assert from 'node:assert/strict';
import { whoAmI } from '../administration.mjs';
import { FORGED } from '../forged.mjs';
import { ADMIN, GRACE } from '../people.mjs';
import { askEdge, cookieHeader, say } from '../raw.mjs';
import { signed } from '../tokens.mjs';

export const title = 'bypass attempts and forged identities';
export const needs = ['sign-in'];

export async function run({ stack, check, shared }) {
  const { edge, pods, backends } = stack;
  const { grace } = shared;
  const [pod] = pods;

  await check('Open WebUI itself cannot be reached beside its proxy', async () => {
    await assert.rejects(fetch(`http://${pod.address}:8080/health`), 'port 8080 of the pod answers');
  });
  await check('forged headers do not open the edge', async () => {
    assert.equal((await askEdge(edge, '/', { headers: FORGED })).status, 302);
    for (const path of ['/api/v1/auths/', '/api/models', '/api/v1/users/']) {
      assert.equal((await askEdge(edge, path, { headers: FORGED })).status, 401, path);
    }
    const signIn = {
      method: 'POST',
      headers: { ...FORGED, 'content-type': 'application/json' },
      body: { email: '', password: '' },
    };
    assert.equal((await askEdge(edge, '/api/v1/auths/signin', signIn)).status, 401);
  });
  await check('nor the port of the proxy; the port of its measurements shows nothing else', async () => {
    const proxied = await fetch(`http://${pod.address}:4180/api/v1/auths/`, { headers: FORGED });
    assert.equal(proxied.status, 401);
    const measured = await fetch(`http://${pod.address}:44180/api/v1/auths/`, { headers: FORGED });
    assert.match(await measured.text(), /^# HELP /);
  });
  await check('paths that look like probes or the sign-in lead nowhere else', async () => {
    for (const path of [
      '/ping/../api/models',
      '/ready/../api/models',
      '/oauth2/../api/models',
      '//api/models',
      '/%61pi/models',
      '/oauth2/auth',
    ]) {
      const { status, text } = await askEdge(edge, path);
      assert.ok([301, 302, 307, 308, 401, 403, 404].includes(status), `${path} answers ${status}`);
      assert.doesNotMatch(text, /claude-/, path);
    }
  });
  await check("a token of the app alone, without the proxy's session, opens nothing", async () => {
    const token = await grace.page.evaluate(() => localStorage.token);
    const headers = { authorization: `Bearer ${token}`, cookie: `token=${token}` };
    assert.equal((await askEdge(edge, '/api/v1/auths/', { headers })).status, 401);
  });
  await check('who is signed in stays who they are, whatever headers they send', async () => {
    const cookie = await cookieHeader(grace, edge.url);
    const token = await grace.page.evaluate(() => localStorage.token);
    const headers = { ...FORGED, cookie, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const me = JSON.parse((await askEdge(edge, '/api/v1/auths/', { headers })).text);
    assert.deepEqual([me.email, me.role], [GRACE, 'user']);
    const again = await askEdge(edge, '/api/v1/auths/signin', {
      method: 'POST',
      headers,
      body: { email: '', password: '' },
    });
    const signedIn = JSON.parse(again.text);
    assert.deepEqual([again.status, signedIn.email, signedIn.role], [200, GRACE, 'user']);
    assert.equal((await askEdge(edge, '/api/v1/users/', { headers })).status, 401, 'the list of users');
    assert.equal((await whoAmI(grace)).role, 'user');
  });
  await check('nobody registers or signs in with a password beside the provider', async () => {
    const cookie = await cookieHeader(grace, edge.url);
    const headers = { cookie, 'content-type': 'application/json' };
    const body = { email: 'new@company.com', name: 'New', password: 'long-enough-password' };
    const { status } = await askEdge(edge, '/api/v1/auths/signup', { method: 'POST', headers, body });
    assert.ok([400, 401, 403].includes(status), `signing up answers ${status}`);
  });

  await check('LiteLLM answers nobody without its key', async () => {
    for (const headers of [{}, { authorization: 'Bearer sk-guessed' }, FORGED]) {
      for (const path of ['/v1/models', '/v1/messages', '/health', '/key/info']) {
        const { status } = await fetch(`${backends.url('litellm')}${path}`, { headers });
        assert.ok(status >= 400 && status < 500, `${path} answers ${status}`);
      }
    }
  });
  await check('the Claude service answers nobody without its key', async () => {
    const url = `${backends.url('claude-service')}/v1/models`;
    for (const headers of [{}, { authorization: 'Bearer guessed' }, FORGED]) {
      assert.equal((await fetch(url, { headers })).status, 401);
    }
  });
  await check('nor who has its key and makes up a user', async () => {
    const key = backends.secret('claude-service-secrets', 'CLAUDE_SERVICE_KEY');
    const forgedToken = signed({ sub: '1', email: ADMIN, name: 'Ada', role: 'admin' }, 'guessed-secret');
    for (const headers of [{ ...FORGED }, { 'x-openwebui-user-jwt': forgedToken }]) {
      const response = await fetch(`${backends.url('claude-service')}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          ...headers,
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'x-openwebui-chat-id': 'c1',
        },
        body: JSON.stringify({ model: 'claude-amber-session', messages: [{ role: 'user', content: 'Who am I?' }] }),
      });
      assert.ok([400, 401, 403].includes(response.status), `answers ${response.status}`);
    }
  });
  await check('Redis answers nobody without its password', async () => {
    assert.match(await say(stack.addresses.service('redis', 6379), 'KEYS *\r\n'), /NOAUTH/);
  });
}
