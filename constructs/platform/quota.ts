import { ApiObject, Chart, type Size } from 'cdk8s';
import { type Cpu, k8s } from 'cdk8s-plus-30';
import type { IConstruct } from 'constructs';
import { Claim } from './claim';
import { cpuQuantity, memoryQuantity, quantityValue } from './quantity';
import { workloadsOf } from './workload';

/** What the limit range gives to containers that say nothing. */
const DEFAULTS = { requests: { cpu: '20m', memory: '64Mi' }, limits: { cpu: '200m', memory: '256Mi' } };

/** Room in a namespace for programs that others render into it. */
export interface QuotaAllowance {
  /** Bound of the sum of all limits, and so of all requests too. */
  readonly cpu: Cpu;
  /** Bound of the sum of all limits, and so of all requests too. */
  readonly memory: Size;
  readonly pods: number;
  /** Claims of volumes. @default 0 */
  readonly claims?: number;
  /** Services of the type LoadBalancer. @default 0 */
  readonly loadBalancers?: number;
  /** Ports that Services open on the nodes, those of load balancers included. @default 0 */
  readonly nodePorts?: number;
}

type Side = 'requests' | 'limits';
type Resource = 'cpu' | 'memory';

/**
 * What the programs of a namespace need together at their largest, times the headroom, and the room for others.
 * @param acmeSolvers pods of cert-manager, each with a Service of the type NodePort
 */
export function quotaSpec(
  workspace: IConstruct,
  namespace: string,
  headroom: number,
  acmeSolvers: number,
  allowance?: QuotaAllowance,
): k8s.ResourceQuotaSpec {
  const counted = workspace.node
    .findAll()
    .filter(
      (construct) => (construct instanceof ApiObject || construct instanceof Claim) && isIn(construct, namespace),
    );
  const pods = workloadsOf(workspace)
    .filter((workload) => isIn(workload, namespace))
    .map((workload) => ({ count: workload.maxPods, containers: workload._pod.containers }));
  const total = (side: Side, resource: Resource): number =>
    headroom * sum(pods.map(({ count, containers }) => count * podAmount(containers, side, resource))) +
    allowedAmount(resource, allowance);
  const services = counted.flatMap((construct) => (construct instanceof ApiObject ? openServices(construct) : []));
  const quantity = (text: string | number) => k8s.Quantity.fromString(String(text));
  return {
    hard: {
      'requests.cpu': quantity(cpuQuantity(total('requests', 'cpu'))),
      'requests.memory': quantity(memoryQuantity(total('requests', 'memory'))),
      'limits.cpu': quantity(cpuQuantity(total('limits', 'cpu'))),
      'limits.memory': quantity(memoryQuantity(total('limits', 'memory'))),
      pods: quantity(Math.ceil(headroom * sum(pods.map(({ count }) => count))) + acmeSolvers + (allowance?.pods ?? 0)),
      persistentvolumeclaims: quantity(
        counted.filter((construct) => construct instanceof Claim).length + (allowance?.claims ?? 0),
      ),
      'services.loadbalancers': quantity(
        services.filter(({ loadBalancer }) => loadBalancer).length + (allowance?.loadBalancers ?? 0),
      ),
      'services.nodeports': quantity(
        sum(services.map(({ ports }) => ports)) + acmeSolvers + (allowance?.nodePorts ?? 0),
      ),
    },
  };
}

/** A Service that the world reaches. */
interface OpenService {
  readonly loadBalancer: boolean;
  /** Each takes a port of every node, also where a load balancer is before them. */
  readonly ports: number;
}

/** The Services that an object is, or that its controller makes in the same namespace. */
function openServices(object: ApiObject): OpenService[] {
  if (object.kind === 'Gateway' && object.apiGroup === 'gateway.networking.k8s.io') {
    const { gatewayClassName = '', listeners = [] } = object.toJson().spec ?? {};
    const ports = new Set(listeners.map(({ port }: { readonly port: number }) => port)).size;
    // Cilium and Istio make a load balancer for each Gateway, Istio with a port for its health; Azure makes nothing here.
    return gatewayClassName.startsWith('azure-alb-') ? [] : [{ loadBalancer: true, ports: ports + 1 }];
  }
  if (object.kind !== 'Service') {
    return [];
  }
  const { type, ports = [] } = object.toJson().spec ?? {};
  const loadBalancer = type === 'LoadBalancer';
  return loadBalancer || type === 'NodePort' ? [{ loadBalancer, ports: ports.length }] : [];
}

/** Defaults for pods that say nothing, and the largest container there is as the upper bound. */
export function limitRangeSpec(
  workspace: IConstruct,
  namespace: string,
  allowance?: QuotaAllowance,
): k8s.LimitRangeSpec {
  const containers = workloadsOf(workspace)
    .filter((workload) => isIn(workload, namespace))
    .flatMap((workload) => workload._pod.containers);
  const largest = (resource: Resource): number =>
    Math.max(
      quantityValue(DEFAULTS.limits[resource]),
      allowedAmount(resource, allowance),
      ...containers.map((container) => containerAmount(container, 'limits', resource)),
    );
  const quantities = (cpu: string, memory: string) => ({
    cpu: k8s.Quantity.fromString(cpu),
    memory: k8s.Quantity.fromString(memory),
  });
  return {
    limits: [
      {
        type: 'Container',
        default: quantities(DEFAULTS.limits.cpu, DEFAULTS.limits.memory),
        defaultRequest: quantities(DEFAULTS.requests.cpu, DEFAULTS.requests.memory),
        max: quantities(cpuQuantity(largest('cpu')), memoryQuantity(largest('memory'))),
      },
    ],
  };
}

/**
 * What the scheduler counts for a pod: all that run together, or an init container with the sidecars that started
 * before it, whichever is more. Source: Kubernetes, "Sidecar Containers", resource sharing within containers.
 * @param containers init containers and sidecars in their order, the main one last
 */
function podAmount(containers: readonly k8s.Container[], side: Side, resource: Resource): number {
  let running = 0;
  let largest = 0;
  containers.forEach((container, index) => {
    const amount = containerAmount(container, side, resource);
    largest = Math.max(largest, running + amount);
    if (container.restartPolicy === 'Always' || index === containers.length - 1) {
      running += amount;
    }
  });
  return largest;
}

/** A container that says nothing gets what the limit range gives. */
function containerAmount(container: k8s.Container, side: Side, resource: Resource): number {
  const { requests, limits } = container.resources ?? {};
  const own = side === 'requests' ? (requests?.[resource] ?? limits?.[resource]) : limits?.[resource];
  return quantityValue(own ? String(own.value) : DEFAULTS[side][resource]);
}

/** Unit: cores or bytes. */
function allowedAmount(resource: Resource, allowance?: QuotaAllowance): number {
  if (!allowance) {
    return 0;
  }
  return resource === 'cpu' ? quantityValue(allowance.cpu.amount) : allowance.memory.toKibibytes() * 1024;
}

function isIn(construct: IConstruct, namespace: string): boolean {
  return (Chart.of(construct).namespace ?? namespace) === namespace;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
