import { GATEWAY_KEY, GatewayProcess, TOKEN_SECRET } from '../../services/mcp-proxy/test/fixtures/gateway-process';
import { ScriptedUpstream, tool } from '../../services/mcp-proxy/test/fixtures/scripted-upstream';
import { type BridgeCall, bridgePython, runBridge } from './bridge-runner';

// The bridge in front of the built gateway: both ends as they are deployed.

// The first run installs the packages of Python.
jest.setTimeout(180_000);

let python: string;
let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  python = bridgePython();
  upstream = await ScriptedUpstream.start({ tools: [tool('echo', 'Says it again'), tool('files/read')] });
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'github', display_name: 'GitHub', mcp_endpoint: upstream.url, allowed_groups: ['Köche'] },
      { tenant_id: 'jira', mcp_endpoint: `${upstream.url}/jira`, allowed_groups: ['others'] },
    ],
  });
});

afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

function run(calls: BridgeCall[], { groups = 'Köche', secret = TOKEN_SECRET, key = GATEWAY_KEY } = {}) {
  const user = { id: 'u-1', name: 'Älice', email: 'alice@example.com', role: 'user' };
  return runBridge(
    python,
    { valves: { gateway_url: gateway.url, api_key: key }, user, calls },
    { FORWARD_USER_INFO_HEADER_JWT_SECRET: secret, GROUPS_OF_THE_USER: groups },
  );
}

const execute = (tool_name: string, args: object = {}): BridgeCall => ['mcp_execute', { tool_name, arguments: args }];

test('lists what the user may use and runs it', async () => {
  const [tools, tenants, result] = await run([
    ['mcp_list_tools', {}],
    ['mcp_tenants', {}],
    execute('github_echo', { text: 'hällo' }),
  ]);
  expect(tools).toContain('github_echo');
  expect(tools).toContain('Says it again');
  expect(tools).not.toContain('jira');
  expect(tenants).toContain('GitHub');
  expect(tenants).not.toContain('jira');
  expect(result).toContain('hällo');
});

test('runs every tool that it lists, one with a slash in its name too', async () => {
  const [tools, result] = await run([['mcp_list_tools', {}], execute('github_files/read', { text: 'hällo' })]);
  expect(tools).toContain('github_files/read');
  expect(result).toContain('hällo');
});

test('says Access Denied and Tool Not Found as the gateway means them', async () => {
  const said = await run([execute('jira_echo'), execute('nobody_echo'), execute('github_nothing')]);
  expect(said[0]).toMatch(/^Access Denied: /);
  expect(said[1]).toBe(said[0]);
  expect(said[2]).toMatch(/^Tool Not Found: github_nothing/);
});

test('a user without the group sees nothing', async () => {
  const [tools, result] = await run([['mcp_list_tools', {}], execute('github_echo')], { groups: '' });
  expect(tools).not.toContain('echo');
  expect(result).toMatch(/^Access Denied: /);
});

test('a wrong key or secret is the administrator’s matter', async () => {
  for (const wrong of [{ key: 'wrong' }, { secret: 'another-secret-of-sufficient-length-0123' }]) {
    expect((await run([['mcp_list_tools', {}]], wrong))[0]).toMatch(/an administrator must look at both secrets/);
  }
});
