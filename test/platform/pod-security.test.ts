import { ApiObject, type ApiObjectProps, Chart, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { Backup } from '../../constructs/backup';
import { ClaudeSessionPods } from '../../constructs/claude/session-pods';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { checkManifestsAtSynth } from '../../constructs/platform/manifest-check';
import { PodSecurityLevel, WorkspaceNamespace } from '../../constructs/platform/namespace';
import { Platform } from '../../constructs/platform/platform';
import { beyondLevel, podSecurityRules } from '../../constructs/platform/pod-security';
import { Tika, type TikaProps } from '../../constructs/tika';
import { kubernetes, render } from '../render';
import { goodManifest, type KubernetesObject } from './good-manifests';

interface Breach {
  readonly id: string;
  /** What is done to a good pod's spec. */
  readonly change: (spec: KubernetesObject['spec'], pod: KubernetesObject) => void;
  readonly restricted: string;
  /** Under `baseline`; nothing where that level allows it. */
  readonly baseline?: string;
}

const VOLUMES = 'configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected, secret';
const BASELINE_CAPABILITIES =
  'AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT';
const PROBE = { httpGet: { path: '/', port: 80, host: '10.0.0.1' } };

function both(id: string, change: Breach['change'], error: string): Breach {
  return { id, change, restricted: error, baseline: error };
}

/** One good pod, one change, one error: every rule of the table stands here. */
const BREACHES: readonly Breach[] = [
  ...['hostNetwork', 'hostPID', 'hostIPC'].map((field) =>
    both(
      `pod-security-${field.toLowerCase()}`,
      (spec) => Object.assign(spec, { [field]: true }),
      `spec: ${field} shares a namespace of the node: leave it out`,
    ),
  ),
  both(
    'pod-security-privileged',
    ({ initContainers }) => Object.assign(initContainers[0].securityContext, { privileged: true }),
    'spec.initContainers[0].securityContext: privileged is true: leave it out',
  ),
  both(
    'pod-security-seccomp',
    ({ securityContext }) => Object.assign(securityContext.seccompProfile, { type: 'Unconfined' }),
    'spec.securityContext: seccompProfile has the type Unconfined: write RuntimeDefault or Localhost',
  ),
  both(
    'pod-security-apparmor',
    ({ containers }) => Object.assign(containers[0].securityContext, { appArmorProfile: { type: 'Unconfined' } }),
    'spec.containers[0].securityContext: appArmorProfile has the type Unconfined: write RuntimeDefault or Localhost',
  ),
  both(
    'pod-security-apparmor-annotation',
    (_, { metadata }) =>
      Object.assign(metadata, {
        annotations: { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' },
      }),
    'metadata.annotations["container.apparmor.security.beta.kubernetes.io/main"]: unconfined is no profile of this level: leave the annotation out',
  ),
  both(
    'pod-security-selinux-type',
    ({ securityContext }) => Object.assign(securityContext, { seLinuxOptions: { type: 'spc_t' } }),
    'spec.securityContext: seLinuxOptions has another type than container_t, container_init_t, container_kvm_t, container_engine_t: leave it out',
  ),
  ...['user', 'role'].map((field) =>
    both(
      `pod-security-selinux-${field}`,
      ({ containers }) => Object.assign(containers[0].securityContext, { seLinuxOptions: { [field]: 'x' } }),
      `spec.containers[0].securityContext: seLinuxOptions has a ${field}: leave it out`,
    ),
  ),
  both(
    'pod-security-sysctl',
    ({ securityContext }) => Object.assign(securityContext, { sysctls: [{ name: 'kernel.msgmax', value: '1' }] }),
    'spec.securityContext.sysctls[0]: kernel.msgmax is no safe sysctl: leave it out',
  ),
  both(
    'pod-security-host-process',
    ({ securityContext }) => Object.assign(securityContext, { windowsOptions: { hostProcess: true } }),
    'spec.securityContext: windowsOptions.hostProcess runs on the node itself: leave it out',
  ),
  both(
    'pod-security-host-process',
    ({ containers }) => Object.assign(containers[0].securityContext, { windowsOptions: { hostProcess: true } }),
    'spec.containers[0].securityContext: windowsOptions.hostProcess runs on the node itself: leave it out',
  ),
  both(
    'pod-security-host-port',
    ({ containers }) => Object.assign(containers[0], { ports: [{ containerPort: 80, hostPort: 8080 }] }),
    'spec.containers[0].ports[0]: hostPort 8080 takes a port of the node: leave it out',
  ),
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) =>
    both(
      'pod-security-probe-host',
      ({ containers }) => Object.assign(containers[0], { [probe]: PROBE }),
      `spec.containers[0].${probe}.httpGet: host 10.0.0.1 makes the node call others, refused from Kubernetes 1.34 on: leave it out`,
    ),
  ),
  ...['postStart', 'preStop'].map((hook) =>
    both(
      'pod-security-probe-host',
      ({ containers }) =>
        Object.assign(containers[0], { lifecycle: { [hook]: { tcpSocket: { port: 80, host: '10.0.0.1' } } } }),
      `spec.containers[0].lifecycle.${hook}.tcpSocket: host 10.0.0.1 makes the node call others, refused from Kubernetes 1.34 on: leave it out`,
    ),
  ),
  both(
    'pod-security-proc-mount',
    ({ containers }) => Object.assign(containers[0].securityContext, { procMount: 'Unmasked' }),
    'spec.containers[0].securityContext: procMount is Unmasked: leave it out',
  ),
  {
    id: 'pod-security-capabilities',
    change: ({ containers }) => Object.assign(containers[0].securityContext.capabilities, { add: ['NET_ADMIN'] }),
    restricted:
      'spec.containers[0].securityContext.capabilities: add has NET_ADMIN: leave out what is not NET_BIND_SERVICE',
    baseline: `spec.containers[0].securityContext.capabilities: add has NET_ADMIN: leave out what is not ${BASELINE_CAPABILITIES}`,
  },
  {
    id: 'pod-security-capabilities',
    change: ({ containers }) => Object.assign(containers[0].securityContext.capabilities, { add: ['CHOWN'] }),
    restricted:
      'spec.containers[0].securityContext.capabilities: add has CHOWN: leave out what is not NET_BIND_SERVICE',
  },
  {
    id: 'pod-security-host-path',
    change: ({ volumes }) => volumes.push({ name: 'node', hostPath: { path: '/var/run' } }),
    restricted: `spec.volumes[1]: hostPath is no volume of this level: use one of ${VOLUMES}`,
    baseline: 'spec.volumes[1]: hostPath mounts a folder of the node: use a PersistentVolumeClaim or an emptyDir',
  },
  {
    id: 'pod-security-volume',
    change: ({ volumes }) => volumes.push({ name: 'share', nfs: { server: 'nas', path: '/' } }),
    restricted: `spec.volumes[1]: nfs is no volume of this level: use one of ${VOLUMES}`,
  },
  {
    id: 'pod-security-non-root',
    change: ({ containers }) => Object.assign(containers[0].securityContext, { runAsNonRoot: false }),
    restricted: 'spec.containers[0].securityContext: runAsNonRoot is false: write true, or leave it out',
  },
  {
    id: 'pod-security-non-root-unsaid',
    change: ({ securityContext, initContainers }) => {
      securityContext.runAsNonRoot = undefined;
      initContainers[0].securityContext.runAsNonRoot = true;
    },
    restricted: 'spec.containers[0]: may run as root: write securityContext.runAsNonRoot true',
  },
  {
    id: 'pod-security-root-user',
    change: ({ securityContext }) => Object.assign(securityContext, { runAsUser: 0 }),
    restricted: 'spec.securityContext: runAsUser 0 is root: write another id, or leave it out',
  },
  {
    id: 'pod-security-seccomp-unsaid',
    change: ({ securityContext, containers }) => {
      securityContext.seccompProfile = undefined;
      containers[0].securityContext.seccompProfile = { type: 'Localhost', localhostProfile: 'a.json' };
    },
    restricted:
      'spec.initContainers[0]: has no seccomp profile: write securityContext.seccompProfile.type RuntimeDefault or Localhost',
  },
  {
    id: 'pod-security-escalation',
    change: ({ containers }) => Object.assign(containers[0].securityContext, { allowPrivilegeEscalation: true }),
    restricted: 'spec.containers[0]: may gain privileges: write securityContext.allowPrivilegeEscalation false',
  },
  {
    id: 'pod-security-escalation-unsaid',
    change: ({ containers }) => Object.assign(containers[0].securityContext, { allowPrivilegeEscalation: undefined }),
    restricted: 'spec.containers[0]: may gain privileges: write securityContext.allowPrivilegeEscalation false',
  },
  {
    id: 'pod-security-drop-all',
    change: ({ containers }) => Object.assign(containers[0].securityContext.capabilities, { drop: ['NET_RAW'] }),
    restricted: 'spec.containers[0]: keeps capabilities: write ALL into securityContext.capabilities.drop',
  },
  {
    id: 'pod-security-drop-all-unsaid',
    change: ({ containers }) => Object.assign(containers[0].securityContext, { capabilities: undefined }),
    restricted: 'spec.containers[0]: keeps capabilities: write ALL into securityContext.capabilities.drop',
  },
];

