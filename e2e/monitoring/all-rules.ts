// Prints every rule that a workspace with all programs has, as a rules file of Prometheus.
import { type ApiObject, App, Chart } from 'cdk8s';
import { dump } from 'js-yaml';
import {
  ClaudeService,
  LiteLlmGateway,
  McpProxy,
  Monitoring,
  OAuthProvider,
  OAuthSidecar,
  OpenWebUiRelease,
  Platform,
  TenantConfig,
} from '../../constructs';

const chart = new Chart(new App(), 'all', { namespace: 'team-a', disableResourceNameHashes: true });
Platform.kubernetes().attach(chart);
const monitoring = new Monitoring(chart, 'monitoring');
const release = new OpenWebUiRelease(chart, 'open-webui', { edge: { host: 'chat.company.com' } });
new OAuthSidecar(release, 'oauth-sidecar', {
  release,
  provider: OAuthProvider.oidc({ issuerUrl: 'https://login.company.com', clientId: 'open-webui' }),
});
monitoring.watch(release);
monitoring.watch(new ClaudeService(chart, 'claude-service'));
monitoring.watch(new LiteLlmGateway(chart, 'litellm', { models: [], metrics: true }));
monitoring.watch(new McpProxy(chart, 'mcp-proxy', { tenants: new TenantConfig(chart, 'tenants', { tenants: [] }) }));
// Only the rules: the programs around them are not complete.
const alerts = monitoring.node.findChild('Alerts') as ApiObject;
process.stdout.write(dump(alerts.toJson().spec, { lineWidth: -1 }));
