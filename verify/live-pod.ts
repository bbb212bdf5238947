import type { IPodSpec, IPodStatus } from 'kubernetes-models/v1';
import type { Cluster } from './kubernetes/cluster';
import { conditionOf, matchesLabels, type Typed } from './kubernetes/object';
import type { Workload } from './rendered';

export type LivePod = Typed<IPodSpec, IPodStatus>;

/** The pods that a rendered workload's labels choose, without those that ended or are about to. */
export async function podsOf(cluster: Cluster, workload: Workload): Promise<LivePod[]> {
  const pods = await cluster.list<LivePod>('v1', 'Pod');
  return pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      // An evicted pod stays, as a record, beside the one that took its place.
      !['Failed', 'Succeeded'].includes(status?.phase ?? '') &&
      matchesLabels(workload.spec.template.metadata?.labels, metadata.labels),
  );
}

export function isReady({ status }: LivePod): boolean {
  return conditionOf(status?.conditions, 'Ready')?.status === 'True';
}

/** What keeps a pod from being ready, as its node or the scheduler says it. */
export function troubleOf(pod: LivePod): string[] {
  if (isReady(pod)) return [];
  const { name } = pod.metadata;
  const { conditions, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const scheduled = conditionOf(conditions, 'PodScheduled');
  if (scheduled?.status === 'False') return [`${name}: ${scheduled.reason}: ${scheduled.message}`];
  const waiting = [...initContainerStatuses, ...containerStatuses].flatMap(({ name: container, state, lastState }) => {
    const { reason, message } = state?.waiting ?? {};
    // An init container that has its turn later, and those that wait for it, say only this.
    if (!reason || reason === 'PodInitializing') return [];
    const ended = lastState?.terminated;
    const before = ended ? ` (ended before with ${ended.exitCode}, ${ended.reason})` : '';
    return [`${name}, ${container}: ${[reason, message].filter(Boolean).join(': ')}${before}`];
  });
  if (waiting.length > 0) return waiting;
  const unready = containerStatuses.filter(({ ready }) => !ready).map(({ name: container }) => container);
  return [`${name}: ${unready.length > 0 ? `${unready.join(', ')} not ready` : 'no node has taken it'}`];
}
