import fs from 'node:fs';
import path from 'node:path';
import { burnRateRules } from '../../constructs/slo/burn-rate';
import { ObjectiveSeverity, type ServiceLevelObjective } from '../../constructs/slo/objective';
import { workspaceObjectives } from '../../constructs/slo/workspace-objectives';

const pages: ServiceLevelObjective = {
  name: 'pages-load',
  service: 'site',
  description: 'Pages fail.',
  objective: 0.999,
  total: 'requests_total{job="site"}',
  bad: 'requests_total{job="site",code=~"5.."}',
};

describe('the rules of an objective', () => {
  test('keep the part of bad events over each window', () => {
    const { recordings } = burnRateRules(pages);
    expect(recordings.map(({ record }) => record)).toEqual(
      ['5m', '30m', '1h', '6h', '3d'].map((window) => `slo:bad_events:ratio_rate${window}`),
    );
    expect(recordings[0]).toEqual({
      record: 'slo:bad_events:ratio_rate5m',
      expr: '(sum by (namespace) (rate(requests_total{job="site",code=~"5.."}[5m])) or 0 * sum by (namespace) (rate(requests_total{job="site"}[5m]))) / sum by (namespace) (rate(requests_total{job="site"}[5m]))',
      labels: { slo: 'pages-load', service: 'site' },
    });
  });

  test('count what is not good when the good is counted', () => {
    const { recordings } = burnRateRules({
      ...pages,
      bad: undefined,
      good: 'seconds_bucket{le="1"}',
      total: 'seconds_count',
    });
    expect(recordings[2].expr).toBe(
      '1 - sum by (namespace) (rate(seconds_bucket{le="1"}[1h])) / sum by (namespace) (rate(seconds_count[1h]))',
    );
  });

  test('wake somebody when the budget burns fast, and wait for the morning when it burns slowly', () => {
    const { alerts } = burnRateRules(pages);
    expect(alerts.map(({ alert, severity, for: duration }) => [alert, severity, duration])).toEqual([
      ['PagesLoadBurns1h', ObjectiveSeverity.PAGE, '2m'],
      ['PagesLoadBurns6h', ObjectiveSeverity.PAGE, '15m'],
      ['PagesLoadBurns3d', ObjectiveSeverity.TICKET, '1h'],
    ]);
    expect(alerts[0].expr).toBe(
      'slo:bad_events:ratio_rate1h{slo="pages-load"} > 0.0144 and slo:bad_events:ratio_rate5m{slo="pages-load"} > 0.0144',
    );
  });

  test('are of one workspace where its namespace is given', () => {
    const { recordings, alerts } = burnRateRules({ ...pages, bad: undefined, good: 'good_total' }, 'team-a');
    expect(recordings[0].expr).toBe(
      '1 - sum by (namespace) (rate(good_total{namespace="team-a"}[5m])) / sum by (namespace) (rate(requests_total{namespace="team-a",job="site"}[5m]))',
    );
    expect(alerts[0].expr).toBe(
      'slo:bad_events:ratio_rate1h{namespace="team-a",slo="pages-load"} > 0.0144 and slo:bad_events:ratio_rate5m{namespace="team-a",slo="pages-load"} > 0.0144',
    );
  });

  test('alert on windows that are recorded', () => {
    const { recordings, alerts } = burnRateRules(pages);
    const recorded = recordings.map(({ record }) => record);
    for (const { expr } of alerts) {
      expect(recorded).toEqual(expect.arrayContaining(expr.match(/slo:\S+?(?=\{)/g) ?? ['none']));
    }
  });
});

describe("the workspace's objectives", () => {
  const sources = ['mcp-proxy', 'claude-service'].map((service) =>
    fs.readFileSync(path.join(__dirname, '..', '..', 'services', service, 'src', 'metrics.ts'), 'utf8'),
  );

  test('have names of their own', () => {
    const names = workspaceObjectives.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(workspaceObjectives.filter(({ service }) => service !== 'litellm'))(
    '$name: its metrics are counted by $service',
    ({ total, good, bad }) => {
      for (const selector of [total, good ?? bad ?? '']) {
        const metric = selector.replace(/\{.*/, '').replace(/_(bucket|count)$/, '');
        expect(sources.some((source) => source.includes(`'${metric}'`))).toBe(true);
      }
    },
  );

  test.each(workspaceObjectives.filter(({ good }) => good?.includes('le=')))(
    '$name: its limit is the edge of a bucket',
    ({ good = '' }) => {
      const limit = /le="([\d.]+)"/.exec(good)?.[1];
      expect(sources.join()).toMatch(new RegExp(`(buckets|BUCKETS)[^\\n]*[ [,]${limit}[,\\]]`));
    },
  );
});
