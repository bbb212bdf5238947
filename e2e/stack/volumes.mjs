// The volumes of a pod as folders: ConfigMaps, Secrets, projected volumes, emptyDirs and claims.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fieldOf, secretNamed } from './variables.mjs';

/** Writes a volume; answers with its folder and the texts in it in which paths and addresses are to be replaced. */
export function layOutVolume(volume, context) {
  if (volume.persistentVolumeClaim) {
    return keptFolder(join(context.claims, volume.persistentVolumeClaim.claimName));
  }
  const folder = join(context.root, 'volumes', volume.name);
  if (volume.emptyDir || volume.ephemeral) return keptFolder(folder);
  const files = filesOf(volume, context);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    // A new line at the end would be part of the key.
    writeFileSync(join(folder, path), content, { mode: 0o640 });
  }
  return { folder, texts: files.filter(({ isText }) => isText).map(({ path, content }) => [path, content]) };
}

function keptFolder(folder) {
  mkdirSync(folder, { recursive: true });
  return { folder, texts: [] };
}

function filesOf(volume, context) {
  const where = { ...context, where: `${context.where}, volume ${volume.name}` };
  if (volume.configMap) return configMapFiles(volume.configMap, where);
  if (volume.secret) return secretFiles({ ...volume.secret, name: volume.secret.secretName }, where);
  if (volume.downwardAPI) return downwardFiles(volume.downwardAPI, where);
  if (!volume.projected) throw new Error(`${where.where} is of a kind that this run does not know`);
  return volume.projected.sources.flatMap((source) => {
    if (source.configMap) return configMapFiles(source.configMap, where);
    if (source.secret) return secretFiles(source.secret, where);
    if (source.downwardAPI) return downwardFiles(source.downwardAPI, where);
    throw new Error(`${where.where} projects ${Object.keys(source)}, which this run does not know`);
  });
}

function configMapFiles(reference, context) {
  return picked(context.configMap(reference.name), `ConfigMap ${reference.name}`, reference, context).map((file) => ({
    ...file,
    isText: true,
  }));
}

function secretFiles(reference, context) {
  return picked(secretNamed(reference, context), `Secret ${reference.name}`, reference, context);
}

function downwardFiles({ items }, context) {
  return items.map(({ path, fieldRef }) => ({ path, content: fieldOf(fieldRef.fieldPath, context) }));
}

function picked(values, from, { items, optional }, { where }) {
  const wanted = items ?? Object.keys(values).map((key) => ({ key, path: key }));
  return wanted.flatMap(({ key, path }) => {
    if (values[key] !== undefined) return [{ path, content: values[key] }];
    if (optional) return [];
    throw new Error(`${where} wants the key ${key} of ${from}, which is not there`);
  });
}
