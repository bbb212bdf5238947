/** A Kubernetes object as a file has it. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind
  readonly [field: string]: any;
}

/** Fields by their path, as JSON. */
export interface FixedFields {
  readonly [path: string]: string;
}

/**
 * What the API server does not let anybody change in an object that exists, by kind. Source: Kubernetes' API reference
 * and its validation, `pkg/apis/*\/validation`, 1.35.
 */
const FIXED: { readonly [kind: string]: readonly string[] | undefined } = {
  Deployment: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  StatefulSet: ['spec.selector', 'spec.serviceName', 'spec.podManagementPolicy', 'spec.volumeClaimTemplates'],
  Job: ['spec.selector', 'spec.completionMode', 'spec.template'],
  PersistentVolumeClaim: [
    'spec.accessModes',
    'spec.storageClassName',
    'spec.selector',
    'spec.volumeMode',
    'spec.volumeName',
  ],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  PriorityClass: ['value', 'preemptionPolicy'],
  StorageClass: ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
};

/** Kinds whose disappearance takes data or an address that others use with it. */
const MISSED = new Set(['Namespace', 'PersistentVolumeClaim', 'StatefulSet', 'Service']);

/** Whether an object that is no longer there is worth a note. */
export function isMissed({ kind }: { readonly kind: string }): boolean {
  return MISSED.has(kind);
}

/** The fields of an object that stay as they are once it exists. */
export function fixedFields(object: KubernetesObject): FixedFields {
  const fields = (FIXED[object.kind] ?? []).flatMap((path) => {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at as { [key: string]: unknown } | undefined)?.[key], object);
    return value === undefined ? [] : [[path, JSON.stringify(value)]];
  });
  return Object.fromEntries([...fields, ...clusterIp(object), ...immutableContent(object)]);
}

/** A Service with an address of its own cannot become one without, nor the other way round. */
function clusterIp({ kind, spec }: KubernetesObject): string[][] {
  return kind === 'Service' ? [['spec.clusterIP', spec?.clusterIP === 'None' ? '"None"' : '"an address"']] : [];
}

function immutableContent({ kind, immutable, data }: KubernetesObject): string[][] {
  return (kind === 'ConfigMap' || kind === 'Secret') && immutable === true ? [['data', JSON.stringify(data)]] : [];
}
