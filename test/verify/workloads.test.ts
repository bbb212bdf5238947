import { NoAccess, PortClosed } from '../../verify/kubernetes/pod-access';
import { finds } from './broken';
import { bad, type Loose, Replay } from './replay';

const unready = (pod: Loose) => {
  for (const condition of pod.status.conditions) if (/Ready/.test(condition.type)) condition.status = 'False';
  for (const container of pod.status.containerStatuses) container.ready = false;
};
const allUnready = (replay: Replay, name: string) => {
  for (const pod of replay.live('pods').filter(({ metadata }: Loose) => metadata.name.startsWith(name))) unready(pod);
};

finds('pods', [
  {
    name: 'a pod that is not ready',
    break: (replay) => unready(replay.one('pods', 'mcp-proxy')),
    says: /Deployment mcp-proxy: 1 of 2 pods are ready; mcp-proxy-\S+: mcp-proxy not ready/,
  },
  {
    name: 'a crash loop, with how it ended',
    break: (replay) => {
      const pod = replay.one('pods', 'open-webui');
      unready(pod);
      pod.status.containerStatuses[0].state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } };
      pod.status.containerStatuses[0].lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    },
    says: /open-webui: CrashLoopBackOff: back-off 40s \(ended before with 137, OOMKilled\)/,
  },
  {
    name: 'an image that cannot be pulled, of an init container',
    break: (replay) => {
      const pod = replay.one('pods', 'open-webui');
      unready(pod);
      pod.status.initContainerStatuses[0].state = { waiting: { reason: 'ImagePullBackOff' } };
      pod.status.containerStatuses[0].state = { waiting: { reason: 'PodInitializing' } };
    },
    says: /pods are ready; open-webui-\S+, copy-app-data: ImagePullBackOff$/m,
  },
  {
    name: 'a pod that no node has room for',
    break: (replay) => {
      const pod = replay.one('pods', 'redis');
      unready(pod);
      pod.status.conditions = [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
      ];
    },
    says: /Unschedulable: 0\/3 nodes are available/,
  },
  {
    name: 'a pod that admission refuses',
    break: (replay) => {
      const { status } = replay.one('deployments', 'litellm');
      status.conditions.push({ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: workspace' });
      replay.remove('pods', 'litellm');
    },
    says: /Deployment litellm: 1 of 2 pods are ready; no pod can be made: exceeded quota: workspace/,
  },
  {
    name: 'an update that is half done',
    break: (replay) => {
      replay.one('deployments', 'open-webui').status.updatedReplicas = 1;
      replay.one('pods', 'open-webui').spec.containers[0].image = 'ghcr.io/open-webui/open-webui:0.12.3';
    },
    says: /1 of 3 pods are of the newest version; open-webui-\S+ runs ghcr\.io\/open-webui\/open-webui:0\.12\.3 open-webui/,
  },
  {
    name: 'a Deployment that was scaled away',
    break: (replay) => {
      replay.one('deployments', 'redis').spec.replicas = 0;
    },
    says: /Deployment redis: it is scaled to 0/,
  },
  {
    name: 'a backup whose last run failed',
    environment: 'phase2-kind',
    break: (replay) => {
      replay.one('cronjobs', 'openwebui-data-backup').status = {
        lastScheduleTime: '2026-11-20T02:15:00Z',
        lastSuccessfulTime: '2026-11-19T02:15:40Z',
      };
    },
    says: /CronJob openwebui-data-backup: its run of 2026-11-20T02:15:00Z did not succeed/,
  },
]);

finds('migrations', [
  {
    name: 'a migration that failed',
    break: (replay) => {
      replay.one('jobs', 'open-webui-migration').status.conditions = [
        { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'it failed 4 times' },
      ];
    },
    says: /Job open-webui-migration-\w+: failed: BackoffLimitExceeded: it failed 4 times/,
  },
  {
    name: 'a migration that still runs',
    break: (replay) => {
      replay.one('jobs', 'open-webui-migration').status = { active: 1 };
    },
    says: /has not ended yet: 1 pods are at it/,
  },
  {
    name: 'another version than the rendered one',
    environment: 'phase2-kind',
    break: ({ pods }) => {
      pods.answer = (_, __, { path }) =>
        path === '/api/version' ? { status: 200, body: '{"version":"0.12.3"}' } : undefined;
    },
    says: /Open WebUI in Deployment openwebui: serves 0\.12\.3, 0\.12\.4 is rendered/,
  },
  {
    name: 'the web page in place of an answer',
    environment: 'phase2-kind',
    break: ({ pods }) => {
      pods.answer = () => ({ status: 200, body: '<!doctype html>' });
    },
    says: /answers \/api\/version with something else than JSON/,
  },
  {
    name: 'no pod to ask, as not checked',
    environment: 'phase2-kind',
    break: (replay) => allUnready(replay, 'openwebui'),
    says: /Open WebUI in Deployment openwebui: has no ready pod to ask/,
    state: 'not checked',
  },
]);

finds('services', [
  {
    name: 'a Service without a ready endpoint',
    break: (replay) => {
      for (const { conditions } of replay.one('endpointslices', 'mcp-proxy').endpoints) conditions.ready = false;
    },
    says: /Service mcp-proxy: has no ready endpoint/,
  },
  {
    name: 'a port that no pod serves',
    break: (replay) => {
      replay.one('endpointslices', 'open-webui').ports[0].name = 'other';
    },
    says: /Service open-webui: no pod serves its port 8080/,
  },
]);

