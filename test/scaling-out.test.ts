import { ClaudeService } from '../constructs/claude-service';
import { McpProxy } from '../constructs/mcp-proxy';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../constructs/open-webui-release';
import { PostgresSslMode } from '../constructs/platform/postgres';
import { TenantConfig } from '../constructs/tenant-config';
import { environmentOf, render } from './render';

// What docs/scaling-out.md promises and no other test says.

const DATABASE = {
  host: 'db.company.com',
  database: 'data',
  user: 'login',
  sslMode: PostgresSslMode.REQUIRE,
  maxConnections: 400,
};
const release = (props: OpenWebUiReleaseProps) =>
  render((scope) => new OpenWebUiRelease(scope, 'open-webui', { database: DATABASE, ...props }));

describe('a pool of nodes', () => {
  const nodeSelector = { pool: 'ai' };
  const tolerations = [{ key: 'ai', operator: 'Exists', effect: 'NoSchedule' }];

  test.each(['Deployment', 'Job'])('takes the pods of a %s of the release', (kind) => {
    const { spec } = release({ nodeSelector, tolerations }).find(kind).spec.template;
    expect(spec).toMatchObject({ nodeSelector, tolerations });
  });

  test('is nobody’s choice unless it is said', () => {
    const { spec } = release({}).find('Deployment').spec.template;
    expect(spec).not.toHaveProperty('nodeSelector');
    expect(spec).not.toHaveProperty('tolerations');
  });
});

describe('a sandbox runtime', () => {
  test.each(['Deployment', 'Job'])('runs the pods of a %s of the release', (kind) => {
    expect(release({ runtimeClassName: 'gvisor' }).find(kind).spec.template.spec.runtimeClassName).toBe('gvisor');
  });
});

describe('who did what is written down without being asked for', () => {
  test('by Open WebUI: every change, on standard output, without the bodies, which are chats', () => {
    const [container] = release({}).find('Deployment').spec.template.spec.containers;
    expect(environmentOf(container)).toMatchObject({
      AUDIT_LOG_LEVEL: 'METADATA',
      ENABLE_AUDIT_STDOUT: 'true',
      ENABLE_AUDIT_LOGS_FILE: 'false',
    });
  });

  test('by the gateway and the Claude service: at their own level of the log', () => {
    const rendered = render((scope) => {
      new McpProxy(scope, 'mcp-proxy', { tenants: new TenantConfig(scope, 'tenants', { tenants: [] }) });
      new ClaudeService(scope, 'claude').useAnthropicApi();
    });
    const levels = ['mcp-proxy', 'claude'].map(
      (name) =>
        environmentOf(
          [...rendered.ofKind('Deployment'), ...rendered.ofKind('StatefulSet')].find(
            ({ metadata }) => metadata.name === name,
          )?.spec.template.spec.containers[0],
        ).LOG_LEVEL,
    );
    expect(levels).toEqual(['info', 'info']);
  });
});
