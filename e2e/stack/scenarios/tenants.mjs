// The first plan's Task 8: who sees the tools of which tenant, in the chat and at the gateway itself.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVERYBODY, whoAmI } from '../administration.mjs';
import { EMPLOYEES } from '../people.mjs';
import { REPOSITORY } from '../rendered.mjs';
import { signed } from '../tokens.mjs';
import { api, ask, newChat, useTool } from '../webui.mjs';
import { MODEL } from './accounts.mjs';

export const title = 'tenants and their tools';
export const needs = ['accounts'];

const CONNECTION = 'MCP Proxy Gateway';
const BRIDGE = 'MCP Proxy Bridge';
/** A tool of each tenant that needs no arguments to be asked for. */
const TOOLS = { google: 'get-env', microsoft: 'list_allowed_directories' };

export async function run(context) {
  const { check, shared } = context;
  await connection(context);
  await nativeTools(context);
  await check(
    'an administrator sees the tools of all tenants',
    async () => {
      const tools = await offeredTools(context, shared.productionAdmin);
      assert.deepEqual(tenantsOf(tools), ['github', 'google', 'microsoft']);
    },
    shared.productionAdmin,
  );
  await installBridge(context);
  for (const [tenant, other] of [
    ['google', 'microsoft'],
    ['microsoft', 'google'],
  ]) {
    await bridge(context, tenant, other);
    await gateway(context, tenant, other);
  }
}

/** The first plan's Task 6: the gateway is registered, and the button "Verify Connection" is content. */
async function connection({ check, shared }) {
  await check('the gateway is registered by the manifest, and the connection verifies', async () => {
    const admin = shared.productionAdmin;
    const { body } = await api(admin, '/api/v1/configs/tool_servers');
    const [found, ...others] = body.TOOL_SERVER_CONNECTIONS;
    assert.deepEqual([found.info.name, found.type, others.length], [CONNECTION, 'mcp', 0]);
    const verified = await api(admin, '/api/v1/configs/tool_servers/verify', { method: 'POST', body: found });
    assert.equal(verified.status, 200, JSON.stringify(verified.body));
    // Open WebUI does not say who asks when it verifies: the key is right, and a key alone sees no tool.
    assert.deepEqual(verified.body, { status: true, specs: [] });
  });
}

/** The connection of type MCP that the manifest sets up. */
async function nativeTools(context) {
  const { check, shared } = context;
  for (const [tenant, { name }] of Object.entries(EMPLOYEES)) {
    await check(
      `${name} is offered the tools of ${tenant} and no others`,
      async () => {
        assert.deepEqual(tenantsOf(await offeredTools(context, shared[tenant])), [tenant]);
      },
      shared[tenant],
    );
  }
  await check(
    'a tool runs in the chat, and its result is in the page',
    async () => {
      const { google } = shared;
      const script = [
        { tools: [{ name: 'mcp_google_echo', input: { message: 'a heron of Google' } }] },
        { text: 'Done.' },
      ];
      const { text } = await say(context, google, CONNECTION, script);
      assert.match(text, /Done\./);
      await google.page.getByText('View Result from mcp_google_echo').first().click();
      await google.page.getByText('Echo: a heron of Google').first().waitFor();
      await google.picture('tool');
    },
    shared.google,
  );
  await check(
    'a model that names a tool of another tenant gets nothing from it',
    async () => {
      const script = [{ tools: [{ name: 'mcp_microsoft_list_allowed_directories', input: {} }] }, { text: 'Done.' }];
      await say(context, shared.google, CONNECTION, script);
      const results = await toolResults(context);
      assert.doesNotMatch(results, /Allowed directories/);
      await shared.google.picture('foreign-tool');
    },
    shared.google,
  );
}

/** The tool of the first plan, which an administrator installs by hand. */
async function installBridge({ stack, check, shared }) {
  await check('the administrator installs the bridge tool', async () => {
    const content = readFileSync(join(REPOSITORY, 'open-webui-functions/mcp_proxy_bridge.py'), 'utf8');
    const body = {
      id: 'mcp_proxy_bridge',
      name: BRIDGE,
      content,
      meta: { description: BRIDGE },
      access_grants: EVERYBODY,
    };
    const made = await api(shared.productionAdmin, '/api/v1/tools/create', { method: 'POST', body });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const valves = { gateway_url: stack.backends.url('mcp-proxy') };
    const path = '/api/v1/tools/id/mcp_proxy_bridge/valves/update';
    const set = await api(shared.productionAdmin, path, { method: 'POST', body: valves });
    assert.equal(set.status, 200, JSON.stringify(set.body));
  });
}