finds('health', [
  {
    name: 'a program that says it is not well, with its words',
    break: ({ pods }) => {
      pods.answer = (pod, _, { path }) =>
        pod.startsWith('open-webui') && path === '/ready' ? { status: 503, body: '{"redis":false}' } : undefined;
    },
    says: /open-webui in open-webui-\S+: \/ready: answers 503: \{"redis":false\}/,
  },
  {
    name: 'a program behind its sidecar, asked where its probe asks',
    environment: 'phase2-kind',
    break: ({ pods }) => {
      pods.answer = (_, port, { path }) =>
        port === 8080 && path === '/health' ? { status: 500, body: 'no' } : undefined;
    },
    says: /open-webui in openwebui-\S+: \/health: answers 500: no/,
  },
  {
    name: "a failing probe's own words",
    environment: 'phase2-kind',
    break: ({ pods }) => {
      pods.run = async () => ({ exitCode: 1, stdout: '', stderr: 'NOAUTH Authentication required' });
    },
    says: /redis in redis-\S+: its own probe: ends with 1: NOAUTH Authentication required/,
  },
  {
    name: 'a port on which nothing listens',
    break: ({ pods }) => {
      pods.answer = (_, port) => {
        if (port === 8001) throw new PortClosed('nothing listens: connection refused');
        return undefined;
      };
    },
    says: /mcp-server in mcp-filesystem-\S+: \/ping: nothing listens: connection refused/,
  },
  {
    name: 'a node that cannot be reached, as not checked',
    break: ({ pods }) => {
      pods.answer = () => {
        throw new NoAccess('the API server answered 500: it reaches no kubelet for this pod');
      };
    },
    says: /mcp-proxy in mcp-proxy-\S+: \/health: the API server answered 500/,
    state: 'not checked',
  },
  {
    name: 'a program without a ready pod, as not checked',
    break: (replay) => allUnready(replay, 'redis'),
    says: /Deployment redis: has no ready pod to ask/,
    state: 'not checked',
  },
]);

finds('autoscaling', [
  {
    name: 'metrics that nobody knows',
    break: (replay) => {
      const { status } = replay.one('horizontalpodautoscalers', 'open-webui-hpa');
      status.currentMetrics = null;
      Object.assign(
        status.conditions.find(({ type }: Loose) => type === 'ScalingActive'),
        {
          status: 'False',
          reason: 'FailedGetResourceMetric',
          message: 'the server could not find pods.metrics.k8s.io',
        },
      );
    },
    says: /open-webui-hpa: not ScalingActive: FailedGetResourceMetric: .*; 0 of 2 metrics have a value/,
  },
]);

finds('autoscaling', [
  {
    name: 'a ScaledObject that KEDA refused',
    break: (replay) => {
      const metadata = { name: 'open-webui' };
      const conditions = [{ type: 'Ready', status: 'False', reason: 'ScaledObjectCheckFailed', message: 'no target' }];
      const object = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec: {} };
      replay.addKind('scaledobjects', object, { metadata, spec: {}, status: { conditions } });
    },
    says: /ScaledObject open-webui: is not ready: ScaledObjectCheckFailed: no target/,
  },
]);

finds('disruption', [
  {
    name: 'a budget that lets nobody go',
    break: (replay) => {
      Object.assign(replay.one('poddisruptionbudgets', 'open-webui').status, {
        currentHealthy: 2,
        disruptionsAllowed: 0,
      });
    },
    says: /PodDisruptionBudget open-webui: no pod may go: draining a node would hang/,
  },
  {
    name: 'a budget of nothing',
    break: (replay) => {
      replay.one('poddisruptionbudgets', 'mcp-proxy').status.expectedPods = 0;
    },
    says: /PodDisruptionBudget mcp-proxy: its selector chooses no pod/,
  },
]);

finds('quota', [
  {
    name: 'too little left for a rolling update',
    break: (replay) => {
      const { status } = replay.one('resourcequotas', 'workspace');
      status.used['requests.memory'] = '34000Mi';
    },
    says: /requests\.memory: 34000Mi of 34720Mi are used, too little is left for one more pod/,
  },
]);

finds('pod-security', [
  {
    name: 'a privileged pod of somebody else',
    break: (replay) => {
      const pod = structuredClone(replay.one('pods', 'redis'));
      pod.metadata.name = 'debug';
      pod.spec.containers[0].securityContext.privileged = true;
      replay.live('pods').push(pod);
    },
    says: /Pod debug: spec\.containers\[0\]\.securityContext: privileged is true/,
  },
  {
    name: 'a pod from before the level was enforced',
    break: (replay) => {
      const { spec } = replay.one('pods', 'redis');
      spec.securityContext = {};
      spec.containers[0].securityContext = {};
      spec.volumes.push({ name: 'docker', hostPath: { path: '/var/run' } });
      spec.hostNetwork = true;
    },
    says: /hostNetwork shares a namespace of the node.*may run as root.*has no seccomp profile.*may gain privileges.*keeps capabilities.*spec\.volumes\[3\]: hostPath is no volume/,
  },
  {
    name: 'a namespace whose level was taken away',
    break: (replay) => replay.changeNamespace({ labels: {} }),
    says: /Namespace open-webui: enforces no level, not restricted/,
  },
]);

test('an evicted pod beside the one that took its place is no trouble', async () => {
  const replay = await new Replay('aks-production').start();
  try {
    const evicted = structuredClone(replay.one('pods', 'mcp-proxy'));
    Object.assign(evicted.status, { phase: 'Failed', reason: 'Evicted' });
    unready(evicted);
    replay.live('pods').push(evicted);
    expect(bad(await replay.find('pods'))).toEqual([]);
  } finally {
    await replay.stop();
  }
});
