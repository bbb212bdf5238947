import { createdPods } from './workloads.mjs';

/**
 * What a kubelet would look for before it starts the created pods, and would not find: it waits for a missing Secret or
 * key for ever, and neither apply nor admission says a word.
 * @param kinds the kinds to look at, of Secret, ConfigMap and PersistentVolumeClaim
 * @returns sentences, one for each thing missing
 */
export async function missingReferences(cluster, kinds) {
  const pods = await createdPods(cluster);
  const known = await knownKeys(cluster);
  const sentences = pods.flatMap(({ metadata, spec }) =>
    references(spec)
      .filter(({ kind, optional }) => kinds.includes(kind) && !optional)
      .flatMap((reference) => absence(known, metadata, reference)),
  );
  return [...new Set(sentences)].sort();
}

function absence(known, { namespace, generateName, name: podName }, { kind, name, keys }) {
  const owner = `${namespace}/${generateName ?? podName}`;
  const found = known.get(`${kind} ${namespace}/${name}`);
  if (!found) return [`${owner} refers to ${kind} ${name}, which is not there`];
  return keys
    .filter((key) => !found.has(key))
    .map((key) => `${owner} refers to key ${key} of ${kind} ${name}, which has no such key`);
}

async function knownKeys(cluster) {
  const [secrets, configMaps, claims, services] = await Promise.all(
    ['secrets', 'configmaps', 'persistentvolumeclaims', 'services'].map((kind) => cluster.list(kind)),
  );
  const known = new Map();
  for (const { kind, metadata, data, binaryData } of [...secrets, ...configMaps, ...claims]) {
    known.set(`${kind} ${metadata.namespace}/${metadata.name}`, new Set(Object.keys({ ...data, ...binaryData })));
  }
  // OpenShift makes this one itself.
  for (const { metadata } of services) {
    const name = metadata.annotations?.['service.beta.openshift.io/serving-cert-secret-name'];
    if (name) known.set(`Secret ${metadata.namespace}/${name}`, new Set(['tls.crt', 'tls.key']));
  }
  return known;
}

function references(spec) {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => fromVariable(valueFrom))),
    ...containers.flatMap(({ envFrom = [] }) => envFrom.flatMap((source) => fromSource(source))),
    ...(spec.volumes ?? []).flatMap((volume) => fromVolume(volume)),
  ];
}

function fromVariable({ secretKeyRef, configMapKeyRef } = {}) {
  return [
    secretKeyRef && { kind: 'Secret', ...secretKeyRef, keys: [secretKeyRef.key] },
    configMapKeyRef && { kind: 'ConfigMap', ...configMapKeyRef, keys: [configMapKeyRef.key] },
  ].filter(Boolean);
}

function fromSource({ secretRef, configMapRef }) {
  return [
    secretRef && { kind: 'Secret', ...secretRef, keys: [] },
    configMapRef && { kind: 'ConfigMap', ...configMapRef, keys: [] },
  ].filter(Boolean);
}

function fromVolume({ secret, configMap, projected, persistentVolumeClaim }) {
  const keys = ({ items = [] }) => items.map(({ key }) => key);
  return [
    secret && { kind: 'Secret', name: secret.secretName, optional: secret.optional, keys: keys(secret) },
    configMap && { kind: 'ConfigMap', ...configMap, keys: keys(configMap) },
    persistentVolumeClaim && { kind: 'PersistentVolumeClaim', name: persistentVolumeClaim.claimName, keys: [] },
    ...(projected?.sources ?? []).flatMap(({ secret, configMap }) => [
      secret && { kind: 'Secret', ...secret, keys: keys(secret) },
      configMap && { kind: 'ConfigMap', ...configMap, keys: keys(configMap) },
    ]),
  ].filter(Boolean);
}
