import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { environmentOf, render } from '../render';
import { Models, Tools } from './neighbours';

const variables = (declare: (release: OpenWebUiRelease) => void) =>
  environmentOf(
    render((scope) => {
      const release = new OpenWebUiRelease(scope, 'open-webui');
      declare(release);
    }).find('Deployment', 'open-webui').spec.template.spec.containers[0],
  );

describe('models', () => {
  const two = variables((release) => {
    release.useModels(new Models(release, 'pipelines'));
    release.useModels(new Models(release, 'litellm', 'x-litellm-customer-id'));
  });

  test('have an address and a key each, in parallel lists', () => {
    expect(two.OPENAI_API_BASE_URLS).toBe('http://pipelines:8000/v1;http://litellm:8000/v1');
    expect(two.OPENAI_API_KEYS).toBe('$(OPENAI_API_KEY_0);$(OPENAI_API_KEY_1)');
    expect(two).toMatchObject({
      OPENAI_API_KEY_0: 'pipelines-secrets/MASTER_KEY',
      OPENAI_API_KEY_1: 'litellm-secrets/MASTER_KEY',
    });
  });

  test('are asked in the name of the person where the gateway wants to know', () => {
    expect(JSON.parse(two.OPENAI_API_CONFIGS)).toEqual({
      0: { enable: true },
      1: { enable: true, headers: { 'x-litellm-customer-id': '{{USER_ID}}' } },
    });
  });

  test('stand in the order in which they were linked: the configurations are counted', () => {
    const turned = variables((release) => {
      release.useModels(new Models(release, 'litellm', 'x-litellm-customer-id'));
      release.useModels(new Models(release, 'pipelines'));
    });
    expect(turned.OPENAI_API_BASE_URLS).toBe('http://litellm:8000/v1;http://pipelines:8000/v1');
    expect(JSON.parse(turned.OPENAI_API_CONFIGS)[0]).toHaveProperty('headers');
  });
});

describe('tools', () => {
  const one = variables((release) => release.useTools(new Tools(release, 'mcp')));
  const [connection] = JSON.parse(one.TOOL_SERVER_CONNECTIONS);

  test('are of the type mcp, the only one that lists tools per person', () => {
    expect(connection).toMatchObject({ type: 'mcp', url: 'http://mcp:8000/mcp', path: '', auth_type: 'bearer' });
  });

  test('have a key that Kubernetes puts in: it stands in no manifest, and a token breaks no JSON', () => {
    expect(connection.key).toBe('$(MCP_PROXY_API_KEY)');
    expect(one.MCP_PROXY_API_KEY).toBe('mcp-secrets/MCP_PROXY_API_KEY');
  });

  test('learn the groups of who asks', () => {
    expect(connection.headers).toEqual({ 'X-OpenWebUI-User-Groups': '{{USER_GROUPS}}' });
  });

  test('are offered to everybody: without a grant only administrators see the connection', () => {
    expect(connection.config).toEqual({
      enable: true,
      function_name_filter_list: '',
      access_grants: [{ principal_type: 'user', principal_id: '*', permission: 'read' }],
    });
  });

  test('have an id that begins their names, and a name for people', () => {
    expect(connection.info).toEqual({ id: 'mcp', name: 'Tools of mcp', description: '' });
  });

  test('of several servers have a key each', () => {
    const several = variables((release) => {
      release.useTools(new Tools(release, 'a'));
      release.useTools(new Tools(release, 'b'));
    });
    const keys = JSON.parse(several.TOOL_SERVER_CONNECTIONS).map(({ key }: { key: string }) => key);
    expect(keys).toEqual(['$(MCP_PROXY_API_KEY)', '$(MCP_PROXY_API_KEY_1)']);
    expect(several).toMatchObject({
      MCP_PROXY_API_KEY: 'a-secrets/MCP_PROXY_API_KEY',
      MCP_PROXY_API_KEY_1: 'b-secrets/MCP_PROXY_API_KEY',
    });
  });
});

test('a gateway that is linked twice is one connection', () => {
  const twice = variables((release) => {
    const [models, tools] = [new Models(release, 'litellm'), new Tools(release, 'mcp')];
    for (let times = 0; times < 2; times++) {
      release.useModels(models);
      release.useTools(tools);
    }
  });
  expect(twice.OPENAI_API_BASE_URLS).toBe('http://litellm:8000/v1');
  expect(JSON.parse(twice.TOOL_SERVER_CONNECTIONS)).toHaveLength(1);
});

test('without models or tools none of it is written', () => {
  const names = Object.keys(variables(() => {}));
  expect(names.filter((name) => /OPENAI_API_(BASE|KEYS|CONFIGS)|TOOL_SERVER/.test(name))).toEqual([]);
});
