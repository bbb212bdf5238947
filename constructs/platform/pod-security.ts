import { Manifest, POD_KINDS } from './manifest-rules/manifest';
import type { Part } from './manifest-rules/part';
import { brokenRules, type ManifestRule, type RuleSet } from './manifest-rules/rule-set';

const BASELINE_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
const RESTRICTED_CAPABILITIES = ['NET_BIND_SERVICE'];
const RESTRICTED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const PROFILES = ['RuntimeDefault', 'Localhost'];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** What both levels refuse. */
const BOTH: readonly RuleSet[] = [
  {
    parts: ({ podSpec }) => [podSpec],
    rules: ['hostNetwork', 'hostPID', 'hostIPC'].map((field) => ({
      id: `pod-security-${field.toLowerCase()}`,
      broken: (pod) => pod.at(field).value === true,
      message: () => `${field} shares a namespace of the node: leave it out`,
    })),
  },
  {
    parts: securityContexts,
    rules: [
      {
        id: 'pod-security-privileged',
        broken: (context) => context.at('privileged').value === true,
        message: () => 'privileged is true: leave it out',
      },
      {
        id: 'pod-security-host-process',
        broken: (context) => context.at('windowsOptions').at('hostProcess').value === true,
        message: () => 'windowsOptions.hostProcess runs on the node itself: leave it out',
      },
      {
        id: 'pod-security-seccomp',
        broken: (context) => !PROFILES.includes(profileType(context, 'seccompProfile') ?? PROFILES[0]),
        message: (context) =>
          `seccompProfile has the type ${profileType(context, 'seccompProfile')}: write ${PROFILES.join(' or ')}`,
      },
      {
        id: 'pod-security-apparmor',
        broken: (context) => !PROFILES.includes(profileType(context, 'appArmorProfile') ?? PROFILES[0]),
        message: (context) =>
          `appArmorProfile has the type ${profileType(context, 'appArmorProfile')}: write ${PROFILES.join(' or ')}`,
      },
      {
        id: 'pod-security-selinux-type',
        broken: (context) => !SELINUX_TYPES.includes(context.at('seLinuxOptions').text('type') ?? ''),
        message: () => `seLinuxOptions has another type than ${SELINUX_TYPES.filter(Boolean).join(', ')}: leave it out`,
      },
      ...['user', 'role'].map((field) => ({
        id: `pod-security-selinux-${field}`,
        broken: (context: Part) => (context.at('seLinuxOptions').text(field) ?? '') !== '',
        message: () => `seLinuxOptions has a ${field}: leave it out`,
      })),
    ],
  },
  {
    parts: ({ podSpec }) => podSpec.at('securityContext').items('sysctls'),
    rules: [
      {
        id: 'pod-security-sysctl',
        broken: (sysctl) => !SYSCTLS.includes(sysctl.text('name') ?? ''),
        message: (sysctl) => `${sysctl.text('name')} is no safe sysctl: leave it out`,
      },
    ],
  },
  {
    parts: (manifest) => containersOf(manifest).flatMap((container) => container.items('ports')),
    rules: [
      {
        id: 'pod-security-host-port',
        broken: (port) => (port.number('hostPort') ?? 0) !== 0,
        message: (port) => `hostPort ${port.number('hostPort')} takes a port of the node: leave it out`,
      },
    ],
  },
  {
    parts: (manifest) => containersOf(manifest).flatMap(handlers),
    rules: [
      {
        id: 'pod-security-probe-host',
        broken: (handler) => (handler.text('host') ?? '') !== '',
        message: (handler) =>
          `host ${handler.text('host')} makes the node call others, refused from Kubernetes 1.34 on: leave it out`,
      },
    ],
  },
  {
    parts: ({ podTemplate }) => podTemplate.at('metadata').entries('annotations'),
    rules: [
      {
        id: 'pod-security-apparmor-annotation',
        broken: (annotation) =>
          annotation.key.startsWith(APPARMOR_ANNOTATION) &&
          !/^($|runtime\/default$|localhost\/)/.test(annotation.text() ?? ''),
        message: (annotation) => `${annotation.text()} is no profile of this level: leave the annotation out`,
      },
    ],
  },
];

const BASELINE: readonly RuleSet[] = [
  ...BOTH,
  addedCapabilities(BASELINE_CAPABILITIES, containersOf),
  {
    parts: securityContexts,
    rules: [procMount((manifest) => !hasOwnUsers(manifest))],
  },
  {
    parts: ({ podSpec }) => podSpec.items('volumes', 'hostPath'),
    rules: [
      {
        id: 'pod-security-host-path',
        broken: () => true,
        message: () => 'hostPath mounts a folder of the node: use a PersistentVolumeClaim or an emptyDir',
      },
    ],
  },
];

const ESCALATION = 'may gain privileges: write securityContext.allowPrivilegeEscalation false';
const DROP_ALL = 'keeps capabilities: write ALL into securityContext.capabilities.drop';

/** What `restricted` asks to be written, refused where it is left out. */
const UNSAID: readonly RuleSet[] = [
  {
    parts: containersOf,
    rules: [
      {
        id: 'pod-security-non-root-unsaid',
        broken: (container, manifest) =>
          !container.at('securityContext').has('runAsNonRoot') &&
          !manifest.podSpec.at('securityContext').has('runAsNonRoot') &&
          !hasOwnUsers(manifest),
        message: () => 'may run as root: write securityContext.runAsNonRoot true',
      },
    ],
  },
  {
    parts: linuxContainersOf,
    rules: [
      {
        id: 'pod-security-seccomp-unsaid',
        broken: (container, { podSpec }) =>
          [container, podSpec].every((part) => profileType(part.at('securityContext'), 'seccompProfile') === undefined),
        message: () => `has no seccomp profile: write securityContext.seccompProfile.type ${PROFILES.join(' or ')}`,
      },
      {
        id: 'pod-security-escalation-unsaid',
        broken: (container) => escalation(container) === undefined,
        message: () => ESCALATION,
      },
      {
        id: 'pod-security-drop-all-unsaid',
        broken: (container) => !capabilities(container).has('drop'),
        message: () => DROP_ALL,
      },
    ],
  },
];

