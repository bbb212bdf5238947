import { App } from 'cdk8s';
import { workloadsOf } from '../../constructs/platform/workload';
import { Workspace } from '../../constructs/workspace';
import { environments } from '../../environments';
import { type Manifest, manifestsOf, podOwners } from '../manifests';
import { Evaluator, type PodSet, type Policy } from './evaluator';

const PROGRAM = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';

function podSets(manifests: readonly Manifest[]): PodSet[] {
  return podOwners(manifests).map(({ metadata, spec }) => ({
    name: spec.template.metadata.labels[INSTANCE],
    namespace: metadata.namespace ?? '',
    labels: spec.template.metadata.labels,
  }));
}

function evaluatorOf(manifests: readonly Manifest[]): Evaluator {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as Policy[];
  return new Evaluator(policies, (namespace) => ({ 'kubernetes.io/metadata.name': namespace }));
}

function portsOf(manifests: readonly Manifest[]): number[] {
  const declared = podOwners(manifests).flatMap(({ spec }) =>
    [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers].flatMap(({ ports }) =>
      (ports ?? []).map(({ containerPort }: { containerPort: number }) => containerPort),
    ),
  );
  return [...new Set([...declared, 22, 53, 80, 443, 5432, 8080])];
}

describe.each(environments.map(({ name, workspace }) => [name, workspace] as const))('%s', (name, props) => {
  const manifests = manifestsOf(name);
  const evaluator = evaluatorOf(manifests);
  const pods = podSets(manifests);
  const app = new App();
  new Workspace(app, name, props);
  const workloads = workloadsOf(app);

  test('the policies allow exactly the declared links between pods', () => {
    const declared = workloads
      .flatMap(({ _links }) => _links)
      .map(({ from, to, portName }) => `${from.name} -> ${to.name}:${to.podPort(portName)}`);
    const allowed = pods.flatMap((from) =>
      pods
        .filter((to) => to !== from && to.namespace === from.namespace)
        .flatMap((to) =>
          portsOf(manifests)
            .filter((port) => evaluator.podToPod(from, to, port))
            .map((port) => `${from.name} -> ${to.name}:${port}`),
        ),
    );
    expect(allowed.sort()).toEqual([...new Set(declared)].sort());
    expect(declared.length).toBeGreaterThan(0);
  });

  test('a pod that no program owns reaches nothing and is reached by nothing', () => {
    const stranger: PodSet = { name: 'stranger', namespace: pods[0].namespace, labels: { [PROGRAM]: 'stranger' } };
    for (const pod of pods) {
      for (const port of portsOf(manifests)) {
        expect(evaluator.podToPod(stranger, pod, port)).toBe(false);
        expect(evaluator.podToPod(pod, stranger, port)).toBe(false);
      }
    }
    expect(evaluator.podToAddress(stranger, '203.0.113.7', 443)).toBe(false);
  });

  test('pods of another namespace reach nothing, unless they are the edge or the monitoring', () => {
    const stranger: PodSet = { name: 'stranger', namespace: 'somewhere-else', labels: {} };
    for (const pod of pods) {
      for (const port of portsOf(manifests)) {
        expect(evaluator.podToPod(stranger, pod, port)).toBe(false);
      }
    }
  });

  test('nobody reaches the metadata service of the cloud, the API server or a private address that is not declared', () => {
    for (const pod of pods) {
      const declared = workloads.find((workload) => workload.name === pod.name)?._outbound ?? [];
      const privateOnes = declared.filter(({ to }) => to.cidrs?.some((cidr) => cidr.startsWith('10.')));
      expect(evaluator.podToAddress(pod, '169.254.169.254', 80)).toBe(false);
      expect(evaluator.podToAddress(pod, '169.254.169.254', 443)).toBe(false);
      expect(evaluator.podToAddress(pod, '10.1.2.3', 443)).toBe(false);
      if (privateOnes.length === 0) {
        expect(evaluator.podToAddress(pod, '10.225.4.4', 5432)).toBe(false);
      }
    }
  });

  test('only programs with a declared host leave the cluster, and only on its port', () => {
    for (const pod of pods) {
      const hosts = workloads.find((workload) => workload.name === pod.name)?._outbound ?? [];
      const ports = new Set(hosts.map(({ to }) => to.port ?? 443));
      for (const port of [22, 25, 80, 443, 8443].filter((candidate) => !ports.has(candidate))) {
        expect(evaluator.podToAddress(pod, '203.0.113.7', port)).toBe(false);
      }
    }
  });
});
