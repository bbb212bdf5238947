import type { IContainer, IPodSpec, ISecurityContext } from 'kubernetes-models/v1';
import { containersOf } from './pod-spec';

/** One sentence for each thing that a pod has beyond the level. */
type Rule = (spec: IPodSpec) => string[];

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
const SAFE_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const each =
  (says: string, broken: (context: ISecurityContext, container: IContainer, pod: IPodSpec) => boolean): Rule =>
  (spec) =>
    containersOf(spec)
      .filter((container) => broken(container.securityContext ?? {}, container, spec))
      .map(({ name }) => `${name} ${says}`);

const BASELINE: readonly Rule[] = [
  each('is privileged', ({ privileged }) => privileged === true),
  each('has added capabilities', ({ capabilities }) =>
    (capabilities?.add ?? []).some((one) => !BASELINE_CAPABILITIES.includes(one)),
  ),
  each('takes a port of its node', (_, { ports }) => (ports ?? []).some(({ hostPort }) => hostPort)),
  each('runs unconfined by seccomp', ({ seccompProfile }) => seccompProfile?.type === 'Unconfined'),
  ({ hostNetwork, hostPID, hostIPC }) => (hostNetwork || hostPID || hostIPC ? ['shares a namespace of its node'] : []),
  ({ volumes = [] }) => volumes.filter(({ hostPath }) => hostPath).map(({ name }) => `mounts ${name} from its node`),
];

const RESTRICTED: readonly Rule[] = [
  each('may escalate its privileges', ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation !== false),
  each('does not drop all capabilities', ({ capabilities }) => !(capabilities?.drop ?? []).includes('ALL')),
  each('adds capabilities', ({ capabilities }) => (capabilities?.add ?? []).some((one) => one !== 'NET_BIND_SERVICE')),
  each('may run as root', ({ runAsNonRoot, runAsUser }, _, { securityContext }) => {
    return (runAsNonRoot ?? securityContext?.runAsNonRoot) !== true || runAsUser === 0;
  }),
  each('has no seccomp profile', ({ seccompProfile }, _, { securityContext }) => {
    return (seccompProfile ?? securityContext?.seccompProfile)?.type === undefined;
  }),
  ({ volumes = [] }) =>
    volumes
      .filter((volume) => !Object.keys(volume).some((key) => SAFE_VOLUMES.includes(key)))
      .map(({ name }) => `mounts ${name}, whose kind is not allowed`),
];

/**
 * What a pod has beyond a level of the Pod Security Standards. Written out, since a pod that was there before the label
 * came is not asked by the API server again.
 */
export function beyondLevel(spec: IPodSpec, level: string): string[] {
  const rules = level === 'restricted' ? [...BASELINE, ...RESTRICTED] : level === 'baseline' ? BASELINE : [];
  return [...new Set(rules.flatMap((rule) => rule(spec)))];
}
