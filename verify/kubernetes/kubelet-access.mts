import http from 'node:http';
import { Duplex, PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { Exec, type KubeConfig, PortForward, type V1Status } from '@kubernetes/client-node';
import {
  type CommandResult,
  NoAccess,
  type PodAccess,
  type PodAnswer,
  type PodRequest,
  PortClosed,
} from './pod-access.js';

const SECONDS = 30;
/** What container runtimes say of a program that an image does not have. */
const NOT_STARTED = /executable file not found|no such file or directory|permission denied/i;

/** What both kinds of connection offer to end them. */
interface Connection {
  close(): void;
  on(event: 'close', listener: () => void): unknown;
}

/** Into the pods of one namespace, as `kubectl exec` and `kubectl port-forward` go. */
export class KubeletAccess implements PodAccess {
  constructor(
    private readonly config: KubeConfig,
    private readonly namespace: string,
  ) {}

  public async run(pod: string, container: string, command: readonly string[]): Promise<CommandResult> {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const texts = Promise.all([stdout, stderr].map(async (stream) => (await buffer(stream)).toString('utf8')));
    return within(`${command[0]} in ${pod}`, async (connected) => {
      const status = await new Promise<V1Status>((resolve, reject) => {
        new Exec(this.config)
          .exec(this.namespace, pod, container, [...command], stdout, stderr, null, false, resolve)
          .then((socket) => {
            connected(socket as Connection);
            socket.on('close', () => reject(new NoAccess(`the connection to ${pod} ended before the command did`)));
          }, reject);
      });
      stdout.end();
      stderr.end();
      const code = exitCode(status);
      if (code === undefined && !NOT_STARTED.test(status.message ?? '')) throw new Error(status.message);
      const [out, complaint] = await texts;
      return { exitCode: code, stdout: out, stderr: complaint || (status.message ?? '') };
    });
  }

  public async request(pod: string, port: number, request: PodRequest): Promise<PodAnswer> {
    const toPod = new PassThrough();
    const fromPod = new PassThrough();
    const complaint = new PassThrough();
    return within(`port ${port} of ${pod}`, async (connected) => {
      const socket = await new PortForward(this.config).portForward(
        this.namespace,
        pod,
        [port],
        fromPod,
        complaint,
        toPod,
      );
      connected(socket as Connection);
      (socket as Connection).on('close', () => fromPod.end());
      const refused = new Promise<never>((_, reject) => {
        complaint.once('data', (text) => reject(new PortClosed(`nothing listens: ${String(text).trim()}`)));
      });
      return Promise.race([refused, exchange(Duplex.from({ readable: fromPod, writable: toPod }), request)]);
    });
  }
}

/** Runs with a time limit, and closes the connection in the end. */
async function within<Result>(
  what: string,
  run: (connected: (connection: Connection) => void) => Promise<Result>,
): Promise<Result> {
  let connection: Connection | undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAccess(`${what} did not answer within ${SECONDS} seconds`)), SECONDS * 1000);
  });
  try {
    return await Promise.race([
      late,
      run((made) => {
        connection = made;
      }),
    ]);
  } catch (error) {
    // The WebSocket library rejects with an event that has a message.
    throw error instanceof NoAccess ? error : new NoAccess(`${what}: ${explained((error as Error).message)}`);
  } finally {
    clearTimeout(timer);
    connection?.close();
  }
}

function explained(message: string): string {
  const status = /Unexpected server response: (\d+)/.exec(message)?.[1];
  if (status === '403') return 'your account may not create pods/exec or pods/portforward here';
  if (status !== undefined) return `the API server answered ${status}: it reaches no kubelet for this pod`;
  // The whole command would stand in the address.
  return message.replace(/Post "[^"]*": /, '');
}

function exchange(connection: Duplex, { method = 'GET', path, headers, body, tls: encrypted }: PodRequest) {
  return new Promise<PodAnswer>((resolve, reject) => {
    // The certificate of a pod is for its Service's name, and the way through the kubelet is proved already.
    const stream = encrypted ? tls.connect({ socket: connection, rejectUnauthorized: false }) : connection;
    const sent = http.request(
      { createConnection: () => stream, method, path, headers: { host: 'localhost', ...headers, connection: 'close' } },
      (response) => {
        buffer(response).then(
          (content) => resolve({ status: response.statusCode ?? 0, body: content.toString('utf8') }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function exitCode({ status, details }: V1Status): number | undefined {
  if (status === 'Success') return 0;
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return code === undefined ? undefined : Number(code);
}
