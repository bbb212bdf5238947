// PostgreSQL with pgvector as the manifests' DATABASE_URL expects it: TLS, the user of the URL as owner of its database.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { startTls } from './postgres-tls.mjs';

/** PostgreSQL refuses to run as root; this is `nobody` on every Linux. */
const NOBODY = 65534;
const PORT = 5432;

/** Starts it at an address. `url` is DATABASE_URL as the Secret has it; `programs` the folder with initdb. */
export async function startPostgres({ programs, address, url, log }) {
  const home = mkdtempSync(join(tmpdir(), 'e2e-postgres-'));
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  const bin = copyOf(programs, home);
  const user = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { cwd: home, stdio: 'ignore', ...user };
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(18).toString('base64url'));
  if (user.uid) for (const path of [home, data, passwordFile]) chownSync(path, NOBODY, NOBODY);
  const access = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-U', 'postgres'];
  execFileSync(join(bin, 'initdb'), ['-D', data, ...access, '-E', 'UTF8', '--no-locale'], options);
  // This run is the server's superuser over the socket; everybody else needs the password.
  writeFileSync(join(data, 'pg_hba.conf'), 'local all postgres trust\nlocal all all scram-sha-256\n');
  const flags = `-p ${PORT} -k ${home} -c listen_addresses= -c max_connections=200`;
  execFileSync(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(home, 'log'), '-o', flags, 'start'], options);
  const tls = await startTls({ address, port: PORT, socketFile: join(home, `.s.PGSQL.${PORT}`), folder: home });
  const server = {
    port: PORT,
    refused: tls.refused,
    sql(text, database = 'postgres') {
      const args = ['-h', home, '-p', String(PORT), '-U', 'postgres', '-d', database];
      return execFileSync(join(bin, 'psql'), [...args, '-v', 'ON_ERROR_STOP=1', '-AtX', '-c', text], {
        encoding: 'utf8',
        cwd: home,
      }).trim();
    },
    stop() {
      process.off('exit', end);
      tls.stop();
      execFileSync(join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'fast', 'stop'], options);
      cpSync(join(home, 'log'), log);
      rmSync(home, { recursive: true, force: true });
    },
  };
  const end = () => {
    spawnSync(join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], options);
    rmSync(home, { recursive: true, force: true });
  };
  process.once('exit', end);
  const { username, password, pathname } = new URL(url);
  const owner = decodeURIComponent(username);
  server.sql(`CREATE ROLE "${owner}" LOGIN PASSWORD '${decodeURIComponent(password)}'`);
  server.sql(`CREATE DATABASE "${pathname.slice(1)}" OWNER "${owner}"`);
  return server;
}

/**
 * A copy, because another user may not read the cache of root. The programs look for their libraries beside the
 * package's folder. As on Azure, where the server's parameter `azure.extensions` names it, a database's owner may create
 * the extension.
 */
function copyOf(programs, home) {
  const install = dirname(programs);
  const wheel = dirname(install);
  const copy = join(home, 'package', basename(install));
  cpSync(install, copy, { recursive: true, verbatimSymlinks: true });
  cpSync(`${wheel}.libs`, join(home, `${basename(wheel)}.libs`), { recursive: true });
  appendFileSync(join(copy, 'share/postgresql/extension/vector.control'), '\ntrusted = true\n');
  return join(copy, 'bin');
}
