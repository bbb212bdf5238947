import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TenantFile } from '../../../../constructs/tenants';

/** What changes when the tenants change. */
export interface TenantFilesPlace {
  readonly folder: string;
  /** Whether a file of that name in the folder counts. */
  counts(name: string): boolean;
}

export function placeOf(path: string): TenantFilesPlace {
  if (isFolder(path)) return { folder: path, counts: isTenantFile };
  return { folder: dirname(path), counts: (name) => name === basename(path) };
}

/**
 * The tenants' files: the one at `path`, or every `*.json` of the folder there, in the order of their names.
 * Error: a sentence, when they cannot be read or there are none.
 */
export function readTenantFiles(path: string): TenantFile[] {
  if (!isFolder(path)) return [{ name: basename(path), text: readText(path) }];
  // What the link points to stays as it is, while the files behind the folder's own links may be swapped in between.
  const folder = realFolder(path);
  const names = readdirSync(folder).filter(isTenantFile);
  if (names.length === 0) throw new Error(`${path} has no *.json file: put the tenants there`);
  return names.sort().map((name) => ({ name, text: readText(join(folder, name)) }));
}

function isTenantFile(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.');
}

function realFolder(path: string): string {
  try {
    return realpathSync(join(path, '..data'));
  } catch {
    return path;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'is not readable';
    throw new Error(`${path} ${reason}: mount the tenants there, or set TENANT_CONFIG_PATH`);
  }
}
