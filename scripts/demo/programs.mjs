// Programs that run beside each other, each with a log of its own, and end together.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 120_000;
/** How long a program may take to end before it is killed. */
const ENDS_WITHIN_MS = 4_000;

export class Programs {
  #running = new Map();
  #waiting = new Set();
  #stopping = false;
  #logs;

  constructor(logs) {
    this.#logs = logs;
    /** Never resolves; rejects when a program ends that should not. */
    this.broken = new Promise((_, reject) => {
      this.break = reject;
    });
    this.broken.catch(() => {});
  }

  /** Starts a Node program. It gets these variables and PATH, nothing else of this shell. Gives its process. */
  start(name, args, variables = {}) {
    if (this.#stopping) throw new Error(`${name} is not started any more: all programs are being stopped.`);
    const log = path.join(this.#logs, `${name}.log`);
    const output = openSync(log, 'a');
    const child = spawn(process.execPath, args, {
      // Ctrl-C in a terminal reaches every process of its group at once; these are to end in order.
      detached: true,
      env: { PATH: process.env.PATH, ...variables },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    this.#running.set(name, { child, ended });
    child.once('error', (error) => this.break(error));
    child.once('exit', (code, signal) => {
      if (!this.#running.has(name) || this.#stopping) return;
      const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
      this.break(new Error(`${name} ended (${signal ?? code}). Its last lines:\n${last}`));
    });
    return child;
  }

  /** The programs that are not ready yet. */
  get waiting() {
    return [...this.#waiting];
  }

  /** Until the address answers with 200. */
  async ready(name, url) {
    const end = Date.now() + READY_WITHIN_MS;
    const asked = async () => {
      while (Date.now() < end && !this.#stopping) {
        const answer = await fetch(url).catch(() => undefined);
        await answer?.body?.cancel();
        if (answer?.status === 200) return;
        await sleep(25);
      }
      throw new Error(`${name} was not ready within ${READY_WITHIN_MS / 1000} s: ${url}`);
    };
    this.#waiting.add(name);
    await Promise.race([asked(), this.broken]);
    this.#waiting.delete(name);
  }

  /** Ends one of them, with its own children. */
  async end(name) {
    const program = this.#running.get(name);
    this.#running.delete(name);
    await end(program);
  }

  /** Ends all of them. */
  async stop() {
    this.#stopping = true;
    await Promise.all([...this.#running.values()].map(end));
    this.#running.clear();
  }
}

async function end({ child, ended }) {
  if (child.pid === undefined) return;
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(ENDS_WITHIN_MS, undefined, { ref: false })]);
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nobody of the group is left, as it should be.
    if (error.code !== 'ESRCH') throw error;
  }
  await ended;
}

/** A port of the loopback that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
