// Programs as processes of this run: a log file each, a process group each, ended by their id.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class Programs {
  #running = new Set();

  constructor(logs) {
    this.logs = logs;
    mkdirSync(logs, { recursive: true });
  }

  /** Starts a program; its output is added to `<logs>/<name>.log`. */
  start(name, [command, ...args], { env, cwd, uid, gid } = {}) {
    const log = join(this.logs, `${name}.log`);
    const file = openSync(log, 'a');
    const begin = readFileSync(log).length;
    const child = spawn(command, args, { env, cwd, uid, gid, detached: true, stdio: ['ignore', file, file] });
    closeSync(file);
    const program = {
      name,
      log,
      pid: child.pid,
      running: true,
      /** What it has written since this start. */
      output: () => readFileSync(log).subarray(begin).toString('utf8'),
      ended: new Promise((resolve) => {
        const end = (code) => {
          program.running = false;
          this.#running.delete(program);
          resolve(code);
        };
        child.once('error', (error) => end(error.message));
        child.once('close', (code, signal) => end(code ?? signal));
      }),
      /** Sends a signal to the program and all that it started; answers when it has ended. */
      async stop(signal = 'SIGTERM', patience = 20_000) {
        if (!program.running) return program.ended;
        signalGroup(child.pid, signal);
        const late = Symbol('late');
        if ((await Promise.race([program.ended, sleep(patience, late, { ref: false })])) === late) {
          signalGroup(child.pid, 'SIGKILL');
        }
        return program.ended;
      },
    };
    this.#running.add(program);
    return program;
  }

  /** Runs a program to its end; anything but 0 is an error with the end of its output. */
  async run(name, command, options) {
    const program = this.start(name, command, options);
    const code = await program.ended;
    if (code !== 0)
      throw new Error(`${name} ended with ${code}:\n${lastLines(program.output())}\n(all of it: ${program.log})`);
    return program.output();
  }

  async stopAll() {
    await Promise.all([...this.#running].reverse().map((program) => program.stop('SIGTERM', 8000)));
  }

  /** Where there is no time to wait: at the end of this process. */
  killAll() {
    for (const { pid } of this.#running) signalGroup(pid, 'SIGKILL');
  }
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export function lastLines(text, count = 25) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

export async function until(what, check, limitSeconds = 60) {
  const end = Date.now() + limitSeconds * 1000;
  let reason = '';
  while (Date.now() < end) {
    try {
      const found = await check();
      if (found) return found;
    } catch (error) {
      reason = `: ${error.message}`;
    }
    await sleep(150);
  }
  throw new Error(`not within ${limitSeconds} s: ${what}${reason}`);
}
