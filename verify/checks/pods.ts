import type { IDeploymentSpec, IDeploymentStatus } from 'kubernetes-models/apps/v1';
import type { ICronJobSpec, ICronJobStatus } from 'kubernetes-models/batch/v1';
import type { Check, CheckContext } from '../check';
import { type Finding, failed, judged } from '../finding';
import { nameOf, type Typed } from '../kubernetes/object';
import type { LivePod } from '../live-pod';
import { isReady, podsOf, troubleOf } from '../live-pod';
import { look } from '../look';
import { containersOf } from '../pod-spec';

type CronJob = Typed<ICronJobSpec, ICronJobStatus>;
type Deployment = Typed<IDeploymentSpec, IDeploymentStatus>;
/** A CronJob's times as they are in JSON. */
type CronTimes = { lastScheduleTime?: string; lastSuccessfulTime?: string; active?: unknown[] };

/** Whether everything that shall run does, with the rendered images. */
export const pods: Check = {
  name: 'pods',
  about: 'all pods of every Deployment and StatefulSet are ready and of the newest version; scheduled jobs succeed',
  async *run(context) {
    for (const workload of context.rendered.services()) {
      yield await look(nameOf(workload), () => service(context, workload));
    }
    for (const object of context.rendered.ofKind<CronJob>('CronJob')) {
      yield await look(nameOf(object), async () => cronJob(await context.cluster.live(object), nameOf(object)));
    }
  },
};

async function service(context: CheckContext, rendered: Typed<IDeploymentSpec, unknown>): Promise<Finding> {
  const subject = nameOf(rendered);
  const live = await context.cluster.live<Deployment>(rendered as Deployment);
  if (!live) return failed(subject, 'is not in the cluster: apply the manifests');
  const own = await podsOf(context.cluster, rendered);
  const wanted = live.spec.replicas ?? 1;
  const { status = {} } = live;
  const ready = own.filter(isReady).length;
  const problems = [
    ...((status.observedGeneration ?? 0) < (live.metadata.generation ?? 0)
      ? ['its controller has not seen the newest version']
      : []),
    ...(wanted === 0 ? ['it is scaled to 0'] : []),
    ...(ready < wanted ? [`${ready} of ${wanted} pods are ready`] : []),
    ...((status.updatedReplicas ?? 0) < wanted
      ? [`${status.updatedReplicas ?? 0} of ${wanted} pods are of the newest version`]
      : []),
    ...(status.conditions ?? [])
      .filter(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
      .map(({ message }) => `no pod can be made: ${message}`),
    ...own.flatMap(troubleOf),
    ...own.flatMap((pod) => otherImages(pod, rendered)),
  ];
  const restarts = own.flatMap(({ status }) => status?.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  const sum = restarts.reduce((total, count) => total + count, 0);
  return judged(subject, [...new Set(problems)], `${ready} of ${wanted} pods ready, ${sum} restarts`);
}

function otherImages(pod: LivePod, rendered: Typed<IDeploymentSpec, unknown>): string[] {
  const live = new Map(containersOf(pod.spec).map(({ name, image }) => [name, image]));
  return containersOf(rendered.spec.template.spec ?? { containers: [] })
    .filter(({ name, image }) => live.get(name) !== image)
    .map(({ name, image }) => `${pod.metadata.name} runs ${live.get(name) ?? 'no'} ${name}, ${image} is rendered`);
}

function cronJob(live: CronJob | undefined, subject: string): Finding {
  if (!live) return failed(subject, 'is not in the cluster: apply the manifests');
  const { lastScheduleTime: last, lastSuccessfulTime: success, active } = (live.status ?? {}) as CronTimes;
  if (last === undefined) return judged(subject, [], `has not been due yet (${live.spec.schedule})`);
  const running = (active ?? []).length > 0;
  const problem = running || (success !== undefined && success >= last) ? [] : [`its run of ${last} did not succeed`];
  return judged(subject, problem, running ? `is running since ${last}` : `succeeded at ${success}`);
}
