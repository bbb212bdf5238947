import type { EnvironmentVariables } from '../platform/environment-variables';
import type { IModelProvider } from '../platform/model-provider';
import type { IToolServer } from '../platform/tool-server';

/**
 * The app's connections to models. Lists of addresses and keys run in parallel; a key is expanded from a variable of
 * its own, so that no value stands in the manifest.
 */
export function setModelConnections(env: EnvironmentVariables, providers: readonly IModelProvider[]): void {
  const keyName = (index: number) => `OPENAI_API_KEY_${index}`;
  providers.forEach((provider, index) => {
    env.setSecret(keyName(index), provider.apiKey);
  });
  env.set('OPENAI_API_BASE_URLS', providers.map(({ apiBaseUrl }) => apiBaseUrl).join(';'));
  env.set('OPENAI_API_KEYS', providers.map((_, index) => `$(${keyName(index)})`).join(';'));
  const configs = providers.map((provider, index) => {
    const headers = headersFor(provider);
    return [String(index), { enable: true, ...(Object.keys(headers).length > 0 ? { headers } : {}) }];
  });
  env.set('OPENAI_API_CONFIGS', JSON.stringify(Object.fromEntries(configs)));
}

/** What the app says of a request besides the chat's id, which it always sends. Source: its `utils/headers.py`. */
const SESSION_HEADERS = {
  // With the tools of the MCP gateway a session acts as its user, whose groups the signed token does not name.
  'x-openwebui-user-groups': '{{USER_GROUPS}}',
  'x-openwebui-task': '{{TASK}}',
  'x-openwebui-message-id': '{{MESSAGE_ID}}',
  'x-openwebui-user-message-parent-id': '{{USER_MESSAGE_PARENT_ID}}',
};

function headersFor({ userHeader, servesSessions }: IModelProvider): { [name: string]: string } {
  return { ...(userHeader ? { [userHeader]: '{{USER_ID}}' } : {}), ...(servesSessions ? SESSION_HEADERS : {}) };
}

/** The app's connections to tool servers. */
export function setToolConnections(env: EnvironmentVariables, servers: readonly IToolServer[]): void {
  servers.forEach((server, index) => {
    env.setSecret(toolKeyName(index), server.apiKey);
  });
  env.set('TOOL_SERVER_CONNECTIONS', toolConnections(servers));
}

/**
 * The value of TOOL_SERVER_CONNECTIONS. Its connections are of the type `mcp`: only those list tools per user.
 * Everybody may use them; the gateway decides who sees which tool. Source: Open WebUI's config.py.
 */
export function toolConnections(servers: readonly IToolServer[]): string {
  const connections = servers.map((server, index) => ({
    type: 'mcp',
    url: server.mcpUrl,
    path: '',
    auth_type: 'bearer',
    key: `$(${toolKeyName(index)})`,
    headers: { [server.groupsHeader]: '{{USER_GROUPS}}' },
    config: {
      enable: true,
      function_name_filter_list: '',
      access_grants: [{ principal_type: 'user', principal_id: '*', permission: 'read' }],
    },
    info: { id: server.toolServerId, name: server.title, description: '' },
  }));
  return JSON.stringify(connections);
}

function toolKeyName(index: number): string {
  return index === 0 ? 'MCP_PROXY_API_KEY' : `MCP_PROXY_API_KEY_${index}`;
}
