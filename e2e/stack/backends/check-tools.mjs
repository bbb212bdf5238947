// The gateway with the rendered tenants, asked as Open WebUI asks it, and as people ask who want more than their own.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { check } from '../../claude-service/suite.mjs';
import { until } from '../programs.mjs';
import { plainHeaders, userToken } from './open-webui.mjs';

const GOOGLE = { id: 'g-1', email: 'greta@google.com', groups: ['google-employees'] };
const MICROSOFT = { id: 'm-1', email: 'milo@microsoft.com', groups: ['microsoft-employees'] };
const DEVELOPER = { id: 'd-1', email: 'dora@company.com', groups: ['developers'] };
const BOTH = { ...GOOGLE, id: 'b-1', groups: ['google-employees', 'developers'] };
const ADMIN = { id: 'a-1', email: 'admin@company.com', role: 'admin' };
const NOBODY = [
  ['without a group', { ...GOOGLE, groups: [] }],
  ['of the group, with another address', { ...GOOGLE, email: 'greta@google.com.evil.com' }],
  ['of the address, with another group', { ...GOOGLE, groups: ['microsoft-employees'] }],
];
const DENIED = /Access Denied/;

export async function checkTools(backends, { tools: [connection], secret }) {
  const base = backends.url('mcp-proxy');
  const headersOf = (person) => connection.headers({ person, chatId: 'chat-1' });
  const listFor = (person) => as(person, async (client) => (await client.listTools()).tools.map(({ name }) => name));
  const tenantsOf = (names) => [...new Set(names.map((name) => name.split('_')[0]))].sort();

  /** Runs `use` with the official client, connected for this person as Open WebUI does for each question. */
  async function as(person, use, { mode = 'auto', url = connection.url } = {}) {
    const client = new Client({ name: 'open-webui', version: '0.12.4' }, { versionNegotiation: { mode } });
    const { 'Content-Type': _, ...headers } = headersOf(person);
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }
  const call = (person, name, args = {}, options) =>
    as(person, (client) => client.callTool({ name, arguments: args }), options);

  await check('Open WebUI finds the gateway where it is told to', () => assert.equal(connection.url, `${base}/mcp`));

  for (const [person, expected] of [
    [GOOGLE, ['google']],
    [MICROSOFT, ['microsoft']],
    [DEVELOPER, ['github']],
    [BOTH, ['github', 'google']],
    [ADMIN, ['github', 'google', 'microsoft']],
  ]) {
    await check(
      `${person.email} (${person.groups ?? 'administrator'}) lists the tools of ${expected.join(', ')} only`,
      async () => {
        const names = await listFor(person);
        assert.deepEqual(tenantsOf(names), expected);
        const old = await as(person, async (client) => (await client.listTools()).tools.map(({ name }) => name), {
          mode: 'legacy',
        });
        assert.deepEqual(old, names, 'the older protocol shows others');
        return `${names.length} tools`;
      },
    );
  }

  for (const [who, person] of NOBODY) {
    await check(`somebody ${who} lists no tool of Google's`, async () => {
      assert.ok(!tenantsOf(await listFor(person)).includes('google'));
      await assert.rejects(call(person, 'google_echo', { message: 'x' }), DENIED);
    });
  }

  await check("a person's own tools work, each at the tenant's own server", async () => {
    const echo = await call(GOOGLE, 'google_echo', { message: 'hello from Google' });
    assert.match(JSON.stringify(echo.content), /hello from Google/);
    const volume = backends.resolved('mcp-filesystem').container.folders['/data'];
    writeFileSync(join(volume, 'report.txt'), 'the numbers of Microsoft\n');
    const file = { path: join(volume, 'report.txt') };
    const read = await call(MICROSOFT, 'microsoft_read_text_file', file);
    assert.match(JSON.stringify(read.content), /the numbers of Microsoft/);
    const written = { path: join(volume, 'note.txt'), content: 'kept' };
    await call(MICROSOFT, 'microsoft_write_file', written);
    assert.equal(readFileSync(written.path, 'utf8'), 'kept');
    const outside = await call(MICROSOFT, 'microsoft_read_text_file', { path: '/etc/passwd' });
    assert.equal(outside.isError, true);
    const hub = await call(DEVELOPER, 'github_echo', { message: 'hello from GitHub' });
    assert.match(JSON.stringify(hub.content), /hello from GitHub/);
  });

  await check('another tenant\'s tool is "Access Denied", and one that does not exist is answered alike', async () => {
    for (const [person, existing] of [
      [GOOGLE, 'microsoft_read_text_file'],
      [MICROSOFT, 'google_echo'],
      [DEVELOPER, 'google_echo'],
    ]) {
      const tenant = existing.split('_')[0];
      const wrong = await call(person, existing).catch((error) => error);
      const missing = await call(person, `${tenant}_does_not_exist`).catch((error) => error);
      assert.match(String(wrong.message), DENIED);
      assert.equal(missing.message.replace('does_not_exist', existing.split('_').slice(1).join('_')), wrong.message);
      const rest = await post(`${base}/${existing}`, headersOf(person), {});
      assert.equal(rest.status, 403);
      assert.match(rest.text, DENIED);
      const own = await post(`${base}/mcp/${tenant}`, headersOf(person), {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/list',
      });
      assert.equal(own.status, 403);
    }
    assert.match(JSON.stringify((await call(ADMIN, 'google_echo', { message: 'as admin' })).content), /as admin/);
  });

  await check('the list for the bridge, and its call, hold to the same rule', async () => {
    const { text } = await request('GET', `${base}/tools`, headersOf(GOOGLE));
    assert.match(text, /google_echo/);
    assert.doesNotMatch(text, /microsoft_|github_/);
    const called = await post(`${base}/google_echo`, headersOf(GOOGLE), { message: 'by REST' });
    assert.equal(called.status, 200);
    assert.match(called.text, /by REST/);
  });

  await check('forged, old and missing identities are refused', async () => {
    const { 'X-OpenWebUI-User-Jwt': _token, ...unsigned } = headersOf(GOOGLE);
    const { Authorization: _bearer, ...keyless } = headersOf(GOOGLE);
    const signedWith = (key, options) => ({ ...unsigned, 'X-OpenWebUI-User-Jwt': userToken(GOOGLE, key, options) });
    const admin = { ...GOOGLE, role: 'admin' };
    const cases = {
      'plain headers': { ...unsigned, ...plainHeaders(GOOGLE) },
      'plain headers of an administrator': { ...unsigned, ...plainHeaders(admin) },
      'groups alone': unsigned,
      'no bearer': keyless,
      'a token signed with another key': signedWith('another key'),
      'a token signed with the key of the sessions': signedWith(
        backends.secret('open-webui-secrets', 'WEBUI_SECRET_KEY'),
      ),
      'a token signed with the bearer': signedWith(connection.key),
      'an old token': signedWith(secret, { age: 4000 }),
      "another issuer's token": signedWith(secret, { issuer: 'somebody' }),
      'a token without a signature': { ...unsigned, 'X-OpenWebUI-User-Jwt': unsignedToken(admin, secret) },
      nothing: { 'Content-Type': 'application/json' },
    };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'google_echo', arguments: {} } };
    for (const [name, headers] of Object.entries(cases)) {
      const accept = { ...headers, Accept: 'application/json, text/event-stream' };
      for (const [path, sent] of [
        ['/mcp', body],
        ['/mcp/google', body],
        ['/google_echo', { message: 'x' }],
      ]) {
        const { status, text } = await post(base + path, accept, sent);
        // Who has the bearer and names nobody is a program without a tenant: it may speak, and use nothing.
        const isRefused = status === 401 || status === 403 || (name === 'groups alone' && DENIED.test(text));
        assert.ok(isRefused, `${name} at ${path}: ${status} ${text.slice(0, 200)}`);
      }
      const { status, text } = await request('GET', `${base}/tools`, accept);
      assert.ok(status !== 200 || name === 'groups alone', `${name} at /tools: ${status}`);
      assert.doesNotMatch(text, /google_|microsoft_|github_/);
    }
    return `${Object.keys(cases).length} ways at four doors`;
  });

  await check('no other key of the environment opens the gateway', async () => {
    for (const [name, keys] of Object.entries(backends.cluster.secrets)) {
      for (const [key, value] of Object.entries(keys).filter(([, one]) => one !== connection.key)) {
        const headers = { ...headersOf(GOOGLE), Authorization: `Bearer ${encodeURI(value)}` };
        const { status } = await request('GET', `${base}/tools`, headers);
        assert.equal(status, 401, `${name}/${key}`);
      }
    }
    const query = await request('GET', `${base}/tools?key=${connection.key}&user_email=${GOOGLE.email}`, {});
    assert.equal(query.status, 401);
  });

  await check('a foreign Host or Origin is refused', async () => {
    for (const more of [{ Host: 'evil.example' }, { Origin: 'https://evil.example' }]) {
      const { status } = await post(
        `${base}/mcp`,
        { ...headersOf(GOOGLE), ...more },
        { jsonrpc: '2.0', id: 1, method: 'ping' },
      );
      assert.equal(status, 403, JSON.stringify(more));
    }
  });

  await check("a tenant's server is told nothing of who asks, and only its own credential", async () => {
    const credential = `Bearer ${backends.secret('mcp-tenant-credentials', 'GITHUB_TOKEN')}`;
    for (const [tenant, url] of Object.entries(backends.toolServers)) {
      const seen = await (await fetch(`${url}/_seen`)).json();
      const calls = seen.filter(({ method }) => method === 'POST');
      assert.ok(calls.length > 0, `${tenant} was never asked`);
      for (const { headers } of calls) {
        const identity = Object.keys(headers).filter((name) => /openwebui|customer|cookie|forwarded/.test(name));
        assert.deepEqual(identity, [], tenant);
        assert.equal(headers.authorization, tenant === 'github' ? credential : undefined, tenant);
        assert.doesNotMatch(JSON.stringify(headers), /greta|google-employees|dora|eyJ/);
      }
    }
    const env = JSON.stringify(await call(GOOGLE, 'google_get-env'));
    for (const values of Object.values(backends.cluster.secrets)) {
      for (const value of Object.values(values)) assert.ok(!env.includes(value), 'a secret is in its variables');
    }
  });

  await check('its log names people and rules, never arguments, keys or tokens', async () => {
    await call(GOOGLE, 'google_echo', { message: 'the merger with Contoso' });
    const log = backends.output('mcp-proxy');
    assert.match(log, /greta@google\.com/);
    assert.doesNotMatch(log, /merger with Contoso|eyJ/);
    for (const values of Object.values(backends.cluster.secrets)) {
      for (const [key, value] of Object.entries(values)) assert.ok(!log.includes(value), key);
    }
  });

  await check('one tenant whose server dies takes no other with it', async () => {
    await backends.kill9('mcp-filesystem');
    const gone = await call(MICROSOFT, 'microsoft_list_allowed_directories').catch((error) => error);
    assert.ok(gone instanceof Error || gone.isError, JSON.stringify(gone));
    assert.match(JSON.stringify(await call(GOOGLE, 'google_echo', { message: 'still' })), /still/);
    assert.deepEqual(tenantsOf(await listFor(MICROSOFT)), ['microsoft'], 'the list is not kept');
    assert.equal(await backends.probe('mcp-proxy', 'liveness'), undefined);
    await backends.start('mcp-filesystem');
    await until('the tenant is back', () => call(MICROSOFT, 'microsoft_list_allowed_directories'), 45);
  });

  await check('after kill -9 the gateway is back with its first probe, and knows every tool', async () => {
    const before = await listFor(ADMIN);
    await backends.kill9('mcp-proxy');
    const began = Date.now();
    await backends.start('mcp-proxy');
    const took = Date.now() - began;
    await until('every tool is back', async () => (await listFor(ADMIN)).length === before.length, 20);
    return `${took} ms`;
  });

  await check('SIGTERM ends it with 0', async () => {
    assert.equal(await backends.end('mcp-proxy'), 0);
    await backends.start('mcp-proxy');
  });
}

/** `alg: none`, with the claims of an administrator. */
function unsignedToken(person, secret) {
  const [, claims] = userToken(person, secret).split('.');
  return `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
}

const post = (url, headers, body) => request('POST', url, headers, JSON.stringify(body));

/** With any Host, which fetch does not send. */
function request(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
