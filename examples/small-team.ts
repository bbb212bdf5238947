// One release for a small team: Open WebUI with its models behind LiteLLM, one replica, SQLite in a volume.
import { App, Chart, Size } from 'cdk8s';
import { LiteLlmGateway, OpenWebUiRelease, Platform, UserRole, WorkspaceNamespace } from 'cdk8s-open-webui';

const app = new App();
Platform.kubernetes().attach(app);
const chart = new Chart(app, 'small-team', { namespace: 'team-chat', disableResourceNameHashes: true });
new WorkspaceNamespace(chart, 'namespace', { name: 'team-chat' }).attach(chart);

const litellm = new LiteLlmGateway(chart, 'litellm', {
  models: [
    { name: 'claude-sonnet-5-5', model: 'anthropic/claude-sonnet-5-5', apiKey: 'ANTHROPIC_API_KEY' },
    { name: 'claude-haiku-5-5', model: 'anthropic/claude-haiku-5-5', apiKey: 'ANTHROPIC_API_KEY' },
  ],
});

const webui = new OpenWebUiRelease(chart, 'open-webui', {
  adminEmail: 'lead@team.company.com',
  signIn: { signup: true, defaultRole: UserRole.PENDING },
  edge: {
    host: 'chat.team.company.com',
    sharedGateway: { name: 'company', namespace: 'gateway-system', sectionName: 'https' },
  },
  storage: { size: Size.gibibytes(5) },
});
webui.useModels(litellm);

app.synth();
