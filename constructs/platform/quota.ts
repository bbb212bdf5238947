import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { IConstruct } from 'constructs';
import { cpuQuantity, memoryQuantity, quantityValue } from './quantity';
import { type Workload, workloadsOf } from './workload';

type Side = 'requests' | 'limits';
type Resource = 'cpu' | 'memory';

/** What the programs of a workspace need together at their largest, times the headroom. */
export function quotaSpec(workspace: IConstruct, headroom: number): k8s.ResourceQuotaSpec {
  const workloads = workloadsOf(workspace);
  const total = (side: Side, resource: Resource): number =>
    headroom * sum(workloads.map((workload) => workload.maxPods * podAmount(workload, side, resource)));
  const claims = workspace.node.findAll().filter((c) => c instanceof ApiObject && c.kind === 'PersistentVolumeClaim');
  const quantity = (text: string | number) => k8s.Quantity.fromString(String(text));
  return {
    hard: {
      'requests.cpu': quantity(cpuQuantity(total('requests', 'cpu'))),
      'requests.memory': quantity(memoryQuantity(total('requests', 'memory'))),
      'limits.cpu': quantity(cpuQuantity(total('limits', 'cpu'))),
      'limits.memory': quantity(memoryQuantity(total('limits', 'memory'))),
      pods: quantity(Math.ceil(headroom * sum(workloads.map((workload) => workload.maxPods)))),
      persistentvolumeclaims: quantity(claims.length),
      'services.loadbalancers': quantity(countServices(workspace, 'LoadBalancer')),
      'services.nodeports': quantity(countServices(workspace, 'NodePort')),
    },
  };
}

/** Defaults for pods that say nothing, and the largest container there is as the upper bound. */
export function limitRangeSpec(workspace: IConstruct): k8s.LimitRangeSpec {
  const containers = workloadsOf(workspace).flatMap((workload) => workload._pod.containers);
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

function countServices(workspace: IConstruct, type: string): number {
  return workspace.node.findAll().filter((c) => c instanceof ApiObject && c.kind === 'Service' && c.toJson().spec?.type === type)
    .length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
