import { setTimeout as sleep } from 'node:timers/promises';

const NODE = 'stand-in';
const SETTLE_SECONDS = 60;
/** Autoscalers leave out pods that started less than five minutes ago. */
const STARTED = new Date(Date.now() - 3600_000).toISOString().replace(/\.\d+Z$/, 'Z');

/** A node whose kubelet serves `exec` and `port-forward` at a port of this machine, if there is one. */
export async function addNode(api, kubeletPort = 1) {
  await api.create('/api/v1/nodes', { metadata: { name: NODE } });
  await api.merge(`/api/v1/nodes/${NODE}/status`, {
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      capacity: { cpu: '64', memory: '256Gi', pods: '200' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    },
  });
}

/**
 * Does for the pods of a namespace what the scheduler and a kubelet would, until the controllers are content: binds
 * them, says that they run, or that the jobs among them are done, and gives every claim its volume.
 */
export async function bringToLife(api, namespace) {
  await bindClaims(api, namespace);
  for (const end = Date.now() + SETTLE_SECONDS * 1000; ; await sleep(300)) {
    const { items } = await api.get(`/api/v1/namespaces/${namespace}/pods`);
    const waiting = items.filter(({ status }) => status.phase === 'Pending');
    for (const [index, pod] of waiting.entries()) await startPod(api, pod, items.length + index);
    if (waiting.length === 0 && (await isSettled(api, namespace))) return;
    if (Date.now() > end) throw new Error(`after ${SETTLE_SECONDS} s the controllers are still not content`);
  }
}

async function startPod(api, { metadata, spec }, index) {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  if (!spec.nodeName) {
    await api.create(`${path}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: metadata.name },
      target: { kind: 'Node', name: NODE },
    });
  }
  const done = metadata.ownerReferences?.some(({ kind }) => kind === 'Job');
  const running = { running: { startedAt: STARTED } };
  const ended = { terminated: { exitCode: 0, reason: 'Completed', startedAt: STARTED, finishedAt: STARTED } };
  const status = (container, state) => ({
    name: container.name,
    image: container.image,
    imageID: container.image,
    ready: !done,
    started: !done,
    restartCount: 0,
    state,
  });
  await api.merge(`${path}/status`, {
    status: {
      phase: done ? 'Succeeded' : 'Running',
      startTime: STARTED,
      podIP: `10.244.${Math.floor(index / 250)}.${(index % 250) + 2}`,
      podIPs: [{ ip: `10.244.${Math.floor(index / 250)}.${(index % 250) + 2}` }],
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: done && /Ready/.test(type) ? 'False' : 'True',
        lastTransitionTime: STARTED,
      })),
      initContainerStatuses: (spec.initContainers ?? []).map((container) =>
        status(container, container.restartPolicy === 'Always' && !done ? running : ended),
      ),
      containerStatuses: spec.containers.map((container) => status(container, done ? ended : running)),
    },
  });
}

async function bindClaims(api, namespace) {
  const { items } = await api.get(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`);
  for (const { metadata, spec } of items) {
    await api.create('/api/v1/persistentvolumes', {
      metadata: { name: `pv-${metadata.name}` },
      spec: {
        capacity: spec.resources.requests,
        accessModes: spec.accessModes,
        storageClassName: spec.storageClassName ?? '',
        claimRef: { namespace, name: metadata.name },
        hostPath: { path: '/nowhere' },
      },
    });
  }
}

async function isSettled(api, namespace) {
  const list = async (path) => (await api.get(path.replace('*', `namespaces/${namespace}`))).items;
  const [deployments, jobs, autoscalers, budgets, claims, slices] = await Promise.all(
    [
      '/apis/apps/v1/*/deployments',
      '/apis/batch/v1/*/jobs',
      '/apis/autoscaling/v2/*/horizontalpodautoscalers',
      '/apis/policy/v1/*/poddisruptionbudgets',
      '/api/v1/*/persistentvolumeclaims',
      '/apis/discovery.k8s.io/v1/*/endpointslices',
    ].map(list),
  );
  return (
    deployments.every(({ spec, status }) => status.readyReplicas === spec.replicas) &&
    jobs.every(({ spec, status }) => spec.suspend || status.conditions?.some(({ type }) => type === 'Complete')) &&
    autoscalers.every(({ spec, status }) => status?.currentMetrics?.length === spec.metrics.length) &&
    budgets.every(({ status }) => status?.disruptionsAllowed > 0) &&
    claims.every(({ status }) => status.phase === 'Bound') &&
    slices.every(({ endpoints }) => endpoints?.some(({ conditions }) => conditions.ready))
  );
}
