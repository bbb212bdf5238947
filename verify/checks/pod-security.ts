import { beyondLevel } from '../../constructs/platform/pod-security';
import type { Check } from '../check';
import { failed, judged, passed } from '../finding';
import type { KubernetesObject } from '../kubernetes/object';
import type { LivePod } from '../live-pod';

const ENFORCED = 'pod-security.kubernetes.io/enforce';

/** Whether no pod of the namespace has more rights than its level allows, whoever made it. */
export const podSecurity: Check = {
  name: 'pod-security',
  about: 'the namespace enforces its level, and every pod in it keeps to it, those of others included',
  async *run({ rendered, cluster }) {
    for (const namespace of rendered.ofKind('Namespace')) {
      const level = namespace.metadata.labels?.[ENFORCED];
      if (level === undefined) continue;
      const live = await cluster.live<KubernetesObject>(namespace);
      const enforced = live?.metadata.labels?.[ENFORCED];
      const subject = `Namespace ${namespace.metadata.name}`;
      yield judged(
        subject,
        enforced === level ? [] : [`enforces ${enforced ?? 'no level'}, not ${level}`],
        `enforces ${level}`,
      );
      const pods = await cluster.list<LivePod>('v1', 'Pod');
      // A pod that was there before the label came is not asked by the API server again.
      const beyond = pods.map((pod) => ({
        name: pod.metadata.name,
        problems: beyondLevel({ ...pod, kind: 'Pod' }, level),
      }));
      const broken = beyond.filter(({ problems }) => problems.length > 0);
      for (const { name, problems } of broken) yield failed(`Pod ${name}`, problems.join('; '));
      if (broken.length === 0) yield passed('all pods', `${pods.length} pods keep to ${level}`);
    }
  },
};
