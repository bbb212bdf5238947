import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { IConstruct } from 'constructs';
import { Claim } from './claim';
import { cpuQuantity, memoryQuantity, quantityValue } from './quantity';
import { type Workload, workloadsOf } from './workload';

/** What the limit range gives to containers that say nothing. */
const DEFAULTS = { requests: { cpu: '20m', memory: '64Mi' }, limits: { cpu: '200m', memory: '256Mi' } };

type Side = 'requests' | 'limits';
type Resource = 'cpu' | 'memory';

/** What the programs of a namespace need together at their largest, times the headroom. */
export function quotaSpec(workspace: IConstruct, namespace: string, headroom: number): k8s.ResourceQuotaSpec {
  const workloads = workloadsOf(workspace).filter((workload) => isIn(workload, namespace));
  const claims = workspace.node
    .findAll()
    .filter((construct) => construct instanceof Claim && isIn(construct, namespace));
  const total = (side: Side, resource: Resource): number =>
    headroom * sum(workloads.map((workload) => workload.maxPods * podAmount(workload, side, resource)));
  const objects = workspace.node
    .findAll()
    .filter((construct): construct is ApiObject => construct instanceof ApiObject && isIn(construct, namespace));
  const serviceTypes = objects.filter(({ kind }) => kind === 'Service').map((object) => object.toJson().spec?.type);
  const services = (type: string) => serviceTypes.filter((candidate) => candidate === type).length;
  const quantity = (text: string | number) => k8s.Quantity.fromString(String(text));
  return {
    hard: {
      'requests.cpu': quantity(cpuQuantity(total('requests', 'cpu'))),
      'requests.memory': quantity(memoryQuantity(total('requests', 'memory'))),
      'limits.cpu': quantity(cpuQuantity(total('limits', 'cpu'))),
      'limits.memory': quantity(memoryQuantity(total('limits', 'memory'))),
      pods: quantity(Math.ceil(headroom * sum(workloads.map((workload) => workload.maxPods)))),
      persistentvolumeclaims: quantity(claims.length),
      'services.loadbalancers': quantity(services('LoadBalancer')),
      'services.nodeports': quantity(services('NodePort') + services('LoadBalancer')),
    },
  };
}

/** Defaults for pods that say nothing, and the largest container there is as the upper bound. */
export function limitRangeSpec(workspace: IConstruct, namespace: string): k8s.LimitRangeSpec {
  const containers = workloadsOf(workspace)
    .filter((workload) => isIn(workload, namespace))
    .flatMap((workload) => workload._pod.containers);
  const largest = (resource: Resource): number =>
    Math.max(0, ...containers.map((container) => containerAmount(container, 'limits', resource)));
  const quantities = ({ cpu, memory }: { cpu: string; memory: string }) => ({
    cpu: k8s.Quantity.fromString(cpu),
    memory: k8s.Quantity.fromString(memory),
  });
  return {
    limits: [
      {
        type: 'Container',
        default: quantities(DEFAULTS.limits),
        defaultRequest: quantities(DEFAULTS.requests),
        max: quantities({
          cpu: cpuQuantity(Math.max(quantityValue(DEFAULTS.limits.cpu), largest('cpu'))),
          memory: memoryQuantity(Math.max(quantityValue(DEFAULTS.limits.memory), largest('memory'))),
        }),
      },
    ],
  };
}

/**
 * What the scheduler counts for a pod: all that run together, or an init container with the sidecars that started
 * before it, whichever is more. Source: Kubernetes, "Sidecar Containers", resource sharing within containers.
 */
function podAmount(workload: Workload, side: Side, resource: Resource): number {
  const amount = (container: k8s.Container) => containerAmount(container, side, resource);
  let sidecars = 0;
  let largestInit = 0;
  for (const container of workload._pod.initContainers) {
    if (container.restartPolicy === 'Always') {
      sidecars += amount(container);
    } else {
      largestInit = Math.max(largestInit, sidecars + amount(container));
    }
  }
  return Math.max(largestInit, sidecars + amount(workload._pod.mainContainer));
}

/** A container that says nothing gets what the limit range gives. */
function containerAmount(container: k8s.Container, side: Side, resource: Resource): number {
  const { requests, limits } = container.resources ?? {};
  const own = side === 'requests' ? (requests?.[resource] ?? limits?.[resource]) : limits?.[resource];
  return quantityValue(own ? String(own.value) : DEFAULTS[side][resource]);
}

function isIn(construct: IConstruct, namespace: string): boolean {
  return (Chart.of(construct).namespace ?? namespace) === namespace;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
