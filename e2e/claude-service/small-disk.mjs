// A disk that can be filled and freed while a service writes to it.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from './programs.mjs';

const MIB = 1024 ** 2;
const MOST_FILES = 4000;

/** A tmpfs of `mebibytes`, which is full when it is full. Where this user may not mount: `limitedFiles`. */
export function smallDisk(mebibytes) {
  const folder = mkdtempSync(join(tmpdir(), 'claude-service-disk-'));
  const options = `size=${mebibytes}m,nr_inodes=${MOST_FILES},mode=0700`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  process.on('exit', () => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  if (mounted.status !== 0) return limitedFiles(folder);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    what: `a tmpfs of ${mebibytes} MiB`,
    holdsCommands: true,
    fill() {
      mkdirSync(ballast, { recursive: true });
      untilFull(() => {
        const file = openSync(join(ballast, 'bytes'), 'a');
        try {
          untilFull(() => writeSync(file, Buffer.alloc(MIB)));
          untilFull(() => writeSync(file, Buffer.alloc(512)));
        } finally {
          closeSync(file);
        }
        for (let count = 0; ; count++) writeFileSync(join(ballast, `file ${count}`), '');
      });
    },
    free: () => rmSync(ballast, { recursive: true, force: true }),
  };
}

/**
 * A usual folder. A full disk is that the service may write to no file (`RLIMIT_FSIZE` of 0 bytes): it fails at more
 * places than on a full disk, also where PostgreSQL can only end itself. Commands of sessions are not limited.
 */
export function limitedFiles(folder = temporaryFolder()) {
  const limit = (service, bytes) =>
    execFileSync('prlimit', [`--pid=${service.child.pid}`, `--fsize=${bytes}:unlimited`]);
  return {
    folder,
    what: 'no file may be written (prlimit --fsize)',
    holdsCommands: false,
    fill: (service) => limit(service, 0),
    free: (service) => limit(service, 'unlimited'),
  };
}

function untilFull(write) {
  try {
    for (;;) if (write() === undefined) return;
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}