function goodPod(): KubernetesObject {
  const securityContext = () => ({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      initContainers: [{ name: 'first', securityContext: securityContext() }],
      containers: [{ name: 'main', securityContext: securityContext() }],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}

test('every rule has a breach', () => {
  expect([...new Set(BREACHES.map(({ id }) => id))].sort()).toEqual([
    ...new Set(podSecurityRules.map(({ id }) => id).sort()),
  ]);
});

test('a good pod is beyond no level', () => {
  for (const level of Object.values(PodSecurityLevel)) {
    expect(beyondLevel(goodPod(), level)).toEqual([]);
  }
});

test.each(BREACHES.map((breach) => [breach.id, breach.restricted, breach] as const))('%s: %s', (id, _error, breach) => {
  const pod = goodPod();
  breach.change(pod.spec, pod);
  expect(beyondLevel(pod, PodSecurityLevel.RESTRICTED)).toEqual([breach.restricted]);
  expect(beyondLevel(pod, PodSecurityLevel.BASELINE)).toEqual(breach.baseline === undefined ? [] : [breach.baseline]);
  expect(beyondLevel(pod, PodSecurityLevel.PRIVILEGED)).toEqual([]);
  const filled = beyondLevel(pod, PodSecurityLevel.RESTRICTED, true);
  expect(filled).toEqual(id.endsWith('-unsaid') ? [] : [breach.restricted]);
});

describe('a pod for Windows', () => {
  const windows = (securityContext: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: { os: { name: 'windows' }, securityContext, containers: [{ name: 'main' }] },
  });

  test('need not say what Windows does not have', () => {
    expect(beyondLevel(windows({ runAsNonRoot: true }), PodSecurityLevel.RESTRICTED)).toEqual([]);
  });

  test('has to say the rest', () => {
    expect(beyondLevel(windows({}), PodSecurityLevel.RESTRICTED)).toEqual([
      'spec.containers[0]: may run as root: write securityContext.runAsNonRoot true',
    ]);
  });
});

test('a pod with users of its own may be root in itself', () => {
  const pod = goodPod();
  Object.assign(pod.spec, { hostUsers: false });
  Object.assign(pod.spec.securityContext, { runAsNonRoot: undefined, runAsUser: 0 });
  expect(beyondLevel(pod, PodSecurityLevel.RESTRICTED)).toEqual([]);
});

test('containers of a debugger count too', () => {
  const pod = goodPod();
  pod.spec.ephemeralContainers = [{ name: 'debug', securityContext: { privileged: true } }];
  expect(beyondLevel(pod, PodSecurityLevel.BASELINE)).toEqual([
    'spec.ephemeralContainers[0].securityContext: privileged is true: leave it out',
  ]);
});

test.each([
  ['Deployment', 'spec.template.spec'],
  ['StatefulSet', 'spec.template.spec'],
  ['Job', 'spec.template.spec'],
  ['CronJob', 'spec.jobTemplate.spec.template.spec'],
])('the template of a %s is read', (kind, path) => {
  const manifest = structuredClone(goodManifest(kind));
  const template = path.split('.').reduce((part, field) => part[field], manifest);
  template.hostPID = true;
  expect(beyondLevel(manifest, PodSecurityLevel.BASELINE)).toEqual([
    `${path}: hostPID shares a namespace of the node: leave it out`,
  ]);
});

describe('what the namespace would refuse', () => {
  const rooted: TikaProps = {
    securityContext: { runAsUser: 0, runAsNonRoot: false, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } },
    extraVolumes: [{ name: 'node', hostPath: { path: '/' } }],
  };
  const context = 'spec.template.spec.containers[0].securityContext';
  const level = (name: string) => `(podSecurity of workspace: ${name})`;

  test('is said of the object and the field at synth', () => {
    const { problems } = render((scope) => new Tika(scope, 'tika', rooted));
    expect(problems.map((problem) => problem.replace(/^\[[^\]]*\] /, ''))).toEqual([
      `Deployment tika: ${context}.capabilities: add has NET_ADMIN: leave out what is not NET_BIND_SERVICE ${level('restricted')}`,
      `Deployment tika: ${context}: runAsNonRoot is false: write true, or leave it out ${level('restricted')}`,
      `Deployment tika: ${context}: runAsUser 0 is root: write another id, or leave it out ${level('restricted')}`,
      `Deployment tika: spec.template.spec.volumes[0]: hostPath is no volume of this level: use one of ${VOLUMES} ${level('restricted')}`,
    ]);
  });

  test('follows its level', () => {
    const root = { securityContext: { runAsUser: 0, runAsNonRoot: false } };
    const of = (podSecurity: PodSecurityLevel, props: TikaProps) =>
      render((scope) => {
        const chart = new Chart(scope, 'team', { namespace: 'team', disableResourceNameHashes: true });
        new WorkspaceNamespace(chart, 'namespace', { name: 'team', podSecurity }).attach(chart);
        return new Tika(chart, 'tika', props);
      }).problems;
    expect(of(PodSecurityLevel.BASELINE, root)).toEqual([]);
    expect(of(PodSecurityLevel.BASELINE, rooted)).toHaveLength(2);
    expect(of(PodSecurityLevel.PRIVILEGED, rooted)).toEqual([]);
  });

  describe('and OpenShift fills before it asks', () => {
    const bare = (securityContext: object | undefined, platform: Platform) =>
      render(
        (scope) => {
          checkManifestsAtSynth(scope);
          const manifest = structuredClone(goodManifest('Deployment'));
          const { spec } = manifest.spec.template;
          spec.securityContext = undefined;
          spec.initContainers = undefined;
          spec.containers = [{ name: 'main', image: 'registry.example/main:1', securityContext }];
          return new ApiObject(scope, 'bare', { ...manifest, metadata: { name: 'bare' } } as ApiObjectProps);
        },
        { platform },
      ).problems.filter((problem) => problem.includes('podSecurity of'));

    test('is not said of what is left out', () => {
      expect(bare(undefined, Platform.openshift())).toEqual([]);
      expect(bare(undefined, kubernetes())).toHaveLength(4);
    });

    test('is said of wrong values', () => {
      const wrong = {
        runAsNonRoot: false,
        runAsUser: 0,
        allowPrivilegeEscalation: true,
        capabilities: { drop: ['NET_RAW'] },
        seccompProfile: { type: 'Unconfined' },
      };
      expect(bare(wrong, Platform.openshift())).toHaveLength(5);
    });
  });

  test('is not said of another namespace, whose level nobody declared', () => {
    const { problems } = render((scope) => {
      const elsewhere = new Chart(scope, 'elsewhere', { namespace: 'elsewhere', disableResourceNameHashes: true });
      return new Tika(elsewhere, 'tika', rooted);
    });
    expect(problems).toEqual([]);
  });

  test('is said of jobs that run later', () => {
    const declare = (scope: Construct) => {
      const root = { securityContext: { runAsNonRoot: false } };
      const release = new OpenWebUiRelease(scope, 'open-webui', root);
      return new Backup(scope, 'backup', { release, archives: { size: Size.gibibytes(100) } });
    };
    const said = render(declare).problems.join('\n');
    for (const object of ['Deployment open-webui', 'CronJob open-webui-data-backup', 'Job open-webui-data-restore']) {
      expect(said).toContain(object);
    }
  });

  test('is said of the pods that the Claude service makes for sessions', () => {
    const { problems } = render(
      (scope) =>
        new ClaudeSessionPods(scope, 'sessions', {
          kubernetesApi: { host: 'kubernetes.default.svc', cidrs: ['10.0.0.1/32'] },
          workspaces: { size: Size.gibibytes(1), shared: true, storageClass: 'files' },
          securityContext: { runAsUser: 0 },
        }),
    );
    expect(problems.map((problem) => problem.replace(/^\[[^\]]*\] /, ''))).toEqual([
      `sessions: the pods of sessions would be refused: spec.containers[0].securityContext: runAsUser 0 is root: write another id, or leave it out ${level('restricted')}`,
    ]);
  });
});
