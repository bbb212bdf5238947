import type { IContainer, IHTTPGetAction, IProbe } from 'kubernetes-models/v1';
import type { Check, CheckContext } from '../check';
import { type Finding, failed, passed, unchecked } from '../finding';
import { nameOf } from '../kubernetes/object';
import { isReady, type LivePod, podsOf } from '../live-pod';
import { look } from '../look';
import { lastingContainersOf } from '../pod-spec';

/** Whether each program says itself that it is well, asked by its own probes. */
export const health: Check = {
  name: 'health',
  about: 'the rendered health endpoint of every container answers, in every ready pod',
  async *run(context) {
    for (const workload of context.rendered.services()) {
      const ready = (await podsOf(context.cluster, workload)).filter(isReady);
      if (ready.length === 0) yield unchecked(nameOf(workload), 'has no ready pod to ask');
      for (const pod of ready) {
        for (const container of lastingContainersOf(workload.spec.template.spec ?? { containers: [] })) {
          yield* ask(context, pod, container);
        }
      }
    }
  },
};

async function* ask({ pods }: CheckContext, pod: LivePod, container: IContainer): AsyncGenerator<Finding> {
  const { name } = pod.metadata;
  const probes = [container.livenessProbe, container.readinessProbe].filter((probe) => probe !== undefined);
  const pages = new Map(probes.flatMap(pageOf).map((page) => [`${page.port}${page.path}`, page]));
  for (const { port, path = '/', scheme } of pages.values()) {
    const subject = `${container.name} in ${name}: ${path}`;
    yield await look(subject, async () => {
      const { status, body } = await pods.request(name, numbered(container, port), { path, tls: scheme === 'HTTPS' });
      return status < 400 ? passed(subject, `answers ${status}`) : failed(subject, `answers ${status}: ${brief(body)}`);
    });
  }
  if (pages.size > 0) return;
  const command = probes.find(({ exec }) => exec?.command)?.exec?.command;
  if (!command) {
    const probed = probes.find(({ tcpSocket }) => tcpSocket)?.tcpSocket?.port;
    const port = numbered(container, probed ?? container.ports?.[0]?.containerPort ?? 0);
    const subject = `${container.name} in ${name}: port ${port}`;
    yield await look(subject, async () => {
      const { status } = await pods.request(name, port, { path: '/' });
      return passed(subject, `answers ${status}; it has no page that says how it is`);
    });
  } else {
    const subject = `${container.name} in ${name}: its own probe`;
    yield await look(subject, async () => {
      const { exitCode, stdout, stderr } = await pods.run(name, container.name, command);
      if (exitCode === 0) return passed(subject, 'succeeds');
      return failed(subject, `ends with ${exitCode ?? 'an error'}: ${brief(stderr || stdout)}`);
    });
  }
}

/** The page of a probe; that of a program on loopback is asked by curl from within. */
function pageOf({ httpGet, exec }: IProbe): IHTTPGetAction[] {
  if (httpGet) return [httpGet];
  const address = exec?.command?.[0] === 'curl' ? exec.command.find((word) => /^https?:\/\//.test(word)) : undefined;
  if (address === undefined) return [];
  const { protocol, port, pathname } = new URL(address);
  return [{ port: Number(port || 80), path: pathname, scheme: protocol === 'https:' ? 'HTTPS' : 'HTTP' }];
}

function numbered({ ports = [] }: IContainer, port: number | string): number {
  return typeof port === 'number' ? port : (ports.find(({ name }) => name === port)?.containerPort ?? Number(port));
}

function brief(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 120);
}
