import fs from 'node:fs';
import path from 'node:path';
import { Chart } from 'cdk8s';
import { ClaudeService } from '../constructs/claude-service';
import { LiteLlmGateway } from '../constructs/litellm-gateway';
import { McpProxy } from '../constructs/mcp-proxy';
import { Monitoring, type MonitoringProps } from '../constructs/monitoring';
import { dashboardsOf } from '../constructs/monitoring/dashboards';
import { operationalAlerts } from '../constructs/monitoring/operational-alerts';
import { OAuthProvider } from '../constructs/oauth/oauth-provider';
import { OAuthSidecar } from '../constructs/oauth-sidecar';
import { OpenWebUiRelease } from '../constructs/open-webui-release';
import { OtlpCollector } from '../constructs/otlp-collector';
import { Platform } from '../constructs/platform/platform';
import { Redis } from '../constructs/redis';
import { burnRateRules } from '../constructs/slo/burn-rate';
import { workspaceObjectives } from '../constructs/slo/workspace-objectives';
import { TenantConfig } from '../constructs/tenant-config';
import { Metrics, observeLiveSessions, observeUserCosts } from '../services/claude-service/src/metrics';
import { registerConfigurationMetrics } from '../services/mcp-proxy/src/configuration/configuration-metrics';
import { GatewayMetrics } from '../services/mcp-proxy/src/metrics';
import { createRegistry } from '../services/runtime/metrics-server';
import { describeRules } from './broken-rules';
import type { Manifest } from './manifests';
import { render } from './render';

const claudeWatched = (props: MonitoringProps = {}, platform?: Platform) =>
  render(
    (scope) => {
      const claude = new ClaudeService(scope, 'claude-service', {});
      claude.useAnthropicApi();
      const monitoring = new Monitoring(scope, 'monitoring', props);
      monitoring.watch(claude);
      return monitoring;
    },
    { platform },
  );

