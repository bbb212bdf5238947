import fs from 'node:fs';
import path from 'node:path';
import { ClaudeService } from '../../constructs/claude-service';
import { LiteLlmGateway } from '../../constructs/litellm-gateway';
import { McpProxy } from '../../constructs/mcp-proxy';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { OtlpCollector } from '../../constructs/otlp-collector';
import type { RequestScaling } from '../../constructs/platform/autoscaler';
import type { Component } from '../../constructs/platform/component';
import { TenantConfig } from '../../constructs/tenant-config';
import { Metrics } from '../../services/claude-service/src/metrics';
import { GatewayMetrics } from '../../services/mcp-proxy/src/metrics';
import { createRegistry } from '../../services/runtime/metrics-server';
import { describeRules } from '../broken-rules';
import { render } from '../render';
import { Program } from './program';

const REQUESTS: RequestScaling = { prometheusUrl: 'http://prometheus.monitoring:9090', requestsPerSecond: 20 };
const autoscaling = { minReplicas: 2, maxReplicas: 6, requests: REQUESTS };
const METRIC = { requestsMetric: 'program_requests_total' };

const scaled = (requests: Partial<RequestScaling> = {}) =>
  render(
    (scope) =>
      new Program(
        scope,
        'program',
        { autoscaling: { ...autoscaling, requests: { ...REQUESTS, ...requests } } },
        METRIC,
      ),
  );

describe('an autoscaler that knows the requests', () => {
  test('is made by KEDA, and nothing else sets the number of replicas', () => {
    const rendered = scaled();
    expect(rendered.problems).toEqual([]);
    expect(rendered.ofKind('HorizontalPodAutoscaler')).toEqual([]);
    expect(rendered.find('Deployment').spec).not.toHaveProperty('replicas');
    expect(rendered.find('ScaledObject')).toMatchSnapshot();
  });

  test('counts the requests of its own namespace', () => {
    const [prometheus] = scaled().find('ScaledObject').spec.triggers;
    expect(prometheus.metadata.query).toBe('sum(rate(program_requests_total{namespace="workspace"}[2m]))');
    const [own] = scaled({ query: 'sum(rate(other_total[5m]))' }).find('ScaledObject').spec.triggers;
    expect(own.metadata.query).toBe('sum(rate(other_total[5m]))');
  });

  test('looks at cpu and memory all the same: it is what is left without Prometheus', () => {
    const { triggers, fallback } = scaled().find('ScaledObject').spec;
    expect(triggers.map(({ type }: { type: string }) => type)).toEqual(['prometheus', 'cpu', 'memory']);
    expect(fallback).toEqual({ failureThreshold: 3, replicas: 2, behavior: 'currentReplicasIfHigher' });
  });

  test('is counted by the quota at its largest', () => {
    const quota = (props: object) => {
      const rendered = render((scope) => new Program(scope, 'program', props, METRIC));
      return rendered.find('ResourceQuota').spec.hard;
    };
    expect(quota({ autoscaling })).toEqual(quota({ replicas: 6 }));
    expect(quota({ autoscaling })).not.toEqual(quota({ replicas: 2 }));
  });
});

describe('the counter of requests', () => {
  const byRequests = { autoscaling };
  const listed = (file: string) =>
    fs.readFileSync(path.join(__dirname, '..', 'fixtures', 'metrics', file), 'utf8').split('\n');
  const served = async (fill: (registry: ReturnType<typeof createRegistry>) => unknown) => {
    const registry = createRegistry('service', '0');
    fill(registry);
    return (await registry.getMetricsAsJSON()).map(({ name }) => name);
  };

  test.each<[string, Parameters<typeof render<Component>>[0], () => Promise<string[]> | string[]]>([
    [
      'Open WebUI',
      (scope) => {
        const release = new OpenWebUiRelease(scope, 'open-webui', byRequests);
        release.useCollector(new OtlpCollector(scope, 'otlp-collector'));
        return release;
      },
      () => listed('open-webui-0.12.4.txt'),
    ],
    [
      'the MCP gateway',
      (scope) =>
        new McpProxy(scope, 'mcp-proxy', {
          ...byRequests,
          tenants: new TenantConfig(scope, 'tenants', { tenants: [] }),
        }),
      () => served((registry) => new GatewayMetrics(registry)),
    ],
    [
      'the Claude service',
      (scope) => new ClaudeService(scope, 'claude', byRequests),
      () => served((registry) => new Metrics(registry)),
    ],
    [
      'LiteLLM',
      (scope) => new LiteLlmGateway(scope, 'litellm', { ...byRequests, metrics: true, models: [] }),
      () => listed('litellm-1.108.10.txt'),
    ],
  ])('is one that the program serves: %s', async (_, declare, metrics) => {
    const rendered = render(declare);
    expect(rendered.problems.filter((problem) => problem.includes('counter'))).toEqual([]);
    const [prometheus] = rendered.find('ScaledObject').spec.triggers;
    const metric = /rate\((\w+)\{/.exec(prometheus.metadata.query)?.[1];
    expect(await metrics()).toContain(metric);
  });
});

const made = (requests: Partial<RequestScaling>, known = true) => ({
  declare: (scope: Parameters<Parameters<typeof render>[0]>[0]) =>
    new Program(
      scope,
      'program',
      { autoscaling: { ...autoscaling, requests: { ...REQUESTS, ...requests } } },
      known ? METRIC : {},
    ),
});

describeRules('constructs/platform/autoscaler.ts', [
  {
    rule: 'requests-prometheus',
    when: 'a host alone',
    ...made({ prometheusUrl: 'prometheus:9090' }),
    sentence:
      'program: prometheusUrl "prometheus:9090" is not an address: write it with its scheme, for example http://prometheus-operated.monitoring:9090',
  },
  {
    rule: 'requests-per-second',
    when: '0',
    ...made({ requestsPerSecond: 0 }),
    sentence: 'program: requestsPerSecond 0 would ask for pods without end: write a number above 0',
  },
  {
    rule: 'requests-counted',
    when: 'a program that counts none',
    ...made({}, false),
    sentence: 'program: this library knows no counter of its requests: write query, in PromQL, or leave requests out',
  },
]);
