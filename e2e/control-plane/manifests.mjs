import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The objects in the files that `kubectl apply -f <folder>` reads, in its order. */
export function readManifests(folder) {
  return readdirSync(folder)
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS())
    .filter((object) => object !== null);
}

/** The CustomResourceDefinitions of `crdFolder` whose kind occurs among the objects, ready to be created. */
export function neededDefinitions(crdFolder, objects) {
  const used = new Set(objects.map((object) => `${object.apiVersion.split('/')[0]} ${object.kind}`));
  return readManifests(crdFolder)
    .filter(({ spec }) => used.has(`${spec.group} ${spec.names.kind}`))
    .map((definition) => approve(definition));
}

/**
 * The API server takes no definition in a group of Kubernetes' own without this annotation, and the schema-only copies
 * in imports/crds/ carry no annotations (source: k8s.io/apiextensions-apiserver, validateAPIApproval).
 */
function approve(definition) {
  if (!/\.(k8s|kubernetes)\.io$/.test(definition.spec.group)) return definition;
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, schema-only copy for a check' };
  return { ...definition, metadata: { ...definition.metadata, annotations } };
}
