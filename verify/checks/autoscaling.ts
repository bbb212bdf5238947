import type {
  IHorizontalPodAutoscalerSpec,
  IHorizontalPodAutoscalerStatus,
  IMetricStatus,
} from 'kubernetes-models/autoscaling/v2';
import type { Check } from '../check';
import { failed, judged } from '../finding';
import { conditionOf, nameOf, reasonOf, type Typed, type WithConditions } from '../kubernetes/object';

type Autoscaler = Typed<IHorizontalPodAutoscalerSpec, IHorizontalPodAutoscalerStatus>;

/** Whether autoscalers see what they act on. */
export const autoscaling: Check = {
  name: 'autoscaling',
  about:
    'every HorizontalPodAutoscaler finds its target and knows each of its metrics; KEDA has taken each ScaledObject',
  async *run({ rendered, cluster }) {
    for (const object of rendered.ofKind<WithConditions>('ScaledObject')) {
      const ready = conditionOf((await cluster.live(object))?.status?.conditions, 'Ready');
      yield judged(nameOf(object), ready?.status === 'True' ? [] : [`is not ready: ${reasonOf(ready)}`], 'is ready');
    }
    for (const object of rendered.ofKind<Autoscaler>('HorizontalPodAutoscaler')) {
      const live = await cluster.live(object);
      if (!live) {
        yield failed(nameOf(object), 'is not in the cluster: apply the manifests');
        continue;
      }
      const { conditions, currentMetrics, currentReplicas = 0 } = live.status ?? {};
      const unmet = ['AbleToScale', 'ScalingActive']
        .map((type) => ({ type, condition: conditionOf(conditions, type) }))
        .filter(({ condition }) => condition?.status !== 'True')
        .map(({ type, condition }) => `not ${type}: ${reasonOf(condition)}`);
      const known = (currentMetrics ?? []).filter(hasValue).length;
      const wanted = (live.spec.metrics ?? []).length;
      const problems = [
        ...unmet,
        ...(known < wanted ? [`${known} of ${wanted} metrics have a value: is metrics-server running?`] : []),
      ];
      const full = currentReplicas >= live.spec.maxReplicas ? ', which is its maximum' : '';
      const figures = (currentMetrics ?? []).map(readable).join(', ');
      const range = `${live.spec.minReplicas ?? 1} to ${live.spec.maxReplicas}`;
      yield judged(nameOf(object), problems, `${currentReplicas} replicas of ${range}${full}; ${figures}`);
    }
  },
};

function hasValue(metric: IMetricStatus): boolean {
  const { averageUtilization, averageValue, value } = currentOf(metric) ?? {};
  return averageUtilization !== undefined || averageValue !== undefined || value !== undefined;
}

function readable(metric: IMetricStatus): string {
  const { averageUtilization, averageValue, value } = currentOf(metric) ?? {};
  const name = metric.resource?.name ?? metric.containerResource?.name ?? metric.external?.metric.name ?? metric.type;
  return `${name} ${averageUtilization !== undefined ? `${averageUtilization} %` : (averageValue ?? value)}`;
}

function currentOf({ resource, containerResource, pods, object, external }: IMetricStatus) {
  return (resource ?? containerResource ?? pods ?? object ?? external)?.current;
}
