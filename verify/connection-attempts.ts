import type { PodAccess } from './kubernetes/pod-access';

/** A place to connect to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

const SECONDS = 3;
/** Shows that all targets were tried. */
const END = 'tried';

// Each program takes the targets as arguments, `host:port`, and prints those that it reached.
const PYTHON = `
import concurrent.futures, socket, sys
def reached(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), ${SECONDS}).close()
        return True
    except OSError:
        return False
targets = sys.argv[1:]
with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
    print("\\n".join(target for target, good in zip(targets, pool.map(reached, targets)) if good))
print("${END}")
`;

const NODE = `
const reached = (target) => new Promise((resolve) => {
  const [host, port] = target.split(/:(?=\\d+$)/);
  const socket = require('node:net').connect({ host, port: Number(port), timeout: ${SECONDS * 1000} });
  const end = (good) => { socket.destroy(); resolve(good ? target : ''); };
  socket.on('connect', () => end(true)).on('timeout', () => end(false)).on('error', () => end(false));
});
Promise.all(process.argv.slice(1).map(reached)).then((all) => { console.log([...all, '${END}'].join('\\n')); process.exit(); });
`;

const SHELL = `
command -v nc > /dev/null || exit 127
for target; do
  (nc -z -w ${SECONDS} "\${target%:*}" "\${target##*:}" < /dev/null > /dev/null 2>&1 && echo "$target") &
done
wait
echo ${END}
`;

/** Programs that images have anyway. The second Node is that of distroless images; the shell's nc comes with Alpine. */
const WAYS: readonly (readonly string[])[] = [
  ['python3', '-c', PYTHON],
  ['node', '-e', NODE],
  ['/nodejs/bin/node', '-e', NODE],
  ['sh', '-c', SHELL, 'sh'],
];

/**
 * Tries to connect from within a container, to all targets at once, and sends nothing. Answers which were reached;
 * nothing when the image has no program to try with. Error: `NoAccess`.
 */
export async function connectionsFrom(
  pods: PodAccess,
  pod: string,
  container: string,
  targets: readonly Target[],
): Promise<boolean[] | undefined> {
  const names = targets.map(({ host, port }) => `${host}:${port}`);
  for (const way of WAYS) {
    const { exitCode, stdout } = await pods.run(pod, container, [...way, ...names]);
    const lines = stdout.split(/\r?\n/);
    if (exitCode === 0 && lines.includes(END)) return names.map((name) => lines.includes(name));
  }
  return undefined;
}
