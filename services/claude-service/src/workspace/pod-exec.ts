import { WebSocket } from 'undici';
import type { KubernetesApi } from './kubernetes-api';

export interface Exec {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
  readonly stdin?: Buffer;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
}

/** First byte of each message. Source: Kubernetes, remotecommand, `v4.channel.k8s.io`. */
const CHANNEL = { STDIN: 0, STDOUT: 1, STDERR: 2, ERROR: 3 } as const;
const PROTOCOL = 'v4.channel.k8s.io';
/** What one message of stdin may carry. Unit: bytes. */
const PIECE = 32 * 1024;

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/**
 * Runs a command in a container, over a WebSocket. Answers its exit code. In this protocol stdin has no end: a command
 * must know how much it is given. Closing the connection does not end the command.
 *
 * Error: the pod is gone, or the connection broke.
 */
export function execInPod(api: KubernetesApi, exec: Exec): Promise<number> {
  const url = new URL(
    `${api.access.url.replace(/^http/, 'ws')}/api/v1/namespaces/${exec.namespace}/pods/${exec.pod}/exec`,
  );
  url.searchParams.set('container', exec.container);
  url.searchParams.set('stdout', 'true');
  url.searchParams.set('stderr', 'true');
  if (exec.stdin) {
    url.searchParams.set('stdin', 'true');
  }
  for (const argument of exec.argv) {
    url.searchParams.append('command', argument);
  }
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      protocols: [PROTOCOL],
      dispatcher: api.connections,
      headers: { ...api.headers() },
    });
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      for (let start = 0; exec.stdin && start < exec.stdin.length; start += PIECE) {
        socket.send(Buffer.concat([Buffer.of(CHANNEL.STDIN), exec.stdin.subarray(start, start + PIECE)]));
      }
    };
    socket.onmessage = ({ data }) => {
      const message = Buffer.from(data as ArrayBuffer);
      const content = message.subarray(1);
      switch (message[0]) {
        case CHANNEL.STDOUT:
          return exec.onStdout(content);
        case CHANNEL.STDERR:
          return exec.onStderr(content);
        case CHANNEL.ERROR:
          socket.close();
          return exitCodeOf(content.toString('utf8'), resolve, reject);
        default:
      }
    };
    const broken = () => reject(new Error('the connection to the pod of the session broke'));
    socket.onerror = broken;
    socket.onclose = broken;
  });
}

function exitCodeOf(text: string, resolve: (code: number) => void, reject: (error: Error) => void): void {
  const status: ExecStatus = JSON.parse(text);
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.status === 'Success') {
    resolve(0);
  } else if (code !== undefined) {
    resolve(Number(code));
  } else {
    reject(new Error(status.message ?? 'the command could not start in the pod of the session'));
  }
}
