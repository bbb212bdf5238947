import { environment, FLOOD, startOf } from './command-start';
import { KeptOutput } from './kept-output';
import { execInPod } from './pod-exec';
import type { PodSource, SessionPod } from './session-pod';
import { type Command, CommandEnd, type CommandResult, type Workspace, WorkspaceError } from './workspace';

/** Time for a command that was killed to be told. Unit: milliseconds. */
const LAST_ANSWER_MS = 700;
/** For the small commands that stand for functions of the file system. */
const SMALL = { timeoutMs: 30_000, outputLimit: 64 * 1024 };
const FIRST_TAG = 1_000_000;

// Kills all processes under $tag, however far they went (see process-tag.ts), until none is found.
const KILL = `found=1
while [ "$found" = 1 ]; do
  found=0
  for process in /proc/[0-9]*; do
    while read -r one two three _ hard _; do
      if [ "$one $two $three $hard" = "Max file locks $tag" ]; then
        kill -KILL "\${process#/proc/}" 2>/dev/null && read -r stat <"$process/stat" && [[ \${stat##*) } != Z* ]] && found=1
      fi
    done <"$process/limits"
  done 2>/dev/null
done`;

// Runs a command in folder $2 and ends what it left behind. Input is none, or as many bytes as the command takes.
const RUN = `tag=$1; folder=$2; shift 2
cd -- "$folder" && unset OLDPWD || exit 126
"$@"
code=$?
${KILL}
exit $code`;

// The real path of $1, which must be inside of the workspace.
const REAL = `real=$(realpath -m -- "$1") || exit 2
case "$real" in "$PWD"|"$PWD"/*) ;; *) exit 3;; esac`;

const LOCATE = `${REAL}
[ -e "$real" ] || exit 4
printf %s "$real"`;

const READ = `${REAL}
[ -e "$real" ] || exit 4
[ -f "$real" ] || exit 5
[ "$(stat -c %s -- "$real")" -le "$2" ] || exit 6
cat -- "$real"`;

const WRITE = `${REAL}
[ "$real" != "$PWD" ] && [ ! -d "$real" ] || exit 5
umask 077
mkdir -p -- "$(dirname -- "$real")" || exit 1
new=$(mktemp -- "$(dirname -- "$real")/.new.XXXXXXXX") || exit 1
head -c "$2" >"$new" && { [ ! -e "$real" ] || chmod --reference="$real" -- "$new"; } && mv -fT -- "$new" "$real" || { rm -f -- "$new"; exit 1; }`;

const REASONS: { readonly [code: number]: string } = {
  2: 'it cannot be reached',
  3: 'it is outside of the workspace, and only files inside of it can be used',
  4: 'it does not exist',
  5: 'it is no regular file',
  6: 'it is larger than can be read at once',
};

let tags = 0;

/** A workspace whose commands run in a pod of the session, where there is nothing but its files. */
export class PodWorkspace implements Workspace {
  constructor(
    private readonly source: PodSource,
    private readonly pod: SessionPod,
    /** Unit: bytes. */
    private readonly quota: number,
  ) {}

  public run(command: Command, signal: AbortSignal): Promise<CommandResult> {
    return this.exec(command, signal);
  }

  public async readFile(path: string, limit: number): Promise<Buffer> {
    const argv = ['/bin/bash', '-c', READ, 'bash', path, String(limit)] as const;
    return this.small(`${path} cannot be read`, { ...SMALL, argv: [...argv], outputLimit: limit * 2 });
  }

  public async writeFile(path: string, content: Buffer): Promise<void> {
    if (content.length > (await this.room())) {
      throw new WorkspaceError(`${path} cannot be written, the workspace is full: delete what is not needed`);
    }
    const argv = ['/bin/bash', '-c', WRITE, 'bash', path, String(content.length)] as const;
    await this.small(`${path} cannot be written`, { ...SMALL, argv: [...argv] }, content);
  }

