import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** More entries than this are not looked at: such a folder counts as full. */
const MOST_ENTRIES = 100_000;

/** What a folder takes on the disk, links not followed. Unit: bytes; infinite with too many files. */
export async function folderSize(root: string): Promise<number> {
  const waiting = [root];
  let bytes = 0;
  let entries = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      entries += 1;
      if (entries > MOST_ENTRIES) {
        return Number.POSITIVE_INFINITY;
      }
      if (entry.isDirectory()) {
        waiting.push(path);
      } else if (entry.isFile()) {
        // A file may go away between the two calls.
        bytes += await lstat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
      }
    }
  }
  return bytes;
}
