import type { Check, CheckContext } from '../check';
import { differences } from '../difference';
import { type Finding, failed, judged, passed } from '../finding';
import { type KubernetesObject, nameOf } from '../kubernetes/object';
import { hindrance, look } from '../look';
import { isOnDemand } from '../rendered';

const MANAGED_BY = 'app.kubernetes.io/managed-by';
/** What opens a way in or out: left over from an older rendering, it goes on doing so. */
const OPENING_KINDS = ['NetworkPolicy', 'CiliumNetworkPolicy', 'HTTPRoute', 'Ingress', 'Route', 'Service'];

/** Whether every object is there as it was rendered. */
export const asRendered: Check = {
  name: 'as-rendered',
  about: 'every rendered object is in the cluster, with the rendered images and configuration',
  async *run(context) {
    for (const object of context.rendered.objects) {
      yield await look(nameOf(object), () => compare(context, object));
    }
    for (const kind of OPENING_KINDS) yield* leftOvers(context, kind);
  },
};

async function compare({ cluster }: CheckContext, rendered: KubernetesObject): Promise<Finding> {
  const subject = nameOf(rendered);
  const live = await cluster.live(rendered);
  if (!live) {
    return isOnDemand(rendered) || removesItself(rendered)
      ? passed(subject, 'is not there, as a job that ran or was never needed')
      : failed(subject, 'is not in the cluster: apply the manifests');
  }
  const wanted = isOnDemand(rendered) ? withoutSuspension(rendered) : rendered;
  return judged(subject, differences(comparable(wanted), live), 'is as rendered');
}

async function* leftOvers({ rendered, cluster }: CheckContext, kind: string): AsyncGenerator<Finding> {
  const [first] = rendered.ofKind(kind);
  if (!first) return;
  const names = new Set(rendered.ofKind(kind).map(({ metadata }) => metadata.name));
  const live = await cluster.list(first.apiVersion, kind).catch((error) => {
    // Said already of each rendered object of this kind.
    if (hindrance(kind, error)) return [];
    throw error;
  });
  for (const object of live) {
    const ours = object.metadata.labels?.[MANAGED_BY] === first.metadata.labels?.[MANAGED_BY];
    if (!ours || names.has(object.metadata.name)) continue;
    yield failed(
      nameOf(object),
      'is not rendered here (any more?) and still opens a way: delete it, if nobody needs it',
    );
  }
}

function comparable({ status: _, metadata, ...rest }: KubernetesObject): unknown {
  const { labels, annotations } = metadata;
  return { metadata: { labels, annotations }, ...rest };
}

function removesItself({ kind, spec }: KubernetesObject): boolean {
  return kind === 'Job' && (spec as { ttlSecondsAfterFinished?: number }).ttlSecondsAfterFinished !== undefined;
}

/** Starting such a job is what it is for. */
function withoutSuspension(job: KubernetesObject): KubernetesObject {
  const { suspend: _, ...spec } = job.spec as { suspend?: boolean };
  return { ...job, spec };
}
