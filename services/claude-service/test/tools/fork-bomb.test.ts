import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';

/** Nobody else's: the kernel counts the processes of a user. */
const USER = 54_321;

/** Makes a fork bomb with the tool `bash`, then looks whether the service can still work and what is left. */
const PROGRAM = `
import { readdirSync, readFileSync } from 'node:fs';
import { workspaceTools } from './src/tools/workspace-tools';
import { LocalWorkspaces } from './src/workspace/local-workspaces';

async function main() {
  const workspaces = new LocalWorkspaces(process.argv[2]);
  await workspaces.prepare('session');
  const [bash] = workspaceTools(workspaces.of('session'));
  const use = (command: string) => bash.run({ command, timeout_seconds: 2 }, new AbortController().signal);
  const bomb = await use('bomb() { bomb | bomb & }; bomb; sleep 60');
  const scattered = await use('bomb() { setsid bash -c "$0" "$0" & setsid bash -c "$0" "$0" & }; export -f bomb; bomb; sleep 60');
  const after = await use('echo alive');
  const mine = readdirSync('/proc').filter((pid) => Number(pid) > 0).filter((pid) => {
    try {
      const status = readFileSync('/proc/' + pid + '/status', 'utf8');
      return status.includes('\\nUid:\\t' + process.getuid?.()) && !/State:\\t[ZX]/.test(status) && Number(pid) !== process.pid;
    } catch {
      return false;
    }
  });
  console.log(JSON.stringify({ bomb, scattered, after, left: mine }));
}
main();
`;

test('a fork bomb ends with its call and takes nothing with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'claude-bomb-'));
  const root = process.getuid?.() === 0;
  try {
    const outfile = join(folder, 'program.js');
    const stdin = { contents: PROGRAM, resolveDir: join(__dirname, '../..'), loader: 'ts' as const };
    buildSync({ stdin, bundle: true, platform: 'node', outfile });
    if (root) {
      chownSync(folder, USER, USER);
      chmodSync(outfile, 0o644);
    }
    const user = root ? { uid: USER, gid: USER } : {};
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, join(folder, 'w')], {
      cwd: folder,
      ...user,
    });
    const { bomb, scattered, after, left } = JSON.parse(stdout);
    expect(bomb.output).toMatch(/Resource temporarily unavailable|retry/);
    expect(bomb.output).toMatch(/ended after 2 seconds/);
    expect(scattered.failed).toBe(true);
    expect(after).toEqual({ output: 'alive', failed: false });
    expect(left).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
