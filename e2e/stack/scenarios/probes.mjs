// Every program is alive and ready by the probes that its manifest has.
import assert from 'node:assert/strict';
import { listeners } from '../listeners.mjs';

export const title = 'probes and ports';

export async function run({ stack, check }) {
  const { addresses, backends, pods, rendered } = stack;
  for (const pod of pods) {
    for (const container of [...pod.layout.initContainers.filter(pod.isSidecar), ...pod.layout.containers]) {
      await check(`${pod.name}/${container} passes its probes`, () => allPass((kind) => pod.problem(container, kind)));
    }
  }
  for (const name of backends.names) {
    await check(`${name} passes its probes`, () => allPass((kind) => backends.probe(name, kind)));
  }
  await check('Open WebUI says ready and healthy itself', async () => {
    const [pod] = pods;
    const host = pod.layout.initContainers.some(pod.isSidecar) ? pod.own : pod.address;
    for (const path of ['/health', '/health/db', '/ready']) {
      const response = await fetch(`http://${host}:8080${path}`);
      assert.deepEqual(await response.json(), { status: true }, path);
    }
  });
  await check('no pod listens on a port that its manifest does not declare', async () => {
    const declared = (name) => {
      const { spec } = rendered.objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
      const { containers, initContainers = [] } = spec.template.spec;
      return [...containers, ...initContainers].flatMap(({ ports = [] }) => ports.map((port) => port.containerPort));
    };
    const programs = [
      ...pods.map(({ address, layout }) => [layout.workload.metadata.name, address]),
      ...backends.names.map((name) => [name, addresses.pod(name).address]),
    ];
    for (const [name, address] of programs) {
      const extra = listeners(address).filter((port) => !declared(name).includes(port));
      assert.deepEqual(extra, [], `${name} listens on ${extra}`);
    }
  });
}

async function allPass(problem) {
  for (const kind of ['startup', 'readiness', 'liveness']) {
    const found = await problem(kind).catch((error) => {
      if (/has no .* probe/.test(error.message)) return undefined;
      throw error;
    });
    assert.equal(found, undefined, `${kind}: ${found}`);
  }
}