  public async locate(path: string): Promise<string> {
    const argv = ['/bin/bash', '-c', LOCATE, 'bash', path] as const;
    return (await this.small(`${path} cannot be used`, { ...SMALL, argv: [...argv] })).toString('utf8');
  }

  public async room(): Promise<number> {
    const size = await this.small('the workspace cannot be measured', { ...SMALL, argv: ['du', '-sxB1', '.'] });
    return this.quota - Number.parseInt(size.toString('utf8'), 10);
  }

  /** A command that stands for a function of the file system. Error: `WorkspaceError` unless it ends with 0. */
  private async small(what: string, command: Command, stdin?: Buffer): Promise<Buffer> {
    if (command.argv.some((argument) => argument.includes('\0'))) {
      throw new WorkspaceError(`${what}: its path has a zero byte`);
    }
    const { exitCode = 1, end, stdout, stderr } = await this.exec(command, new AbortController().signal, stdin);
    if (exitCode !== 0 || end !== CommandEnd.EXITED) {
      const said = stderr.toString('utf8').trim().split('\n')[0].slice(0, 300);
      throw new WorkspaceError(`${what}: ${REASONS[exitCode] ?? (said || end)}`);
    }
    return stdout;
  }

  private async exec(command: Command, signal: AbortSignal, stdin?: Buffer): Promise<CommandResult> {
    const tag = FIRST_TAG + ++tags;
    const output = { stdout: new KeptOutput(command.outputLimit), stderr: new KeptOutput(command.outputLimit) };
    let end = CommandEnd.EXITED;
    let stop: (why: CommandEnd) => void = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = (why) => {
        if (end === CommandEnd.EXITED) {
          end = why;
          // The command then ends, and so does its connection; what does not is given up.
          void this.script(`tag=${tag}\n${KILL}`).catch(() => {});
          setTimeout(resolve, LAST_ANSWER_MS);
        }
      };
    });
    const collect = (kept: KeptOutput) => (chunk: Buffer) => {
      kept.add(chunk);
      if (kept.total > FLOOD) {
        stop(CommandEnd.FLOODED);
      }
    };
    const cancel = () => stop(CommandEnd.CANCELLED);
    signal.throwIfAborted();
    const pod = await abortable(this.pod.name(), signal);
    const timer = setTimeout(() => stop(CommandEnd.TIMED_OUT), command.timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const running = execInPod(this.source.api, {
        namespace: this.source.namespace,
        pod,
        container: this.pod.container,
        argv: this.argvOf(command, tag),
        stdin,
        onStdout: collect(output.stdout),
        onStderr: collect(output.stderr),
      }).catch((error: Error) => {
        this.pod.forget();
        throw new WorkspaceError(`the pod of the session could not be used: ${error.message}`);
      });
      running.catch(() => {});
      const code = (await Promise.race([running, stopped])) ?? undefined;
      return {
        stdout: output.stdout.bytes(),
        stderr: output.stderr.bytes(),
        // A shell tells 128 and the signal for what was killed.
        exitCode: end === CommandEnd.EXITED && code !== 137 ? code : undefined,
        end,
        omitted: output.stdout.omitted,
      };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    }
  }

  private argvOf(command: Command, tag: number): string[] {
    const variables = Object.entries(environment(this.pod.path)).map(([name, value]) => `${name}=${value}`);
    const folder = command.folder ?? this.pod.path;
    return [
      '/usr/bin/env',
      '-i',
      ...variables,
      '/bin/bash',
      '-c',
      RUN,
      'bash',
      String(tag),
      folder,
      ...startOf(command, tag),
    ];
  }

  private async script(script: string): Promise<number> {
    const ignore = () => {};
    return execInPod(this.source.api, {
      namespace: this.source.namespace,
      pod: await this.pod.name(),
      container: this.pod.container,
      argv: ['/bin/bash', '-c', script],
      onStdout: ignore,
      onStderr: ignore,
    });
  }
}

/** The same, but an aborted signal does not wait for it. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
