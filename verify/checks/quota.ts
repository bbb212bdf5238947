import type { IPodSpec, IResourceQuotaSpec, IResourceQuotaStatus } from 'kubernetes-models/v1';
import type { Check, CheckContext } from '../check';
import { failed, judged } from '../finding';
import { nameOf, type Typed } from '../kubernetes/object';
import { lastingContainersOf } from '../pod-spec';
import { quantityOf } from '../quantity';

type Quota = Typed<IResourceQuotaSpec, IResourceQuotaStatus>;

/** Whether the quota lets a rolling update begin now. */
export const quota: Check = {
  name: 'quota',
  about: 'the ResourceQuota has room for one more pod of each Deployment',
  async *run(context) {
    for (const object of context.rendered.ofKind<Quota>('ResourceQuota')) {
      const live = await context.cluster.live(object);
      if (!live) {
        yield failed(nameOf(object), 'is not in the cluster: apply the manifests');
        continue;
      }
      const { hard = {}, used = {} } = live.status ?? {};
      const left = (name: string) => (quantityOf(hard[name]) ?? 0) - (quantityOf(used[name]) ?? 0);
      const needs = largestSurge(context);
      const problems = Object.keys(hard)
        .filter((name) => needs(name) > left(name) + 1e-9)
        .map((name) => `${name}: ${used[name] ?? 0} of ${hard[name]} are used, too little is left for one more pod`);
      const shares = Object.keys(hard)
        .filter((name) => needs(name) > 0 && (quantityOf(hard[name]) ?? 0) > 0)
        .map((name) => ({ name, share: (quantityOf(used[name]) ?? 0) / (quantityOf(hard[name]) ?? 1) }))
        .sort((one, other) => other.share - one.share);
      const most = shares[0];
      yield judged(
        nameOf(object),
        problems,
        most ? `${most.name} is used most, ${Math.round(most.share * 100)} %` : '',
      );
    }
  },
};

/** What the most demanding pod of a Deployment takes of a resource. A Deployment that recreates needs no room. */
function largestSurge({ rendered }: CheckContext): (name: string) => number {
  const surging = rendered
    .services()
    .filter(({ kind, spec }) => kind === 'Deployment' && spec.strategy?.type !== 'Recreate')
    .map(({ spec }) => spec.template.spec ?? { containers: [] });
  return (name) => Math.max(0, ...surging.map((spec) => demandOf(spec, name)));
}

/** Source: Kubernetes, "Sidecar containers", resource sharing within containers. */
function demandOf(spec: IPodSpec, name: string): number {
  if (name === 'pods') return 1;
  const [, side, resource] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
  if (side === undefined) return 0;
  const of = (containers: IPodSpec['containers']) =>
    containers.map(({ resources }) => quantityOf(resources?.[side as 'requests' | 'limits']?.[resource]) ?? 0);
  const sum = of(lastingContainersOf(spec)).reduce((total, amount) => total + amount, 0);
  return Math.max(sum, ...of(spec.initContainers ?? []));
}
