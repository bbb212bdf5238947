import type { IPersistentVolumeClaimSpec, IPersistentVolumeClaimStatus } from 'kubernetes-models/v1';
import type { Check, CheckContext } from '../check';
import { failed, judged, passed } from '../finding';
import { nameOf, type Typed } from '../kubernetes/object';

type Claim = Typed<IPersistentVolumeClaimSpec, IPersistentVolumeClaimStatus>;

/** Whether data has a place. */
export const volumes: Check = {
  name: 'volumes',
  about: 'every PersistentVolumeClaim is bound',
  async *run(context) {
    for (const object of context.rendered.ofKind<Claim>('PersistentVolumeClaim')) {
      const live = await context.cluster.live(object);
      const subject = nameOf(object);
      const phase = live?.status?.phase;
      if (!live) yield failed(subject, 'is not in the cluster: apply the manifests');
      else if (phase === 'Pending' && !isUsedAllTheTime(context, object.metadata.name)) {
        yield passed(subject, 'waits for its first job: its StorageClass binds when a pod comes');
      } else {
        const problem = phase === 'Bound' ? [] : [`is ${phase}: kubectl describe says what its StorageClass answers`];
        yield judged(subject, problem, `is bound, ${live.status?.capacity?.storage ?? 'size unknown'}`);
      }
    }
  },
};

function isUsedAllTheTime({ rendered }: CheckContext, claim: string): boolean {
  return rendered
    .services()
    .flatMap(({ spec }) => spec.template.spec?.volumes ?? [])
    .some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim);
}
