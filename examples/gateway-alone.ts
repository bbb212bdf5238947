// The MCP gateway alone, beside an Open WebUI that a Helm chart installed in the namespace `chat`.
import { App, Chart } from 'cdk8s';
import { McpProxy, Platform, TenantConfig } from 'cdk8s-open-webui';

const app = new App();
Platform.kubernetes().attach(app);
const chart = new Chart(app, 'tools', { namespace: 'chat', disableResourceNameHashes: true });

const tenants = new TenantConfig(chart, 'tenants', {
  tenants: [
    {
      tenantId: 'finance',
      displayName: 'Finance',
      mcpEndpoint: 'https://mcp.finance.company.com/mcp',
      allowedUsers: ['*@company.com'],
      allowedGroups: ['finance-tools'],
      credential: { key: 'FINANCE_TOKEN' },
    },
  ],
});
const gateway = new McpProxy(chart, 'mcp-proxy', {
  tenants,
  replicas: 1,
  // Built from services/mcp-proxy of this repository.
  image: 'registry.company.com/mcp-proxy:0.1.0',
});

// The pods that the official chart makes may call it, and nobody else.
gateway.allowFrom(
  {
    namespaceLabels: { 'kubernetes.io/metadata.name': 'chat' },
    podLabels: { 'app.kubernetes.io/component': 'open-webui' },
  },
  'Open WebUI',
  'http',
  'tools',
);

app.synth();

// What that Open WebUI needs in `extraEnvVars`, besides the keys from the Secret mcp-proxy-secrets (docs/api.md, McpProxy).
console.log(`TOOL_SERVER_CONNECTIONS=${gateway.toolServerConnection}`);