const RESTRICTED: readonly RuleSet[] = [
  ...BOTH,
  addedCapabilities(RESTRICTED_CAPABILITIES, linuxContainersOf),
  {
    parts: securityContexts,
    rules: [
      procMount(() => true),
      {
        id: 'pod-security-non-root',
        broken: (context, manifest) => context.at('runAsNonRoot').value === false && !hasOwnUsers(manifest),
        message: () => 'runAsNonRoot is false: write true, or leave it out',
      },
      {
        id: 'pod-security-root-user',
        broken: (context, manifest) => context.number('runAsUser') === 0 && !hasOwnUsers(manifest),
        message: () => 'runAsUser 0 is root: write another id, or leave it out',
      },
    ],
  },
  {
    parts: linuxContainersOf,
    rules: [
      {
        id: 'pod-security-escalation',
        broken: (container) => (escalation(container) ?? false) !== false,
        message: () => ESCALATION,
      },
      {
        id: 'pod-security-drop-all',
        broken: (container) =>
          capabilities(container).has('drop') && !listOf(capabilities(container), 'drop').includes('ALL'),
        message: () => DROP_ALL,
      },
    ],
  },
  ...UNSAID,
  {
    parts: ({ podSpec }) => podSpec.items('volumes'),
    rules: [
      {
        id: 'pod-security-volume',
        broken: (volume) => forbiddenSource(volume) !== undefined,
        message: (volume) =>
          `${forbiddenSource(volume)} is no volume of this level: use one of ${RESTRICTED_VOLUMES.join(', ')}`,
      },
    ],
  },
];

const LEVELS = new Map([
  ['baseline', BASELINE],
  ['restricted', RESTRICTED],
]);

/** Every rule of the levels; some ids stand in both. */
export const podSecurityRules: readonly ManifestRule[] = [...BASELINE, ...RESTRICTED].flatMap(({ rules }) => rules);

/**
 * What a pod, or the template in an object that makes pods, has beyond a level of the Pod Security Standards: one
 * sentence each, with the path of the field and what to write. Of Kubernetes 1.35; what a pod with users of its own
 * (`hostUsers: false`) may do, older versions refuse.
 * Sources: Kubernetes, "Pod Security Standards"; k8s.io/pod-security-admission, policy.
 * @param level `privileged`, `baseline` or `restricted`
 * @param filled whether the cluster writes what the pod leaves out before it asks for the level
 */
export function beyondLevel(object: unknown, level: string, filled = false): string[] {
  const manifest = new Manifest(object);
  return POD_KINDS.includes(manifest.kind)
    ? (LEVELS.get(level) ?? [])
        .filter((rules) => !filled || !UNSAID.includes(rules))
        .flatMap((rules) => brokenRules(rules, manifest))
    : [];
}

function containersOf({ podSpec }: Manifest): Part[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) => podSpec.items(list));
}

/** Those that `restricted` asks for what Windows does not have: none in a pod for Windows. */
function linuxContainersOf(manifest: Manifest): Part[] {
  return manifest.podSpec.at('os').text('name') === 'windows' ? [] : containersOf(manifest);
}

function securityContexts(manifest: Manifest): Part[] {
  return [manifest.podSpec, ...containersOf(manifest)].map((part) => part.at('securityContext'));
}

/** Root in such a pod is nobody on the node. */
function hasOwnUsers({ podSpec }: Manifest): boolean {
  return podSpec.at('hostUsers').value === false;
}

function profileType(context: Part, profile: string): string | undefined {
  return context.at(profile).text('type');
}

function escalation(container: Part): unknown {
  return container.at('securityContext').at('allowPrivilegeEscalation').value;
}

function capabilities(container: Part): Part {
  return container.at('securityContext').at('capabilities');
}

function listOf(part: Part, name: string): unknown[] {
  const { value } = part.at(name);
  return Array.isArray(value) ? value : [];
}

function forbiddenSource(volume: Part): string | undefined {
  return volume.keys.find((key) => key !== 'name' && !RESTRICTED_VOLUMES.includes(key));
}

function addedCapabilities(allowed: readonly string[], containers: (manifest: Manifest) => Part[]): RuleSet {
  const beyond = (part: Part) => listOf(part, 'add').filter((one) => !allowed.includes(String(one)));
  return {
    parts: (manifest) => containers(manifest).map(capabilities),
    rules: [
      {
        id: 'pod-security-capabilities',
        broken: (part) => beyond(part).length > 0,
        message: (part) => `add has ${beyond(part).join(', ')}: leave out what is not ${allowed.join(', ')}`,
      },
    ],
  };
}

function procMount(holds: (manifest: Manifest) => boolean): ManifestRule {
  return {
    id: 'pod-security-proc-mount',
    broken: (context, manifest) => (context.text('procMount') ?? 'Default') !== 'Default' && holds(manifest),
    message: (context) => `procMount is ${context.text('procMount')}: leave it out`,
  };
}

/** What the kubelet calls: probes, and the hooks of a container's life. */
function handlers(container: Part): Part[] {
  const hooks = [
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => container.at(probe)),
    ...['postStart', 'preStop'].map((hook) => container.at('lifecycle').at(hook)),
  ];
  return hooks.flatMap((hook) => [hook.at('httpGet'), hook.at('tcpSocket')]);
}
