// Programs in processes of their own, and what they cost: CPU time and memory as the kernel counts them.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TICKS_PER_SECOND = 100;

/** CPU seconds of a process and of the children it has waited for, from /proc (Linux; steps of 10 ms). */
function cpuSeconds(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MiB. */
export function residentMebibytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Programs that run for the bench; `stopAll` ends those that are left, and only those. */
export class Programs {
  #running = new Set();

  constructor(folder) {
    this.folder = folder;
  }

  /** Starts a program; what it prints goes to a file, which is shown when it does not come up. */
  start(name, command, args, variables = {}) {
    const log = path.join(this.folder, `${name}.log`);
    const output = fs.openSync(log, 'w');
    const env = { PATH: process.env.PATH, HOME: this.folder, ...variables };
    const child = spawn(command, args, { env, cwd: this.folder, stdio: ['ignore', output, output] });
    fs.closeSync(output);
    const program = { name, pid: child.pid, log, child, said: () => fs.readFileSync(log, 'utf8') };
    this.#running.add(program);
    return program;
  }

  async stop(program) {
    if (!this.#running.delete(program)) return;
    const { child } = program;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
  }

  async stopAll() {
    await Promise.all([...this.#running].map((program) => this.stop(program)));
  }
}

/** Waits until `check` gives something. */
export async function until(program, seconds, check) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end && program.child.exitCode === null) {
    const found = await check().catch(() => undefined);
    if (found) return found;
    await sleep(10);
  }
  throw new Error(`${program.name} does not come up:\n${program.said().slice(-2000)}`);
}

/** Milliseconds until someone listens on the port. */
export async function listensWithin(program, port, from) {
  const connects = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(performance.now() - from);
      });
      socket.on('error', reject);
    });
  const end = from + 10_000;
  while (performance.now() < end) {
    const time = await connects().catch(() => undefined);
    if (time !== undefined) return time;
    await sleep(1);
  }
  throw new Error(`${program.name} does not listen:\n${program.said()}`);
}

/** Sends the plan's load from a process of its own, and tells what it cost the target. */
export async function load(programs, loader, target, plan) {
  const file = path.join(programs.folder, 'plan.json');
  const send = async (calls, deadlineSeconds) => {
    fs.writeFileSync(file, JSON.stringify({ callsInTurn: 1, ...plan, calls, deadlineSeconds }));
    const program = programs.start('load', process.execPath, [loader, file]);
    await new Promise((resolve) => program.child.once('exit', resolve));
    const result = JSON.parse(program.said().trim().split('\n').at(-1));
    if (result.wrong > 0)
      throw new Error(
        `${target.name}: ${result.wrong} of ${result.calls} answers are wrong, first ${result.firstWrong}`,
      );
    return result;
  };
  await send(plan.warmUp, 15);
  const before = cpuSeconds(target.pid);
  const result = await send(plan.calls, 20);
  const micros = ((cpuSeconds(target.pid) - before) * 1e6) / result.calls;
  return {
    name: target.name,
    micros,
    perSecond: result.calls / result.seconds,
    p50: result.p50,
    p99: result.p99,
    calls: result.calls,
  };
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
