import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { WorkspaceError } from './workspace';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
const FOLDER_MODE = 0o700;

/**
 * The real path of what a model names, whether it exists or not. Links are followed here and nowhere after, so that a
 * link inside may lead to another place inside. Error: `WorkspaceError` for a place outside of the root.
 */
export async function realPathInside(root: string, path: string): Promise<string> {
  if (path.includes('\0')) {
    throw new WorkspaceError('the path has a zero byte: write a usual path');
  }
  const real = await realPathOfAny(resolve(root, path)).catch((error: unknown) => {
    throw new WorkspaceError(`${path} cannot be reached: ${reason(error)}`);
  });
  if (real !== root && !real.startsWith(root + sep)) {
    throw new WorkspaceError(`${path} is outside of the workspace: only files inside of it can be used`);
  }
  return real;
}

/** The real path of a file that may be missing, with the real path of the nearest folder that is there. */
async function realPathOfAny(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) {
      throw error;
    }
    return join(await realPathOfAny(dirname(path)), basename(path));
  }
}

/**
 * Opens the folder that holds a real path, component by component from the root and without following any link, and
 * hands over a path through that folder's descriptor. A component that is swapped for a link in the meantime is an
 * error, and what is opened or renamed through the descriptor is in the folder that was checked.
 */
export async function inFolderOf<T>(
  root: string,
  real: string,
  makeFolders: boolean,
  use: (path: string) => Promise<T>,
): Promise<T> {
  let folder = await openFolder(root);
  try {
    const names = relative(root, dirname(real)).split(sep).filter(Boolean);
    for (const name of names) {
      const path = through(folder, name);
      if (makeFolders) {
        await mkdir(path, FOLDER_MODE).catch(ignoreExisting);
      }
      const next = await openFolder(path);
      await folder.close();
      folder = next;
    }
    return await use(through(folder, basename(real)));
  } finally {
    await folder.close();
  }
}

/** What went wrong with a file, in a few words. */
export function reason(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? (code || String(error));
}

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'it does not exist',
  EACCES: 'it may not be accessed',
  EPERM: 'it may not be accessed',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  ELOOP: 'a part of its path is a link that changed meanwhile',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EFBIG: 'it would be too large',
  EROFS: 'it is on a disk that cannot be written',
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException)?.code ?? '';
}

function through(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

function openFolder(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') {
    throw error;
  }
}
