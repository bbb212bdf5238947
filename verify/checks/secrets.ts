import type { Check, CheckContext } from '../check';
import { type Finding, failed, judged } from '../finding';
import { conditionOf, type KubernetesObject, nameOf, reasonOf, type WithConditions } from '../kubernetes/object';
import { look } from '../look';
import { secretKeysOf } from '../pod-spec';

const SERVING_CERTIFICATE = 'service.beta.openshift.io/serving-cert-secret-name';
type Secret = KubernetesObject & { readonly data?: { readonly [key: string]: string } };

/** Whether every Secret is there with its keys. Values are never shown. */
export const secrets: Check = {
  name: 'secrets',
  about: 'ExternalSecrets are synced; every Secret that a pod refers to has its keys, none of them empty',
  async *run(context) {
    for (const object of context.rendered.ofKind<WithConditions>('SecretStore', 'ExternalSecret')) {
      yield await look(nameOf(object), () => synced(context, object));
    }
    const live = await context.cluster.list<Secret>('v1', 'Secret');
    for (const [name, { keys, optional }] of referredTo(context)) {
      const found = live.find(({ metadata }) => metadata.name === name);
      if (found || !optional) yield keysOf(name, keys, found, originOf(context, name));
    }
  },
};

async function synced({ cluster }: CheckContext, object: WithConditions): Promise<Finding> {
  const live = await cluster.live(object);
  if (!live) return failed(nameOf(object), 'is not in the cluster: apply the manifests');
  const ready = conditionOf(live.status?.conditions, 'Ready');
  const problem = ready?.status === 'True' ? [] : [`is not ready: ${reasonOf(ready)}`];
  return judged(nameOf(object), problem, object.kind === 'ExternalSecret' ? 'is synced' : 'is ready');
}

function keysOf(name: string, keys: ReadonlySet<string>, live: Secret | undefined, origin: string): Finding {
  const subject = `Secret ${name}`;
  if (!live) return failed(subject, `is not in the cluster: ${origin}`);
  const missing = [...keys].filter((key) => live.data?.[key] === undefined);
  const empty = [...keys].filter((key) => live.data?.[key] === '');
  const problems = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(empty.length > 0 ? [`has no value in ${empty.join(', ')}`] : []),
  ];
  return judged(subject, problems, keys.size > 0 ? `has ${[...keys].sort().join(', ')}` : 'is there');
}

/** Who should have made a Secret. */
function originOf({ rendered }: CheckContext, name: string): string {
  const annotations = rendered.ofKind('Service').map(({ metadata }) => metadata.annotations?.[SERVING_CERTIFICATE]);
  if (annotations.includes(name)) return "OpenShift's service CA makes it for the Service that names it";
  const external = rendered.ofKind('ExternalSecret').some(({ metadata }) => metadata.name === name);
  return external ? 'its ExternalSecret makes it' : 'TOPOLOGY.md of the environment lists its keys';
}

/** Keys by Secret. Jobs on demand count as well: in an emergency nobody wants to look for a key. */
function referredTo({ rendered }: CheckContext) {
  const found = new Map<string, { readonly keys: Set<string>; optional: boolean }>();
  for (const workload of rendered.workloads()) {
    for (const { secret, key, optional } of secretKeysOf(workload.spec.template.spec ?? { containers: [] })) {
      const entry = found.get(secret) ?? { keys: new Set<string>(), optional: true };
      found.set(secret, entry);
      if (optional) continue;
      if (key !== undefined) entry.keys.add(key);
      entry.optional = false;
    }
  }
  return [...found].sort(([one], [other]) => one.localeCompare(other));
}
