import { setTimeout as sleep } from 'node:timers/promises';

const SETTLE_SECONDS = 60;
const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/**
 * Waits until the controllers have created every pod of every workload.
 * @param expected how many pods a Deployment shall have; by default its replicas, once its autoscaler has lifted it
 * @returns sentences on what is missing; none when all pods exist
 */
export async function missingPods(cluster, expected = (deployment) => deployment.spec.replicas) {
  for (const end = Date.now() + SETTLE_SECONDS * 1000; ; await sleep(500)) {
    const missing = await countPods(cluster, expected);
    const refused = await refusals(cluster);
    if (refused.length > 0) return [...missing, ...refused];
    if (missing.length === 0 || Date.now() > end) return missing;
  }
}

/** Grows every autoscaled Deployment to its maximum and rolls all of them at once: the most that the quota must hold. */
export async function missingPodsAtMaximum(cluster) {
  const autoscalers = await ours(cluster, 'horizontalpodautoscalers');
  for (const { metadata, spec } of autoscalers) {
    const target = `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`.toLowerCase();
    await must(cluster, ['scale', target, `--namespace=${metadata.namespace}`, `--replicas=${spec.maxReplicas}`]);
  }
  for (const { metadata } of await ours(cluster, 'deployments')) {
    await must(cluster, ['rollout', 'restart', `deployment/${metadata.name}`, `--namespace=${metadata.namespace}`]);
  }
  return missingPods(cluster, (deployment) => deployment.spec.replicas + surge(deployment.spec));
}

/** Starts every CronJob once, now: its pods would otherwise first be created on some night. */
export async function startCronJobs(cluster) {
  for (const { metadata } of await ours(cluster, 'cronjobs')) {
    const name = `${metadata.name.slice(0, 50)}-now`;
    await must(cluster, [
      'create',
      'job',
      name,
      `--from=cronjob/${metadata.name}`,
      `--namespace=${metadata.namespace}`,
    ]);
  }
}

/** The pods that were created, with what admission has added to them. */
export function createdPods(cluster) {
  return ours(cluster, 'pods');
}

async function countPods(cluster, expected) {
  const [deployments, statefulSets, jobs, autoscalers] = await Promise.all(
    ['deployments', 'statefulsets', 'jobs', 'horizontalpodautoscalers'].map((kind) => ours(cluster, kind)),
  );
  return [
    ...autoscalers.flatMap((autoscaler) => unlifted(autoscaler, deployments)),
    ...deployments.flatMap((object) => shortfall(object, expected(object), object.status.replicas)),
    ...statefulSets.flatMap((object) => shortfall(object, firstPods(object.spec), object.status.replicas)),
    ...jobs.flatMap((object) => shortfall(object, jobPods(object.spec), object.status.active)),
  ];
}

function shortfall({ kind, metadata, status }, desired, created = 0) {
  const seen = status.observedGeneration === undefined || status.observedGeneration >= metadata.generation;
  if (seen && created === desired) return [];
  return [`${kind} ${metadata.namespace}/${metadata.name} has ${created} of ${desired} pods`];
}

function unlifted({ metadata, spec }, deployments) {
  const { kind, name } = spec.scaleTargetRef;
  const target = deployments.find((one) => one.metadata.name === name && one.metadata.namespace === metadata.namespace);
  const problem = (text) => [`HorizontalPodAutoscaler ${metadata.namespace}/${metadata.name}: ${text}`];
  if (kind !== 'Deployment' || !target) return problem(`there is no ${kind} ${name} for it to scale`);
  if (target.spec.replicas >= (spec.minReplicas ?? 1)) return [];
  return problem(`the Deployment has ${target.spec.replicas} replicas, below minReplicas ${spec.minReplicas}`);
}

/** No pod ever becomes ready here, so a StatefulSet in order stops at its first. */
function firstPods({ replicas, podManagementPolicy }) {
  return podManagementPolicy === 'Parallel' ? replicas : Math.min(1, replicas);
}

function jobPods({ suspend, parallelism, completions }) {
  return suspend ? 0 : Math.min(parallelism, completions ?? parallelism);
}

/** Percentages round up (source: the Deployment API, maxSurge). */
function surge({ strategy, replicas }) {
  const limit = strategy.rollingUpdate?.maxSurge ?? 0;
  return typeof limit === 'string' ? Math.ceil((Number.parseInt(limit, 10) / 100) * replicas) : limit;
}

/** What admission answered to the controllers that tried to create pods or claims. */
async function refusals(cluster) {
  const events = await ours(cluster, 'events');
  const messages = events
    .filter(({ reason }) => reason === 'FailedCreate' || reason === 'ReplicaSetCreateError')
    // A quota of the same apply is not counted yet for some tenths of a second: the controller tries again by itself.
    .filter(({ message }) => !message.includes('status unknown for quota'))
    .map(({ involvedObject: { kind, namespace, name }, message }) => `${kind} ${namespace}/${name}: ${message}`)
    // Every try has another pod name.
    .map((message) => message.replace(/pods "[^"]+"/, 'a pod'));
  return [...new Set(messages)];
}

async function ours(cluster, kind) {
  const objects = await cluster.list(kind);
  return objects.filter(({ metadata }) => !SYSTEM_NAMESPACES.includes(metadata.namespace));
}

async function must(cluster, args) {
  const { code, stderr } = await cluster.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
}
