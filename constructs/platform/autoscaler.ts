import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { ScaledObject, ScaledObjectSpecFallbackBehavior } from '../../imports/keda.sh';
import { isHttpUrl } from './links';
import { WorkspaceNamespace } from './namespace';
import { checkAtSynth, type Rule } from './rules';

/** How many requests a pod is to have. KEDA asks Prometheus for it, and makes the autoscaler itself. */
export interface RequestScaling {
  /** Base address of Prometheus' HTTP API, as KEDA reaches it. */
  readonly prometheusUrl: string;
  /** What one pod is to have at most. Unit: requests a second, of all kinds, probes included. */
  readonly requestsPerSecond: number;
  /** PromQL of the requests a second of all pods together. @default - from the counter that the program serves */
  readonly query?: string;
  /** Name of a TriggerAuthentication in the namespace, for a Prometheus that asks who is there. @default - none */
  readonly authentication?: string;
}

/** How many replicas there are, by load. With it no number of replicas is rendered: the autoscaler owns it. */
export interface Autoscaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Target of the mean use of requested cpu. Unit: percent. @default 70 */
  readonly cpuUtilization?: number;
  /** Target of the mean use of requested memory; 0 leaves memory out. Unit: percent. @default 80 */
  readonly memoryUtilization?: number;
  /** @default - at most two pods more and one pod less a minute, down only after five calm minutes */
  readonly behavior?: k8s.HorizontalPodAutoscalerBehaviorV2;
  /** Scale by requests too: KEDA's ScaledObject in the place of a HorizontalPodAutoscaler. @default - by cpu and memory */
  readonly requests?: RequestScaling;
}

/** What is scaled. */
export interface ScaledWorkload {
  readonly name: string;
  readonly kind: string;
  readonly labels: { [key: string]: string };
  /** The counter of requests that the program serves. */
  readonly requestsMetric?: string;
}

interface Subject {
  readonly workload: ScaledWorkload;
  readonly requests: RequestScaling;
}

const SEED_BEHAVIOR: k8s.HorizontalPodAutoscalerBehaviorV2 = {
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
  scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] },
};

const RULES: readonly Rule<Subject>[] = [
  {
    id: 'requests-prometheus',
    broken: ({ requests }) => !isHttpUrl(requests.prometheusUrl),
    message: ({ workload, requests }) =>
      `${workload.name}: prometheusUrl "${requests.prometheusUrl}" is not an address: write it with its scheme, for example http://prometheus-operated.monitoring:9090`,
  },
  {
    id: 'requests-per-second',
    broken: ({ requests }) => !(requests.requestsPerSecond > 0),
    message: ({ workload, requests }) =>
      `${workload.name}: requestsPerSecond ${requests.requestsPerSecond} would ask for pods without end: write a number above 0`,
  },
  {
    id: 'requests-counted',
    broken: ({ workload, requests }) => !workload.requestsMetric && !requests.query,
    message: ({ workload }) =>
      `${workload.name}: this library knows no counter of its requests: write query, in PromQL, or leave requests out`,
  },
];

/** Adds the autoscaler of a workload: a HorizontalPodAutoscaler, or the ScaledObject from which KEDA makes one. */
export function addAutoscaler(scope: Construct, workload: ScaledWorkload, autoscaling: Autoscaling): void {
  const { requests } = autoscaling;
  if (requests) {
    checkAtSynth(scope, RULES, () => ({ workload, requests }));
    addScaledObject(scope, workload, autoscaling, requests);
    return;
  }
  const metrics = resourceTargets(autoscaling).map(
    ({ name, percent }): k8s.MetricSpecV2 => ({
      type: 'Resource',
      resource: { name, target: { type: 'Utilization', averageUtilization: percent } },
    }),
  );
  new ApiObject(scope, 'Autoscaler', horizontalPodAutoscaler(workload, autoscaling, metrics));
}

function addScaledObject(
  scope: Construct,
  { name, kind, labels, requestsMetric }: ScaledWorkload,
  autoscaling: Autoscaling,
  requests: RequestScaling,
): void {
  const { behavior } = horizontalPodAutoscaler({ name, kind, labels }, autoscaling, []).spec;
  const namespace = Chart.of(scope).namespace ?? WorkspaceNamespace.of(scope)?.name;
  const here = namespace === undefined ? '' : `{namespace="${namespace}"}`;
  new ApiObject(
    scope,
    'Autoscaler',
    ScaledObject.manifest({
      metadata: {
        name,
        labels,
        // Where an autoscaler of that name stands already, KEDA takes it over.
        annotations: { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' },
      },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
        minReplicaCount: autoscaling.minReplicas,
        maxReplicaCount: autoscaling.maxReplicas,
        advanced: { horizontalPodAutoscalerConfig: { name: `${name}-hpa`, behavior } },
        // Without Prometheus nobody knows the load: what runs stays.
        fallback: {
          failureThreshold: 3,
          replicas: autoscaling.minReplicas,
          behavior: ScaledObjectSpecFallbackBehavior.CURRENT_REPLICAS_IF_HIGHER,
        },
        triggers: [
          {
            type: 'prometheus',
            metadata: {
              serverAddress: requests.prometheusUrl,
              query: requests.query ?? `sum(rate(${requestsMetric}${here}[2m]))`,
              threshold: String(requests.requestsPerSecond),
            },
            authenticationRef: requests.authentication === undefined ? undefined : { name: requests.authentication },
          },
          ...resourceTargets(autoscaling).map(({ name: type, percent }) => ({
            type,
            metricType: 'Utilization',
            metadata: { value: String(percent) },
          })),
        ],
      },
    }),
  );
}

function resourceTargets({ cpuUtilization = 70, memoryUtilization = 80 }: Autoscaling) {
  const cpu = { name: 'cpu', percent: cpuUtilization };
  return memoryUtilization === 0 ? [cpu] : [cpu, { name: 'memory', percent: memoryUtilization }];
}

function horizontalPodAutoscaler(
  { name, kind, labels }: ScaledWorkload,
  { minReplicas, maxReplicas, behavior = SEED_BEHAVIOR }: Autoscaling,
  metrics: k8s.MetricSpecV2[],
) {
  return k8s.KubeHorizontalPodAutoscalerV2.manifest({
    metadata: { name: `${name}-hpa`, labels },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name }, minReplicas, maxReplicas, metrics, behavior },
  });
}
