import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

interface FakePod {
  readonly metadata: { readonly name: string; readonly labels: { readonly [name: string]: string } };
  readonly spec: unknown;
}

/** As much of a cluster as session pods need: pods that are commands of this machine, and exec over a WebSocket. */
export class FakeKubernetes {
  public readonly pods = new Map<string, FakePod>();
  public readonly sandboxes = new Map<string, FakePod>();
  /** What was asked, as method and path. */
  public readonly calls: string[] = [];
  public readonly tokens = new Set<string>();
  /** How often a new pod is seen before it is ready. */
  public looksUntilReady = 1;
  /** Refuses everything with this sentence. */
  public forbidden = '';
  private readonly looks = new Map<string, number>();
  private readonly server = createServer((request, response) => {
    void this.answer(request).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });

  public async start(): Promise<string> {
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket) => this.exec(request, socket));
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Ends a pod behind the back of the service. */
  public lose(name: string): void {
    this.pods.delete(name);
  }

  private async answer(request: IncomingMessage): Promise<[number, object]> {
    const url = new URL(request.url ?? '', 'http://fake');
    this.calls.push(`${request.method} ${url.pathname}`);
    this.tokens.add(request.headers.authorization ?? '');
    if (this.forbidden) {
      return [403, { message: this.forbidden }];
    }
    let text = '';
    for await (const part of request) {
      text += part;
    }
    const [, kind, name] = /(pods|sandboxes)(?:\/(.+))?$/.exec(url.pathname) ?? [];
    const store = kind === 'sandboxes' ? this.sandboxes : this.pods;
    if (request.method === 'GET') {
      const wanted = (url.searchParams.get('labelSelector') ?? '')
        .split(',')
        .filter(Boolean)
        .map((pair) => pair.split('='));
      const found = [...store.values()].filter(({ metadata }) =>
        wanted.every(([key, value]) => metadata.labels[key] === value),
      );
      return [200, { items: found.map((pod) => this.seen(pod)) }];
    }
    if (request.method === 'DELETE') {
      this.pods.delete(name);
      return store.delete(name) || kind === 'pods' ? [200, {}] : [404, { message: 'not found' }];
    }
    const made = JSON.parse(text);
    if (store.has(made.metadata.name)) {
      return [409, { message: 'already exists' }];
    }
    store.set(made.metadata.name, made);
    if (kind === 'sandboxes') {
      const { metadata, spec } = made.spec.podTemplate;
      this.pods.set(made.metadata.name, { metadata: { ...metadata, name: made.metadata.name }, spec });
    }
    return [201, made];
  }

  private seen(pod: FakePod): object {
    const looks = (this.looks.get(pod.metadata.name) ?? 0) + 1;
    this.looks.set(pod.metadata.name, looks);
    const ready = looks > this.looksUntilReady;
    return {
      ...pod,
      status: {
        phase: ready ? 'Running' : 'Pending',
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    };
  }

  /** Like a kubelet: the command goes on when the connection ends. */
  private exec(request: IncomingMessage, socket: Socket): void {
    const url = new URL(request.url ?? '', 'http://fake');
    const pod = /pods\/([^/]+)\/exec/.exec(url.pathname)?.[1] ?? '';
    if (!this.pods.has(pod)) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v4.channel.k8s.io\r\n\r\n`,
    );
    const [program, ...args] = url.searchParams.getAll('command');
    const stdin = url.searchParams.get('stdin') === 'true';
    const child = spawn(program, args, { stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    const send = (channel: number, data: Buffer) => socket.writable && socket.write(frame(channel, data));
    child.stdout?.on('data', (data: Buffer) => send(1, data));
    child.stderr?.on('data', (data: Buffer) => send(2, data));
    child.stdin?.on('error', () => {});
    socket.on('error', () => {});
    readFrames(socket, (message) => child.stdin?.write(message.subarray(1)));
    child.on('close', (code, signal) => {
      const exit = code ?? (signal === 'SIGKILL' ? 137 : 1);
      const failure = {
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(exit) }] },
      };
      send(3, Buffer.from(JSON.stringify(exit === 0 ? { status: 'Success' } : failure)));
    });
  }
}

function frame(channel: number, data: Buffer): Buffer {
  const length = data.length + 1;
  const head =
    length < 126
      ? Buffer.of(0x82, length)
      : length < 65_536
        ? Buffer.of(0x82, 126, length >> 8, length & 255)
        : Buffer.concat([Buffer.of(0x82, 127), bigEndian(length)]);
  return Buffer.concat([head, Buffer.of(channel), data]);
}

function bigEndian(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

/** Frames of a client are masked; none of these is in pieces. */
function readFrames(socket: Socket, onBinary: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (part: Buffer) => {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= 2) {
      const short = rest[1] & 127;
      const offset = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length < offset + 4) return;
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      if (rest.length < offset + 4 + length) return;
      const mask = rest.subarray(offset, offset + 4);
      const content = Buffer.from(rest.subarray(offset + 4, offset + 4 + length)).map(
        (byte, at) => byte ^ mask[at % 4],
      );
      const kind = rest[0] & 15;
      rest = rest.subarray(offset + 4 + length);
      if (kind === 2) onBinary(Buffer.from(content));
      if (kind === 8) socket.end(Buffer.of(0x88, 0));
    }
  });
}
