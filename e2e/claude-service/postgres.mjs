// A PostgreSQL server of its own in a temporary folder, run by an ordinary user.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PostgreSQL refuses to run as root; this is `nobody` on every Linux. */
const NOBODY = 65534;
const DEBIAN = '/usr/lib/postgresql';

function folderOfPrograms() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [...(process.env.PATH ?? '').split(':'), ...versions.map((version) => join(DEBIAN, version, 'bin'))];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
  if (!found) throw new Error('initdb and pg_ctl are not installed: install postgresql');
  return found;
}

/** Starts a server; `stop` and `start` again as often as wanted, `remove` at the end. */
export function startPostgres(port) {
  const programs = folderOfPrograms();
  const home = mkdtempSync(join(tmpdir(), 'claude-service-postgres-'));
  const isRoot = process.getuid() === 0;
  if (isRoot) chownSync(home, NOBODY, NOBODY);
  const options = { cwd: home, stdio: 'ignore', ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) };
  const data = join(home, 'data');
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'claude', '-A', 'trust', '-E', 'UTF8', '--no-locale'],
    options,
  );
  const server = {
    url: `postgresql://claude@127.0.0.1:${port}/postgres`,
    start() {
      const flags = `-p ${port} -k ${home} -c listen_addresses=127.0.0.1 -c max_connections=60`;
      execFileSync(
        join(programs, 'pg_ctl'),
        ['-D', data, '-w', '-l', join(home, 'log'), '-o', flags, 'start'],
        options,
      );
    },
    /** As a crash: without a word to its clients. */
    stop() {
      spawnSync(join(programs, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], options);
    },
    remove() {
      server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  server.start();
  return server;
}
