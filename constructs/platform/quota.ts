import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { IConstruct } from 'constructs';
import { cpuQuantity, memoryQuantity, quantityValue } from './quantity';
import { type Workload, workloadsOf } from './workload';

type Side = 'requests' | 'limits';
type Resource = 'cpu' | 'memory';

/** What the programs of a namespace need together at their largest, times the headroom. */
export function quotaSpec(workspace: IConstruct, namespace: string, headroom: number): k8s.ResourceQuotaSpec {
  const workloads = workloadsOf(workspace).filter((workload) => isIn(workload, namespace));
  const total = (side: Side, resource: Resource): number =>
    headroom * sum(workloads.map((workload) => workload.maxPods * podAmount(workload, side, resource)));
  const objects = workspace.node
    .findAll()
    .filter((construct): construct is ApiObject => construct instanceof ApiObject && isIn(construct, namespace));
  const services = (type: string) =>
    objects.filter((object) => object.kind === 'Service' && object.toJson().spec?.type === type).length;
  const quantity = (text: string | number) => k8s.Quantity.fromString(String(text));
  return {
    hard: {
      'requests.cpu': quantity(cpuQuantity(total('requests', 'cpu'))),
      'requests.memory': quantity(memoryQuantity(total('requests', 'memory'))),
      'limits.cpu': quantity(cpuQuantity(total('limits', 'cpu'))),
      'limits.memory': quantity(memoryQuantity(total('limits', 'memory'))),
      pods: quantity(Math.ceil(headroom * sum(workloads.map((workload) => workload.maxPods)))),
      persistentvolumeclaims: quantity(objects.filter(({ kind }) => kind === 'PersistentVolumeClaim').length),
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
  const quantities = (cpu: string, memory: string) => ({
    cpu: k8s.Quantity.fromString(cpu),
    memory: k8s.Quantity.fromString(memory),
  });
  return {
    limits: [
      {
        type: 'Container',
        default: quantities('200m', '256Mi'),
        defaultRequest: quantities('20m', '64Mi'),
        max: quantities(
          cpuQuantity(Math.max(0.2, largest('cpu'))),
          memoryQuantity(Math.max(2 ** 28, largest('memory'))),
        ),
      },
    ],
  };
}

/** What the scheduler counts for a pod: containers and sidecars together, or the largest init container. */
function podAmount(workload: Workload, side: Side, resource: Resource): number {
  const containers = workload._pod.containers;
  const amount = (container: k8s.Container) => containerAmount(container, side, resource);
  const inits = workload._pod.initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const lasting = containers.filter((container) => !inits.some(({ name }) => name === container.name));
  return Math.max(sum(lasting.map(amount)), ...inits.map(amount));
}

function containerAmount(container: k8s.Container, side: Side, resource: Resource): number {
  const quantity = container.resources?.[side]?.[resource];
  return quantity ? quantityValue(String(quantity.value)) : 0;
}

function isIn(construct: IConstruct, namespace: string): boolean {
  return (Chart.of(construct).namespace ?? namespace) === namespace;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
