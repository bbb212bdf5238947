import type { IJobSpec, IJobStatus } from 'kubernetes-models/batch/v1';
import type { IContainer } from 'kubernetes-models/v1';
import type { Check, CheckContext } from '../check';
import { type Finding, failed, passed, unchecked } from '../finding';
import { conditionOf, nameOf, reasonOf, type Typed } from '../kubernetes/object';
import { isReady, podsOf } from '../live-pod';
import { look } from '../look';
import { isOnDemand, type Workload } from '../rendered';

/** Open WebUI's own default. */
const DEFAULT_PORT = 8080;

type Job = Typed<IJobSpec, IJobStatus>;

/** Whether the database has the shape that the running version wants. */
export const migrations: Check = {
  name: 'migrations',
  about: 'jobs that run once are complete, and Open WebUI serves the version that is rendered',
  async *run(context) {
    for (const job of context.rendered.ofKind<Job>('Job')) {
      if (!isOnDemand(job)) yield await look(nameOf(job), () => complete(context, job));
    }
    for (const workload of context.rendered.services()) {
      const container = workload.spec.template.spec?.containers.find(isOpenWebUi);
      if (!container) continue;
      const subject = `Open WebUI in ${nameOf(workload)}`;
      yield await look(subject, () => servedVersion(context, subject, workload, container));
    }
  },
};

async function complete({ cluster }: CheckContext, rendered: Job): Promise<Finding> {
  const subject = nameOf(rendered);
  const live = await cluster.live(rendered);
  if (!live) {
    return rendered.spec.ttlSecondsAfterFinished === undefined
      ? failed(subject, 'is not in the cluster: apply the manifests')
      : passed(subject, 'is gone, as it is some time after its end');
  }
  const conditions = live.status?.conditions;
  const end = conditionOf(conditions, 'Complete') ?? conditionOf(conditions, 'SuccessCriteriaMet');
  if (end?.status === 'True') return passed(subject, 'is complete');
  const failure = conditionOf(conditions, 'Failed');
  if (failure?.status === 'True') return failed(subject, `failed: ${reasonOf(failure)}: kubectl logs says why`);
  return failed(subject, `has not ended yet: ${live.status?.active ?? 0} pods are at it`);
}

/** Only Open WebUI signs its sessions with this key. */
function isOpenWebUi({ env = [] }: IContainer): boolean {
  return env.some(({ name }) => name === 'WEBUI_SECRET_KEY');
}

/** Open WebUI answers only after its start, and its start ends only on a migrated database. */
async function servedVersion(
  { cluster, pods }: CheckContext,
  subject: string,
  workload: Workload,
  { env, ports, image = '' }: IContainer,
): Promise<Finding> {
  const [pod] = (await podsOf(cluster, workload)).filter(isReady);
  if (!pod) return unchecked(subject, 'has no ready pod to ask');
  const port = Number(env?.find(({ name }) => name === 'PORT')?.value ?? ports?.[0]?.containerPort ?? DEFAULT_PORT);
  const tag = /:v?(\d[\d.]*)/.exec(image.slice(image.lastIndexOf('/')))?.[1];
  try {
    const { status, body } = await pods.request(pod.metadata.name, port, { path: '/api/version' });
    const version = status === 200 ? (JSON.parse(body) as { version?: string }).version : undefined;
    if (version === undefined) return failed(subject, `answers ${status} to /api/version`);
    const other = tag !== undefined && tag !== version;
    return other ? failed(subject, `serves ${version}, ${tag} is rendered`) : passed(subject, `serves ${version}`);
  } catch (error) {
    if (error instanceof SyntaxError) return failed(subject, 'answers /api/version with something else than JSON');
    throw error;
  }
}
