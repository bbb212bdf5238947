import { ApiObject, Size } from 'cdk8s';
import { type ContainerResources, Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import fc from 'fast-check';
import { Claim } from '../../constructs/platform/claim';
import { type ComponentProps, UpdateStrategy } from '../../constructs/platform/component';
import { Edge } from '../../constructs/platform/edge';
import { quantityValue } from '../../constructs/platform/quantity';
import { render } from '../render';
import { Program, Task } from './program';

const quotaOf = (declare: (scope: Construct) => unknown) => render(declare).find('ResourceQuota').spec.hard;
const limitsOf = (declare: (scope: Construct) => unknown) => render(declare).find('LimitRange').spec.limits[0];

const resources = (cpu: number, memory: number): ContainerResources => ({
  cpu: { request: Cpu.millis(cpu), limit: Cpu.millis(2 * cpu) },
  memory: { request: Size.mebibytes(memory), limit: Size.mebibytes(2 * memory) },
});
const container = (name: string, cpu: string, memory: string): k8s.Container => {
  const both = { cpu: k8s.Quantity.fromString(cpu), memory: k8s.Quantity.fromString(memory) };
  return { name, image: 'registry.example/extra:1', resources: { requests: both, limits: both } };
};
const fixed: ComponentProps = { updateStrategy: UpdateStrategy.RECREATE, resources: resources(100, 128) };

describe('the quota', () => {
  test('counts every program at its largest, the surge of an update included, and 25% more', () => {
    const hard = quotaOf((scope) => {
      new Program(scope, 'a', { resources: resources(100, 128), autoscaling: { minReplicas: 2, maxReplicas: 7 } });
      new Task(scope, 'b', { resources: resources(400, 256) });
    });
    // a: 8 pods, b: 1 pod.
    expect(hard).toMatchObject({
      'requests.cpu': '1500m',
      'limits.cpu': '3',
      'requests.memory': '1600Mi',
      'limits.memory': '3200Mi',
      pods: '12',
    });
  });

  test('counts volumes and the Services that cost money, and allows no others: a load balancer takes a node port too', () => {
    const hard = quotaOf((scope) => {
      const made = new Program(scope, 'a', { serviceType: 'LoadBalancer' });
      new Claim(made, 'Data', made, { size: Size.gibibytes(1) });
      new Program(scope, 'b', { serviceType: 'NodePort' }).addPort('admin', 9000);
      new Program(scope, 'c');
    });
    expect(hard).toMatchObject({
      persistentvolumeclaims: '1',
      'services.loadbalancers': '1',
      'services.nodeports': '3',
    });
  });

  test.each([
    ['cilium', { 'services.loadbalancers': '1', 'services.nodeports': '3' }],
    ['istio', { 'services.loadbalancers': '1', 'services.nodeports': '3' }],
    ['azure-alb-external', { 'services.loadbalancers': '0', 'services.nodeports': '0' }],
  ])('counts the load balancer that the controller makes for a Gateway of the class %s', (gatewayClassName, counts) => {
    const host = 'a.company.com';
    const hard = quotaOf((scope) => new Edge(scope, 'edge', new Program(scope, 'a'), { host, gatewayClassName }));
    expect(hard).toMatchObject(counts);
  });

  test.each([[undefined], [{}], [{ gatewayClassName: 'istio' }], [{ listeners: [] }]])(
    'counts a Gateway with the unfinished spec %j',
    (spec) => {
      const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', spec };
      const hard = quotaOf((scope) => new ApiObject(scope, 'gateway', gateway));
      expect(hard).toMatchObject({ 'services.loadbalancers': '1', 'services.nodeports': '1' });
    },
  );

  test('counts volumes that stand already: they fill the quota too', () => {
    const hard = quotaOf((scope) => {
      const made = new Program(scope, 'a');
      new Claim(made, 'Data', made, { size: Size.gibibytes(1), existingClaim: 'handbook' });
      new Claim(made, 'Index', made, { size: Size.gibibytes(1) });
    });
    expect(hard.persistentvolumeclaims).toBe('2');
  });

  test("counts cert-manager's pods, which have a Service with a node port for each host", () => {
    const hosts = { host: 'a.company.com', additionalHosts: ['b.company.com'], gatewayClassName: 'envoy' };
    const withEdge = (clusterIssuer?: string) =>
      quotaOf((scope) => new Edge(scope, 'edge', new Program(scope, 'a', fixed), { ...hosts, clusterIssuer }));
    expect(withEdge()).toMatchObject({ pods: '2', 'services.nodeports': '3' });
    expect(withEdge('letsencrypt')).toMatchObject({ pods: '4', 'services.nodeports': '5' });
  });

  test('adds sidecars to the main container, and takes the largest init container instead where it is larger', () => {
    const pods = (props: ComponentProps) => quotaOf((scope) => new Program(scope, 'a', { ...fixed, ...props }));
    expect(pods({ extraSidecars: [container('proxy', '100m', '128Mi')] })['requests.cpu']).toBe('250m');
    expect(pods({ extraInitContainers: [container('small', '50m', '64Mi')] })['requests.cpu']).toBe('125m');
    expect(pods({ extraInitContainers: [container('large', '1', '64Mi')] })).toMatchObject({
      'requests.cpu': '1250m',
      'requests.memory': '160Mi',
    });
  });

  test('adds a sidecar to the init containers that run after its start', () => {
    const hard = quotaOf((scope) => {
      const made = new Program(scope, 'a', fixed);
      made.addSidecar(container('proxy', '100m', '128Mi'));
      made.addInitContainer(container('large', '1', '64Mi'));
    });
    expect(hard['requests.cpu']).toBe('1375m');
  });

  test('counts what the limit range gives to a container that says nothing', () => {
    const silent = { name: 'silent', image: 'registry.example/silent:1' };
    const hard = quotaOf((scope) => new Program(scope, 'a', { ...fixed, extraSidecars: [silent] }));
    expect(hard['limits.cpu']).toBe('500m');
    expect(hard['requests.memory']).toBe('240Mi');
  });

  test('always has room for all pods of all programs, whatever there is', () => {
    const program = fc.record({
      replicas: fc.integer({ min: 1, max: 9 }),
      cpu: fc.integer({ min: 1, max: 4000 }),
      memory: fc.integer({ min: 1, max: 8000 }),
    });
    fc.assert(
      fc.property(fc.array(program, { maxLength: 6 }), (programs) => {
        const hard = quotaOf((scope) =>
          programs.map(
            ({ replicas, cpu, memory }, index) =>
              new Program(scope, `p${index}`, { replicas, resources: resources(cpu, memory) }),
          ),
        );
        const needed = (of: (program: (typeof programs)[number]) => number) =>
          programs.reduce((sum, each) => sum + (each.replicas + 1) * of(each), 0);
        expect(quantityValue(hard['requests.cpu'])).toBeGreaterThanOrEqual(needed(({ cpu }) => cpu / 1000) - 1e-9);
        expect(quantityValue(hard['limits.memory'])).toBeGreaterThanOrEqual(
          needed(({ memory }) => 2 * memory * 2 ** 20),
        );
        expect(Number(hard.pods)).toBeGreaterThanOrEqual(needed(() => 1));
      }),
      { numRuns: 25 },
    );
  });
});

describe('the limit range', () => {
  test('lets the largest container in, init containers and sidecars included', () => {
    expect(
      limitsOf((scope) => new Program(scope, 'a', { extraInitContainers: [container('large', '3', '4Gi')] })).max,
    ).toEqual({ cpu: '3', memory: '4Gi' });
  });

  test('never gives a default above its own maximum: the API server refuses such an object', () => {
    for (const declare of [() => {}, (scope: Construct) => new Program(scope, 'a', { resources: resources(1, 1) })]) {
      const { max, default: limit, defaultRequest } = limitsOf(declare);
      for (const resource of ['cpu', 'memory']) {
        expect(quantityValue(max[resource])).toBeGreaterThanOrEqual(quantityValue(limit[resource]));
        expect(quantityValue(limit[resource])).toBeGreaterThanOrEqual(quantityValue(defaultRequest[resource]));
      }
    }
  });
});
