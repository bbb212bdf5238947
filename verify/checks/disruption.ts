import type { IPodDisruptionBudgetSpec, IPodDisruptionBudgetStatus } from 'kubernetes-models/policy/v1';
import type { Check } from '../check';
import { failed, judged } from '../finding';
import { nameOf, type Typed } from '../kubernetes/object';

type Budget = Typed<IPodDisruptionBudgetSpec, IPodDisruptionBudgetStatus>;

/** Whether a node can be drained now. */
export const disruption: Check = {
  name: 'disruption',
  about: 'every PodDisruptionBudget has its pods and lets one go',
  async *run({ rendered, cluster }) {
    for (const object of rendered.ofKind<Budget>('PodDisruptionBudget')) {
      const live = await cluster.live(object);
      if (!live) {
        yield failed(nameOf(object), 'is not in the cluster: apply the manifests');
        continue;
      }
      const { expectedPods = 0, currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = live.status ?? {};
      const problems = [
        ...(expectedPods === 0 ? ['its selector chooses no pod'] : []),
        ...(currentHealthy < desiredHealthy ? [`${currentHealthy} of ${desiredHealthy} needed pods are healthy`] : []),
        ...(expectedPods > 0 && disruptionsAllowed === 0 ? ['no pod may go: draining a node would hang'] : []),
      ];
      yield judged(nameOf(object), problems, `${currentHealthy} healthy, ${disruptionsAllowed} may go at once`);
    }
  },
};
