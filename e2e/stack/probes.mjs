// A kubelet's probes, as rendered, on loopback.
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './programs.mjs';

/** Answers with undefined when the probe passes, otherwise with what went wrong. */
export async function problemOf(probe, { address, env, ports }) {
  const limit = (probe.timeoutSeconds ?? 1) * 1000;
  const portOf = (port) => ports.find(({ name }) => name === port)?.containerPort ?? port;
  if (probe.httpGet) {
    const { path = '/', port, scheme = 'HTTP' } = probe.httpGet;
    const url = `${scheme.toLowerCase()}://${address}:${portOf(port)}${path}`;
    return fetch(url, { signal: AbortSignal.timeout(limit), redirect: 'manual' }).then(
      ({ status }) => (status >= 200 && status < 400 ? undefined : `${url} answers ${status}`),
      (error) => `${url}: ${error.cause?.message ?? error.message}`,
    );
  }
  if (probe.tcpSocket) return refused(address, portOf(probe.tcpSocket.port), limit);
  if (!probe.exec) return `the kind of probe is unknown: ${Object.keys(probe)}`;
  const [command, ...args] = probe.exec.command;
  const { status, stderr, error } = spawnSync(command, args, { env, timeout: limit, encoding: 'utf8' });
  return status === 0 ? undefined : `${command} ended with ${status ?? error?.message}: ${lastLines(stderr ?? '', 3)}`;
}

/** Waits for the startup probe and then for the readiness probe, as long as the manifest allows. */
export async function untilReady(program, container, context) {
  for (const kind of ['startup', 'readiness', 'liveness']) {
    const probe = container.probes[kind];
    if (probe) await untilPassed(kind, probe, program, { ...context, ports: container.ports });
  }
}

async function untilPassed(kind, probe, program, context) {
  const seconds = Math.max(60, (probe.failureThreshold ?? 3) * (probe.periodSeconds ?? 10));
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const problem = await problemOf(probe, context);
    if (problem === undefined) return;
    if (!program.running) {
      throw new Error(`${program.name} ended before it was ready (${program.log}):\n${lastLines(program.output())}`);
    }
    if (Date.now() > end) {
      throw new Error(`${program.name} fails its ${kind} probe for ${seconds} s: ${problem} (${program.log})`);
    }
    await sleep(250);
  }
}

function refused(address, port, limit) {
  return new Promise((answer) => {
    const socket = connect({ host: address, port, timeout: limit });
    const end = (problem) => {
      socket.destroy();
      answer(problem);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`${address}:${port} does not answer`));
    socket.once('error', ({ message }) => end(message));
  });
}