async function bridge(context, tenant, other) {
  const { check, shared } = context;
  const { name } = EMPLOYEES[tenant];
  const script = [
    { tools: [{ name: 'mcp_list_tools', input: {} }] },
    { tools: [{ name: 'mcp_execute', input: { tool_name: `${other}_${TOOLS[other]}`, arguments: {} } }] },
    { tools: [{ name: 'mcp_execute', input: { tool_name: `${tenant}_${TOOLS[tenant]}`, arguments: {} } }] },
    { text: 'Done.' },
  ];
  await check(
    `${name}, with the bridge: a list of ${tenant} only, "Access Denied" for ${other}`,
    async () => {
      await say(context, shared[tenant], BRIDGE, script);
      const [list, denied, allowed] = JSON.parse(await toolResults(context));
      assert.match(list, new RegExp(`${tenant}_${TOOLS[tenant]}`));
      assert.doesNotMatch(list, new RegExp(`${other}_|github_`));
      assert.match(denied, /Access Denied/);
      assert.doesNotMatch(allowed, /Access Denied|Tool Not Found|failed/);
      await shared[tenant].page
        .getByText(/^Explored/)
        .first()
        .click();
      await shared[tenant].page.getByText('View Result from mcp_execute').first().click();
      await shared[tenant].page.getByText('Access Denied').first().waitFor();
      await shared[tenant].picture('access-denied');
    },
    shared[tenant],
  );
}

/** The gateway with the user's signed token, as Open WebUI sends it. */
async function gateway({ stack, check, shared }, tenant, other) {
  const { email, name, group } = EMPLOYEES[tenant];
  const { id, role } = await whoAmI(shared[tenant]);
  const url = stack.backends.url('mcp-proxy');
  const secret = (key) => stack.backends.secret('open-webui-secrets', key);
  const headers = {
    authorization: `Bearer ${secret('MCP_PROXY_API_KEY')}`,
    'x-openwebui-user-jwt': signed({ sub: id, email, name, role }, secret('FORWARD_USER_INFO_HEADER_JWT_SECRET')),
    'x-openwebui-user-groups': group,
    'content-type': 'application/json',
  };
  await check(`the gateway, asked as ${name}: lists ${tenant}, denies ${other}`, async () => {
    const tools = await (await fetch(`${url}/tools`, { headers })).text();
    assert.ok(tools.includes(`${tenant}_${TOOLS[tenant]}`) && !tools.includes(`${other}_`), tools.slice(0, 300));
    const call = (tool) => fetch(`${url}/${tool}`, { method: 'POST', headers, body: '{}' });
    const denied = await call(`${other}_${TOOLS[other]}`);
    assert.equal(denied.status, 403);
    assert.match(await denied.text(), /Access Denied/);
    assert.equal((await call(`${tenant}_${TOOLS[tenant]}`)).status, 200);
  });
  await check(`the gateway, asked as ${name} without the group: nothing`, async () => {
    const without = { ...headers, 'x-openwebui-user-groups': '' };
    const tools = await (await fetch(`${url}/tools`, { headers: without })).text();
    assert.ok(!tools.includes(`${tenant}_`), tools.slice(0, 300));
  });
}

/** A question in a new chat that the model answers as the script says. */
async function say({ stack }, person, tool, script) {
  await newChat(person, { url: stack.edge.url, model: MODEL });
  await useTool(person, tool);
  return ask(person, `Use the tools.\nfake: ${JSON.stringify(script)}`);
}

/** The names of the gateway's tools that the model is told about. */
async function offeredTools(context, person) {
  await say(context, person, CONNECTION, [{ text: 'I see.' }]);
  const { body } = (await context.stack.backends.model.requests()).filter((one) => one.body?.tools?.length > 0).at(-1);
  return body.tools.map(({ name }) => name).filter((name) => name.startsWith('mcp_'));
}

const tenantsOf = (tools) => [...new Set(tools.map((name) => name.split('_')[1]))].sort();

/** What the tools of the newest chat answered, as the model was told: a JSON list of texts. */
async function toolResults({ stack }) {
  const { body } = (await stack.backends.model.requests()).filter((one) => one.body?.tools?.length > 0).at(-1);
  const results = body.messages
    .flatMap(({ content }) => (Array.isArray(content) ? content : []))
    .filter(({ type }) => type === 'tool_result')
    .map(({ content }) => (typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('')));
  return JSON.stringify(results);
}
