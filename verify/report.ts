import type { IPodStatus } from 'kubernetes-models/v1';
import { State } from './finding';
import type { Cluster } from './kubernetes/cluster';
import type { KubernetesObject } from './kubernetes/object';
import { isReady, type LivePod } from './live-pod';
import { quantityOf, readableBytes, readableCores } from './quantity';
import { count, type ThemeResult } from './run-checks';

/** What was verified, and when. */
export interface Occasion {
  readonly environment: string;
  readonly namespace: string;
  readonly context: string;
  readonly kubernetes: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

type PodMetrics = KubernetesObject & {
  readonly containers: readonly { readonly usage: { readonly cpu: string; readonly memory: string } }[];
};

/** The whole run as a Markdown page. */
export function markdownReport(occasion: Occasion, results: readonly ThemeResult[], pods: readonly PodLine[]): string {
  const { environment, namespace, context, kubernetes, at } = occasion;
  return `${[
    `# Verification of ${environment}, ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `Written by \`npm run verify -- ${environment}\`. Namespace ${namespace}, context ${context}, Kubernetes ${kubernetes}.`,
    verdict(results),
    summaryTable(results),
    ...listOf('Failed', results, State.FAILED),
    ...listOf('Not checked', results, State.UNCHECKED),
    '## Pods',
    table(
      ['pod', 'ready', 'restarts', 'CPU', 'memory'],
      pods.map(({ name, ready, restarts, cpu, memory }) => [name, ready ? 'yes' : 'no', String(restarts), cpu, memory]),
    ),
    '## All that was looked at',
    ...results.flatMap(({ check, findings }) => [
      `### ${check.name}`,
      `${check.about}.`,
      table(
        ['', 'what', 'seen'],
        findings.map(({ state, subject, says }) => [state, subject, says]),
      ),
    ]),
  ].join('\n\n')}\n`;
}

/** One sentence on how it went. */
export function verdict(results: readonly ThemeResult[]): string {
  const [passed, failed, unchecked] = [State.PASSED, State.FAILED, State.UNCHECKED].map((state) =>
    count(results, state),
  );
  return `${passed} passed, ${failed} failed, ${unchecked} could not be checked.`;
}

/** Themes with their counts, as a Markdown table, which a terminal shows as well. */
export function summaryTable(results: readonly ThemeResult[]): string {
  return table(
    ['theme', 'passed', 'failed', 'not checked'],
    results.map((result) => [
      result.check.name,
      ...[State.PASSED, State.FAILED, State.UNCHECKED].map((state) => String(count([result], state))),
    ]),
  );
}

/** A pod with what it uses. */
export interface PodLine {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Unknown without metrics-server. */
  readonly cpu: string;
  readonly memory: string;
}

/** The pods of the namespace that have not ended. */
export async function podLines(cluster: Cluster): Promise<PodLine[]> {
  const [pods, metrics] = await Promise.all([
    cluster.list<LivePod>('v1', 'Pod').catch(() => []),
    cluster.list<PodMetrics>('metrics.k8s.io/v1beta1', 'PodMetrics').catch(() => []),
  ]);
  return pods
    .filter(({ status }) => status?.phase !== 'Succeeded')
    .map((pod) => {
      const containers = metrics.find(({ metadata }) => metadata.name === pod.metadata.name)?.containers;
      const sum = (resource: 'cpu' | 'memory') =>
        containers?.reduce((total, { usage }) => total + (quantityOf(usage[resource]) ?? 0), 0);
      const [cpu, memory] = [sum('cpu'), sum('memory')];
      return {
        name: pod.metadata.name,
        ready: isReady(pod),
        restarts: restartsOf(pod.status),
        cpu: cpu === undefined ? 'unknown' : readableCores(cpu),
        memory: memory === undefined ? 'unknown' : readableBytes(memory),
      };
    });
}

function restartsOf(status: IPodStatus | undefined): number {
  return (status?.containerStatuses ?? []).reduce((total, { restartCount }) => total + restartCount, 0);
}

function listOf(title: string, results: readonly ThemeResult[], state: State): string[] {
  const lines = results.flatMap(({ check, findings }) =>
    findings
      .filter((finding) => finding.state === state)
      .map(({ subject, says }) => `- **${check.name}**, ${subject}: ${says}`),
  );
  return lines.length > 0 ? [`## ${title}`, lines.join('\n')] : [];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replace(/\s+/g, ' ').replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.min(60, Math.max(...cells.map((row) => row[column].length))));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [
    line(cells[0]),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...cells.slice(1).map(line),
  ].join('\n');
}
