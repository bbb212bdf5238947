import { readdir, readFile } from 'node:fs/promises';

/**
 * A mark that all descendants of a command carry, wherever they hide: the hard limit on file locks, which Linux keeps
 * and inherits but has not applied since version 2.4 (setrlimit(2), RLIMIT_LOCKS). A process can leave its group, its
 * parent and its environment; this limit it could only lower.
 */
export type ProcessTag = number;

const TAGS_PER_PROCESS = 1_000_000;
const FIRST = process.pid * TAGS_PER_PROCESS;
const LIMIT_LINE = /^Max file locks\s+\d+\s+(\d+)/m;
/** Looks that must find nothing, once something was found: a process that forks and ends meanwhile is seen in none. */
const QUIET_LOOKS = 3;
const MOST_LOOKS = 100;

const live = new Set<ProcessTag>();
let count = 0;

/** A tag for a new command. */
export function newTag(): ProcessTag {
  count = (count + 1) % TAGS_PER_PROCESS;
  live.add(FIRST + count);
  return FIRST + count;
}

/** Says that the command of a tag has ended: whoever still carries it is left over. */
export function retire(tag: ProcessTag): void {
  live.delete(tag);
}

/** Kills what commands of this program that have ended left running. */
export async function killTagged(): Promise<void> {
  let wanted = 1;
  for (let look = 0, quiet = 0; look < MOST_LOOKS && quiet < wanted; look += 1) {
    const strays = await findStrays();
    quiet = strays.length === 0 ? quiet + 1 : 0;
    wanted = strays.length === 0 ? wanted : QUIET_LOOKS;
    for (const pid of strays) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }
}

async function findStrays(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isStray(pid)) ? [pid] : [])));
  return found.flat();
}

async function isStray(pid: number): Promise<boolean> {
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '');
  const tag = Number(LIMIT_LINE.exec(limits)?.[1]);
  return tag >= FIRST && tag < FIRST + TAGS_PER_PROCESS && !live.has(tag) && !(await isDead(pid));
}

/** Whether it only waits for its parent to take notice of its end. */
async function isDead(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in brackets may itself have brackets and spaces; the state is the first letter after it.
  return ['', 'Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
}