/** Metrics of a registry as Prometheus stores them. */
async function namesOf(registry: ReturnType<typeof createRegistry>): Promise<string[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap(({ name, type }) =>
    String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

async function servedMetrics(): Promise<{ readonly [service: string]: ReadonlySet<string> }> {
  const gateway = createRegistry('mcp-proxy', '0');
  const live = { current: { number: 1, loadedAt: new Date(), tenants: new Map() } };
  new GatewayMetrics(gateway).observe({ catalogues: () => [], openAnswers: 0, suspendedCalls: 0, listeners: 0 });
  registerConfigurationMetrics(gateway, live as never);
  const claude = createRegistry('claude-service', '0');
  new Metrics(claude);
  observeLiveSessions(claude, () => 0);
  observeUserCosts(claude, { costs: async () => ({ top: [], othersUsd: 0 }) } as never);
  const listed = (file: string) =>
    fs
      .readFileSync(path.join(__dirname, 'fixtures', 'metrics', file), 'utf8')
      .trim()
      .split('\n');
  return {
    'mcp-proxy': new Set(await namesOf(gateway)),
    'claude-service': new Set(await namesOf(claude)),
    litellm: new Set(listed('litellm-1.108.10.txt')),
    'oauth2-proxy': new Set(listed('oauth2-proxy-7.15.3.txt')),
    'open-webui': new Set(listed('open-webui-0.12.4.txt')),
  };
}

/** The metrics that an expression asks for. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(?:by|without|on)\s*\([^)]*\)/g, '')
    .replace(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\()(?![a-zA-Z0-9_:])/g)]
    .map(([name]) => name)
    .filter((name) => !['and', 'or', 'unless', 'vector'].includes(name));
}

function expressionsOf(dashboard: string): string[] {
  return [...dashboard.matchAll(/"expr":\s*("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text) as string);
}

test('metricsIn finds metrics, and neither functions nor labels', () => {
  const expr =
    'histogram_quantile(0.9, sum by (le) (rate(a_bucket{x="y"}[5m]))) > 1 and slo:b:rate5m{slo="c"} or vector(0)';
  expect(metricsIn(expr)).toEqual(['a_bucket', 'slo:b:rate5m']);
});

describe('every metric that is asked for is served by its program', () => {
  const recorded = new Set(
    workspaceObjectives.flatMap((slo) => burnRateRules(slo).recordings.map(({ record }) => record)),
  );

  test.each(workspaceObjectives.map((slo) => [slo.name, slo] as const))('objective %s', async (_, slo) => {
    const served = (await servedMetrics())[slo.service];
    const { recordings, alerts } = burnRateRules(slo);
    const asked = [...recordings, ...alerts].flatMap(({ expr }) => metricsIn(expr));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !served.has(name) && !recorded.has(name))).toEqual([]);
  });

  test.each(operationalAlerts.map((alert) => [alert.alert, alert] as const))(
    'alert %s',
    async (_, { expr, service }) => {
      const served = (await servedMetrics())[service];
      const asked = metricsIn(expr((selector) => selector));
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((name) => !served.has(name))).toEqual([]);
    },
  );

  test.each(Object.entries(dashboardsOf()))('dashboard %s', async (_, json) => {
    const served = new Set(Object.values(await servedMetrics()).flatMap((names) => [...names]));
    const expressions = expressionsOf(json);
    expect(expressions.length).toBeGreaterThan(5);
    expect(expressions.flatMap(metricsIn).filter((name) => !served.has(name) && !recorded.has(name))).toEqual([]);
  });
});

describe('the objects', () => {
  const rules = ({ spec }: Manifest) => spec.groups.flatMap((group: { rules: object[] }) => group.rules);

  test('rules are of the programs that are watched, and of no others', () => {
    const { problems, find } = claudeWatchedParts();
    expect(problems).toEqual([]);
    const text = JSON.stringify(find('PrometheusRule'));
    expect(text).toContain('claude_service_turns_total');
    expect(text).not.toContain('mcp_proxy');
    expect(text).not.toContain('litellm');
  });

  test('each alert says how bad it is, whose it is and what is wrong', () => {
    const alerts = rules(claudeWatched({ runbookUrl: 'https://runbooks.company.com/' }).find('PrometheusRule')).filter(
      ({ alert }: { alert?: string }) => alert,
    );
    for (const { labels, annotations, alert } of alerts) {
      expect(labels).toEqual({ severity: expect.stringMatching(/^(page|ticket)$/), service: 'claude-service' });
      expect(annotations.summary).toMatch(/^workspace: .{20}/);
      expect(annotations.runbook_url).toBe(`https://runbooks.company.com/${alert.toLowerCase()}`);
    }
    expect(alerts.length).toBeGreaterThan(3);
  });

  test('the monitor reads the port that the pods serve', () => {
    const rendered = claudeWatched({ intervalSeconds: 15, labels: { release: 'prometheus' } });
    const { spec, metadata } = rendered.find('PodMonitor', 'claude-service');
    expect(metadata.labels?.release).toBe('prometheus');
    expect(spec.podMetricsEndpoints).toEqual([{ port: 'metrics', interval: '15s' }]);
    const { template } = rendered.find('Deployment', 'claude-service').spec;
    expect(template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(template.spec.containers[0].ports).toContainEqual({ name: 'metrics', containerPort: 9090, protocol: 'TCP' });
  });

  test('on AKS the monitors are of Azure, and the rules come from Terraform', () => {
    const rendered = claudeWatched({}, Platform.aks({ edgePeer: { cidrs: ['10.0.0.0/24'] } }));
    expect(rendered.find('PodMonitor').apiVersion).toBe('azmonitoring.coreos.com/v1');
    expect(rendered.ofKind('PrometheusRule')).toEqual([]);
  });

  test('Grafana finds the dashboards by their label', () => {
    const maps = claudeWatched({ dashboardLabels: { 'grafana.company.com/folder': 'ai' } }).ofKind('ConfigMap');
    const dashboards = maps.filter(({ metadata }) => metadata.labels?.['grafana.company.com/folder'] === 'ai');
    expect(dashboards.map(({ metadata }) => metadata.name)).toEqual([
      'dashboard-claude-service',
      'dashboard-mcp-gateway',
      'dashboard-workspace',
    ]);
    for (const { data } of dashboards) {
      const [[name, json]] = Object.entries(data as { [name: string]: string });
      expect(JSON.parse(json)).toMatchObject({ title: expect.any(String), panels: expect.any(Array) });
      expect(name).toMatch(/\.json$/);
    }
    expect(
      claudeWatched({ dashboards: false })
        .ofKind('ConfigMap')
        .filter(({ metadata }) => metadata.name.startsWith('dashboard-')),
    ).toEqual([]);
  });

  describe('of two workspaces in one cluster', () => {
    const [one, other] = ['team-a', 'team-b'].map((namespace) =>
      render((scope) => {
        const chart = new Chart(scope, namespace, { namespace, disableResourceNameHashes: true });
        const claude = new ClaudeService(chart, 'claude-service', {});
        claude.useAnthropicApi();
        const release = new OpenWebUiRelease(chart, 'open-webui', { edge: { host: 'chat.company.com' } });
        new OAuthSidecar(release, 'oauth-sidecar', {
          release,
          provider: OAuthProvider.oidc({ issuerUrl: 'https://login.company.com', emailDomains: ['company.com'] }),
        });
        const tenants = new TenantConfig(chart, 'tenants', { tenants: [] });
        const monitoring = new Monitoring(chart, 'monitoring');
        const models = [{ name: 'm', model: 'openai/m', apiKey: 'KEY' }];
        monitoring.watch(claude);
        monitoring.watch(release);
        monitoring.watch(new McpProxy(chart, 'mcp-proxy', { tenants }));
        monitoring.watch(new LiteLlmGateway(chart, 'litellm', { models, metrics: true }));
      }),
    );
    const files = (rendered: typeof one) =>
      rendered
        .ofKind('ConfigMap')
        .filter(({ metadata }) => metadata.name.startsWith('dashboard-'))
        .flatMap(({ data }) => Object.entries(data as { [name: string]: string }));

    test('no rule reads what the other one counts, and each keeps apart whose it is', () => {
      const all = rules(one.find('PrometheusRule'));
      expect(all.length).toBe(8 * workspaceObjectives.length + operationalAlerts.length);
      for (const { expr } of all as { expr: string }[]) {
        const narrow = expr.match(/\{namespace="team-a"/g) ?? [];
        expect([expr, narrow.length]).toEqual([expr, metricsIn(expr).length]);
        const aggregations = expr.match(/\b(?:sum|max) (?:by \(\w+)?/g) ?? [];
        expect(aggregations).toEqual(aggregations.map((text) => `${text.slice(0, 3)} by (namespace`));
      }
    });

    test("no dashboard takes the other one's place in Grafana", () => {
      const places = [one, other].map((rendered) =>
        files(rendered).flatMap(([file, json]) => [file, JSON.parse(json).uid, JSON.parse(json).title]),
      );
      expect(new Set(places.flat()).size).toBe(2 * 3 * 3);
      for (const uid of places.flat().filter((text) => text.startsWith('open-webui-'))) {
        // Source: Grafana, "Dashboard HTTP API", identifier (uid).
        expect(uid.length).toBeLessThanOrEqual(40);
      }
    });

    test('each dashboard shows its own first, and every query follows the choice', () => {
      for (const [, json] of files(one)) {
        const { templating } = JSON.parse(json);
        const variable = templating.list.find(({ name }: { name: string }) => name === 'namespace');
        expect(variable.current).toMatchObject({ text: ['team-a'], value: ['team-a'] });
      }
      for (const json of Object.values(dashboardsOf())) {
        for (const expr of expressionsOf(json)) {
          const chosen = expr.match(/\{namespace=~"\$namespace"/g) ?? [];
          expect([expr, chosen.length]).toEqual([expr, metricsIn(expr).length]);
        }
      }
    });
  });

  function claudeWatchedParts() {
    const rendered = claudeWatched();
    return { problems: rendered.problems, find: (kind: string) => rendered.find(kind) };
  }
});

describe('Open WebUI pushes to the collector', () => {
  const rendered = render((scope) => {
    const release = new OpenWebUiRelease(scope, 'open-webui');
    release.useCollector(
      new OtlpCollector(scope, 'otlp-collector', { traces: { host: 'traces.company.com', port: 4317 } }),
    );
    return release;
  });

  test('with its metrics and traces', () => {
    expect(rendered.problems).toEqual([]);
    const { env } = rendered.find('Deployment', 'open-webui').spec.template.spec.containers[0];
    const value = (name: string) => env.find((entry: { name: string }) => entry.name === name)?.value;
    expect(value('OTEL_EXPORTER_OTLP_ENDPOINT')).toBe('http://otlp-collector:4317');
    expect([value('ENABLE_OTEL'), value('ENABLE_OTEL_METRICS'), value('ENABLE_OTEL_TRACES')]).toEqual([
      'true',
      'true',
      'true',
    ]);
    const names = env.map(({ name }: { name: string }) => name);
    expect(names.indexOf('POD_NAME')).toBeLessThan(names.indexOf('OTEL_RESOURCE_ATTRIBUTES'));
  });

  test('which serves them, and hands the traces on', () => {
    const { data } = rendered.find('ConfigMap', 'otlp-collector-config');
    expect(data).toMatchSnapshot();
    const egress = rendered.find('NetworkPolicy', 'otlp-collector').spec.egress;
    expect(JSON.stringify(egress)).toContain('4317');
  });

  test('which hands them to the usual port of TLS unless told otherwise', () => {
    const made = render(
      (scope) => new OtlpCollector(scope, 'otlp-collector', { traces: { host: 'tempo.company.com' } }),
    );
    const file = made.find('ConfigMap', 'otlp-collector-config').data['config.yaml'];
    expect(file).toContain('endpoint: tempo.company.com:443\n');
  });

  test('once', () => {
    const twice = () =>
      render((scope) => {
        const release = new OpenWebUiRelease(scope, 'open-webui');
        const collector = new OtlpCollector(scope, 'otlp-collector');
        release.useCollector(collector);
        release.useCollector(collector);
      });
    expect(twice).toThrow('open-webui: useCollector was called before');
  });
});

describeRules('constructs/monitoring.ts', [
  {
    rule: 'monitoring-watches',
    when: 'nothing is watched',
    declare: (scope) => new Monitoring(scope, 'monitoring'),
    sentence: 'monitoring: it watches nothing, and its alerts would be silent for ever: call watch for each program',
  },
  {
    rule: 'monitoring-interval',
    when: 'a second',
    declare: (scope) =>
      new Monitoring(scope, 'monitoring', { intervalSeconds: 1 }).watch(new OtlpCollector(scope, 'otlp-collector')),
    sentence:
      'monitoring: intervalSeconds is 1: write a whole number of seconds from 5 to 300; the shortest window of the alerts is 5 minutes',
  },
  {
    rule: 'monitoring-metrics',
    when: 'Redis',
    declare: (scope) => new Monitoring(scope, 'monitoring').watch(new Redis(scope, 'redis')),
    sentence: 'monitoring: redis serves no metrics: leave it out of watch, or switch its metrics on',
  },
]);

describeRules('constructs/otlp-collector.ts', [
  {
    rule: 'collector-one-replica',
    when: 'two replicas',
    declare: (scope) => new OtlpCollector(scope, 'otlp-collector', { replicas: 2 }),
    sentence:
      'otlp-collector: 2 replicas would each know a part of the counters, and the same series would jump between them: leave replicas and autoscaling out',
  },
]);
