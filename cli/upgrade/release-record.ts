import fs from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { type FixedFields, fixedFields, type KubernetesObject } from './fixed-fields';

/** What must not change from one release to the next: the names of files and objects, and the fixed fields. */
export interface ReleaseRecord {
  /** Paths below the folder, with `/`. */
  readonly files: readonly string[];
  readonly objects: { readonly [id: string]: FixedFields };
}

/**
 * Reads a folder of rendered YAML, with its sub-folders, or a record of one that was kept as JSON.
 * Error: there is no such folder or file, or it has no YAML.
 */
export function readRelease(place: string): ReleaseRecord {
  if (fs.statSync(place).isFile()) {
    return JSON.parse(fs.readFileSync(place, 'utf8'));
  }
  const files = fs
    .readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.yaml'))
    .sort();
  if (files.length === 0) {
    throw new Error(`${place} has no YAML: name the folder into which the manifests are rendered`);
  }
  const objects = files.flatMap((file) => objectsOf(place, file));
  return { files, objects: Object.fromEntries(objects.map(([id, object]) => [id, fixedFields(object)])) };
}

function objectsOf(folder: string, file: string): [string, KubernetesObject][] {
  const documents = loadAll(fs.readFileSync(path.join(folder, file), 'utf8')) as (KubernetesObject | null)[];
  const place = path.posix.dirname(file);
  return documents
    .filter((object): object is KubernetesObject => typeof object?.kind === 'string' && Boolean(object.metadata?.name))
    .map((object) => {
      const { kind, metadata } = object;
      const name = `${kind}/${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;
      return [place === '.' ? name : `${place}: ${name}`, object];
    });
}
