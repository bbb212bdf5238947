import type { IEndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1';
import type { IServicePort } from 'kubernetes-models/v1';
import type { Check } from '../check';
import { failed, judged } from '../finding';
import { type KubernetesObject, nameOf, type Typed } from '../kubernetes/object';

type Service = Typed<{ readonly type?: string; readonly ports?: readonly IServicePort[] }, unknown>;
type EndpointSlice = KubernetesObject & Pick<IEndpointSlice, 'endpoints' | 'ports'>;

const SERVICE_NAME = 'kubernetes.io/service-name';

/** Whether behind every Service there is a pod that answers for it. */
export const services: Check = {
  name: 'services',
  about: 'every Service has ready endpoints for each of its ports',
  async *run({ rendered, cluster }) {
    const slices = await cluster.list<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice');
    for (const service of rendered.ofKind<Service>('Service')) {
      if (service.spec.type === 'ExternalName') continue;
      const own = slices.filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === service.metadata.name);
      const ready = new Set(own.flatMap(readyAddresses));
      if (ready.size === 0) {
        yield failed(nameOf(service), 'has no ready endpoint: look at the pods that its selector chooses');
        continue;
      }
      const names = new Set(own.flatMap(({ ports }) => ports ?? []).map(({ name }) => name ?? ''));
      const missing = (service.spec.ports ?? []).filter(({ name }) => !names.has(name ?? ''));
      yield judged(
        nameOf(service),
        missing.map(({ port }) => `no pod serves its port ${port}`),
        `${ready.size} ready ${ready.size === 1 ? 'endpoint' : 'endpoints'}`,
      );
    }
  },
};

function readyAddresses({ endpoints }: EndpointSlice): string[] {
  // Absent means ready (source: the EndpointSlice API, conditions.ready).
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses);
}
