import type { Command } from './workspace';

/** Output beyond this ends a command: reading on would only burn the processor. Unit: bytes. */
export const FLOOD = 32 * 1024 * 1024;
/** Time between asking a command to end and killing it. Unit: milliseconds. */
export const LAST_WORDS_MS = 300;

const KIBIBYTE = 1024;

/**
 * Limits that a command cannot raise. They go for each process but for the number of processes, which is that of the
 * user in all containers of the node. The kernel does not apply that one to root.
 */
const LIMITS = {
  processes: 1024,
  openFiles: 1024,
  /** Unit: bytes. */
  memory: 1024 * 1024 * KIBIBYTE,
  /** Unit: seconds. */
  processorTime: 900,
} as const;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// The shell limits itself, then becomes the command. A limit that is lower already stays. It offers itself to the kernel
// as what to end first when memory runs out, and lets the service go first on the processor, so that one session's
// command does not hold up the others.
const START = `lower() {
  ulimit "-$1" "$2" 2>/dev/null || { hard=$(ulimit "-H$1") && [ "$hard" != unlimited ] && [ "$hard" -le "$2" ]; } || exit 126
}
umask 077
lower c 0; lower n ${LIMITS.openFiles}; lower u ${LIMITS.processes}
lower d ${LIMITS.memory / KIBIBYTE}; lower t ${LIMITS.processorTime}; lower f "$1"
ulimit -x "$2" || exit 126
echo 1000 2>/dev/null >/proc/self/oom_score_adj
shift 2
exec nice -n 5 "$@"`;

/** The argument list that starts a command under its limits, and under a tag by which all of it is found. */
export function startOf(command: Command, tag: number): readonly [string, ...string[]] {
  const blocks = Math.max(0, Math.floor((command.fileSizeLimit ?? Number.MAX_SAFE_INTEGER) / KIBIBYTE));
  return ['/bin/bash', '--noprofile', '--norc', '-c', START, 'bash', String(blocks), String(tag), ...command.argv];
}

/** All of the environment that the commands of a session are given. */
export function environment(home: string): { readonly [name: string]: string } {
  return { PATH, HOME: home, LANG: 'C.UTF-8' };
}
