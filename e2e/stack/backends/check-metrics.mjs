// Whether the real programs serve, on the port of their own, what the rendered alerts and dashboards ask for.
import assert from 'node:assert/strict';
import { check } from '../../claude-service/suite.mjs';
import { until } from '../programs.mjs';
import { findObject, podTemplate, readRendered } from '../rendered.mjs';

/** Environments with alerts and dashboards: between them, for every program. */
const MONITORED = ['aks-production', 'phase2-openshift'];
const PROGRAMS = { litellm: 'litellm', 'mcp-proxy': 'mcp_proxy', 'claude-service': 'claude_service' };

export async function checkMetrics(backends) {
  for (const [name, prefix] of Object.entries(PROGRAMS)) {
    if (!backends.names.includes(name)) continue;
    const { rendered } = backends.cluster;
    const [{ ports }] = podTemplate(findObject(rendered, 'Deployment', name)).spec.containers;
    if (!ports.some((port) => port.name === 'metrics')) continue;
    const url = `${backends.url(name, 'metrics')}/metrics`;

    await check(`${name} serves what alerts and dashboards ask for, on a port of its own`, async () => {
      const asked = askedFor(prefix);
      assert.ok(asked.size > 0, 'nothing is asked of it');
      let text = '';
      let missing = [];
      await until(
        `${url} has every metric`,
        async () => {
          text = await (await fetch(url)).text();
          missing = [...asked.keys()].filter((metric) => !has(text, metric));
          return missing.length === 0;
        },
        20,
      ).catch(() => {});
      assert.deepEqual(missing, []);
      const wrong = [...asked].flatMap(([metric, labels]) => {
        const samples = text.split('\n').filter((line) => line.startsWith(`${metric}{`));
        if (samples.length === 0) return [];
        return [...labels]
          .filter((label) => !samples.some((line) => line.includes(`${label}="`)))
          .map((label) => `${metric}.${label}`);
      });
      assert.deepEqual(wrong, [], 'labels that are asked for and not served');
      return `${asked.size} metrics`;
    });

    await check(`${name} has no metrics on the port that callers reach, and nothing else on the other`, async () => {
      const open = await fetch(`${backends.url(name)}/metrics`);
      assert.ok(open.status >= 400, `answers ${open.status}`);
      assert.doesNotMatch(await open.text(), new RegExp(`^${prefix}_`, 'm'));
      for (const path of ['/v1/models', '/mcp', '/v1/chat/completions']) {
        const { status } = await fetch(backends.url(name, 'metrics') + path);
        assert.ok(status >= 400, `${path} answers ${status} on the port of the metrics`);
      }
    });
  }
}

/** Metrics in the expressions of rules and dashboards, with the labels that they select or group by. */
function askedFor(prefix) {
  const asked = new Map();
  const expressions = MONITORED.flatMap((environment) => textsIn(readRendered(environment).objects));
  for (const text of expressions) {
    for (const [, metric, selector] of text.matchAll(new RegExp(`\\b(${prefix}_[a-z0-9_]+)(?:\\{([^}]*)\\})?`, 'g'))) {
      const labels = asked.get(metric) ?? new Set();
      // What the collector adds about the pod is not the program's.
      for (const [, label] of (selector ?? '').matchAll(/(\w+)\s*(?:=|!=|=~|!~)\s*"/g)) labels.add(label);
      for (const added of ['namespace', 'job', 'pod', 'container', 'service', 'cluster', 'le']) labels.delete(added);
      asked.set(metric, labels);
    }
  }
  return asked;
}

/** Every expression: `expr` of rules, and those inside dashboards, which are JSON in ConfigMaps. */
function textsIn(value) {
  if (typeof value === 'string')
    return value.startsWith('{') && value.includes('"expr"') ? textsIn(JSON.parse(value)) : [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    ['expr', 'expression', 'query'].includes(key) && typeof entry === 'string' ? [entry] : textsIn(entry),
  );
}

/** Whether a metric is served; one without a sample yet is told of by its type. */
function has(text, metric) {
  const family = metric.replace(/_(bucket|count|sum)$/, '');
  return new RegExp(`^(${metric}[{ ]|# TYPE ${family} )`, 'm').test(text);
}
