import type { IServiceSpec } from 'kubernetes-models/v1';
import type { Check, CheckContext } from '../check';
import { connectionsFrom, type Target } from '../connection-attempts';
import { type Finding, failed, passed, unchecked } from '../finding';
import { nameOf, type Typed } from '../kubernetes/object';
import { NoAccess } from '../kubernetes/pod-access';
import { isReady, podsOf } from '../live-pod';
import { NetworkPolicies, type NetworkPolicy } from '../network-policy';
import type { Workload } from '../rendered';

type Service = Typed<IServiceSpec, unknown>;
type Expectation = Target & { readonly open: boolean; readonly called: string };

/** Where the metadata of a cloud machine is, with its credentials; and an address of the Internet that answers on 443. */
const OUTSIDE = [
  { host: '169.254.169.254', port: 80, called: "the machine's metadata" },
  { host: '1.1.1.1', port: 443, called: 'the Internet' },
];

/** Whether the cluster enforces the NetworkPolicies, tried from within running pods. */
export const network: Check = {
  name: 'network',
  about: 'from within the pods, what the NetworkPolicies open can be reached and what they close cannot',
  async *run(context) {
    const policies = new NetworkPolicies(context.rendered.ofKind<NetworkPolicy>('NetworkPolicy'));
    if (!policies.areReadable) {
      yield unchecked('NetworkPolicies', 'have matchExpressions, which are not read here');
      return;
    }
    for (const workload of context.rendered.services()) yield* tryFrom(context, policies, workload);
  },
};

async function* tryFrom(context: CheckContext, policies: NetworkPolicies, workload: Workload): AsyncGenerator<Finding> {
  const [pod] = (await podsOf(context.cluster, workload)).filter(isReady);
  const subject = `from ${nameOf(workload)}`;
  const container = workload.spec.template.spec?.containers[0].name;
  if (!pod || container === undefined) {
    yield unchecked(subject, 'has no ready pod to try from');
    return;
  }
  const expected = await expectations(context, policies, workload);
  try {
    const reached = await connectionsFrom(context.pods, pod.metadata.name, container, expected);
    if (reached === undefined) {
      yield unchecked(subject, 'its image has no program to try a connection with');
      return;
    }
    const wrong = expected.filter(({ open }, index) => reached[index] !== open);
    for (const { called, open } of wrong) {
      yield failed(
        `${subject} to ${called}`,
        open ? 'cannot be reached, though the policies open it' : 'can be reached: are NetworkPolicies enforced here?',
      );
    }
    if (wrong.length > 0) return;
    const opened = expected.filter(({ open }) => open).map(({ called }) => called);
    const closed = expected.filter(({ open }) => !open).map(({ called }) => called);
    yield passed(subject, `reaches ${opened.join(', ') || 'nothing'}; does not reach ${closed.join(', ')}`);
  } catch (error) {
    if (!(error instanceof NoAccess)) throw error;
    yield unchecked(subject, error.message);
  }
}

/** Only what answers proves anything: a Service without a ready pod is closed to everybody. */
async function expectations(
  { rendered, cluster }: CheckContext,
  policies: NetworkPolicies,
  from: Workload,
): Promise<Expectation[]> {
  const labels = from.spec.template.metadata?.labels ?? {};
  // What the policies let out may still be closed further on, which is no fault of theirs.
  const found: Expectation[] = OUTSIDE.filter(({ host, port }) => !policies.mayReachAddress(labels, host, port)).map(
    (target) => ({ ...target, open: false }),
  );
  for (const to of rendered.services()) {
    const service = rendered.serviceOf(to);
    const live = service && (await cluster.live<Service>(service as Service));
    const isUp = (await podsOf(cluster, to)).some(isReady);
    const address = live?.spec.clusterIP;
    if (to === from || !isUp || !address || address === 'None') continue;
    for (const { port, targetPort } of live.spec.ports ?? []) {
      const open = policies.mayReach(labels, to.spec.template.metadata?.labels ?? {}, numbered(to, targetPort ?? port));
      // By name where it must work, so that DNS is tried as well; by address where it must not.
      const host = open ? live.metadata.name : address;
      found.push({ host, port, open, called: `${live.metadata.name}:${port}` });
    }
  }
  return found;
}

function numbered({ spec }: Workload, port: number | string): number {
  if (typeof port === 'number') return port;
  const pod = spec.template.spec;
  const ports = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].flatMap(({ ports }) => ports ?? []);
  return ports.find(({ name }) => name === port)?.containerPort ?? 0;
}
