import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const shown = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };

/** Builds the control plane, once, and gives its folder. */
export function controlPlane() {
  return execFileSync('bash', [join(root, '.ci/install-control-plane.sh')], shown).trim();
}

/** Builds the stand-in for a kubelet into a folder: seconds, after the control plane was built. */
export function buildKubelet(folder) {
  const options = { cwd: import.meta.dirname, ...shown };
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-p=2 -buildvcs=false' };
  execFileSync('go', ['build', '-trimpath', '-mod=readonly', '-o', `${folder}/`, './stand-in-kubelet'], {
    ...options,
    env,
  });
  return join(folder, 'stand-in-kubelet');
}

/**
 * Starts it.
 * @param ports addresses of programs on this machine by `<Deployment>:<port>`
 * @param programs folder with programs that images have and this machine may not
 * @returns its port, and how to end it
 */
export async function startKubelet(program, ports, programs) {
  const child = spawn(program, [JSON.stringify(ports), programs], { stdio: ['pipe', 'pipe', 'pipe'] });
  // Its library logs each connection that a client closes first.
  let log = '';
  child.stderr.on('data', (text) => {
    log = `${log}${text}`.slice(-2000);
  });
  const [text] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error(`the stand-in for a kubelet does not start: ${log}`);
  return {
    port: Number(String(text)),
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
