import { type FSWatcher, readdirSync, readlinkSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** A folder that is being watched. */
export interface FolderWatch {
  close(): void;
}

/** How a folder is watched. */
export interface WatchOptions {
  /** Rest after the last event before the folder is compared. Unit: milliseconds. @default 50 */
  readonly settleMs?: number;
  /** How often it is compared without any event. Unit: milliseconds. @default 5000 */
  readonly pollMs?: number;
  /** Which files count, by name. @default - all */
  readonly only?: (name: string) => boolean;
}

/** A folder in which something is written all the time is compared after so many rests. */
const LONGEST_SETTLING = 10;

/**
 * Calls back once after each change of the folder's files: a swap of Kubernetes' link `..data`, which is several
 * events, or a file that was written, replaced or removed. Some file systems give no events, so the folder is also
 * compared now and then. A folder that does not exist yet is waited for. It does not keep the process alive.
 */
export function watchFolder(folder: string, onChange: () => void, options: WatchOptions = {}): FolderWatch {
  const { settleMs = 50, pollMs = 5000, only = () => true } = options;
  let seen = signatureOf(folder, only);
  let settling: NodeJS.Timeout | undefined;
  let compareBy = 0;
  let watcher: FSWatcher | undefined;

  const compare = () => {
    settling = undefined;
    const now = signatureOf(folder, only);
    if (now === seen) return;
    seen = now;
    onChange();
  };
  const settle = () => {
    const now = Date.now();
    if (!settling) compareBy = now + LONGEST_SETTLING * settleMs;
    clearTimeout(settling);
    settling = setTimeout(compare, Math.min(settleMs, Math.max(0, compareBy - now))).unref();
  };
  const stopWatching = () => {
    watcher?.close();
    watcher = undefined;
  };
  const startWatching = () => {
    try {
      watcher = watch(folder, { persistent: false }, settle);
      watcher.on('error', stopWatching);
    } catch {
      // The folder is not there yet, or the machine has no watches left: the comparison finds changes too, later.
    }
  };

  startWatching();
  const poll = setInterval(() => {
    if (!watcher) startWatching();
    if (!settling) compare();
  }, pollMs).unref();
  return {
    close: () => {
      clearInterval(poll);
      clearTimeout(settling);
      stopWatching();
    },
  };
}

/** Differs whenever a file of the folder is another one, or has other content as far as size and times tell. */
function signatureOf(folder: string, only: (name: string) => boolean): string {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith('..') || only(name))
      .sort()
      .map((name) => (name.startsWith('..') ? linkOf(join(folder, name)) : `${name} ${fileOf(join(folder, name))}`))
      .join('\n');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function fileOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return 'missing';
  }
}
