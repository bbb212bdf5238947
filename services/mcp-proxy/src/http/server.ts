import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { RunningList } from '../../../runtime/running-list';

/** Longest wait for the headers of a request, and for the whole request. Unit: milliseconds. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** Longer than the idle time-outs of usual load balancers, so that they close first and no request meets a closed end. */
const KEEP_ALIVE_MS = 75_000;
const MAX_CONNECTIONS = 10_000;
const MAX_HEADER_BYTES = 32 * 1024;
/** How long a drain leaves idle connections open for a request that is already on its way. Unit: milliseconds. */
const LINGER_MS = 1_000;
/** How often connections that are too slow are looked for. Unit: milliseconds. */
const CHECK_MS = 5_000;

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** The public server, with the limits that keep slow or greedy clients from taking it. */
export class HttpServer {
  private readonly server: Server;
  private readonly open = new RunningList<ServerResponse>();
  private draining = false;
  private lingering = true;

  constructor(private readonly options: HttpServerOptions) {
    this.server = createServer(
      {
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
      },
      (request, response) => this.accept(request, response),
    );
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves to the port when it listens. */
  public listen(): Promise<number> {
    const { host, port } = this.options;
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /**
   * Takes no new connections, answers what is under way and what still comes on open connections, and closes each
   * after its answer. Resolves when the last is closed; at the deadline the rest is cut off.
   */
  public drain(deadline: AbortSignal): Promise<void> {
    this.draining = true;
    for (const response of this.open.items()) if (!response.headersSent) response.setHeader('connection', 'close');
    return new Promise((resolve) => {
      // The HTTP server's own close would also cut idle connections at once, on which a request may be on its way.
      NetServer.prototype.close.call(this.server, () => resolve());
      setTimeout(() => {
        this.lingering = false;
        this.server.closeIdleConnections();
      }, LINGER_MS).unref();
      deadline.addEventListener('abort', () => this.server.closeAllConnections());
    });
  }

  private accept(request: IncomingMessage, response: ServerResponse): void {
    const entry = this.open.add(response);
    response.on('close', () => {
      this.open.remove(entry);
      if (this.draining && !this.lingering) setImmediate(() => this.server.closeIdleConnections());
    });
    if (this.draining) response.setHeader('connection', 'close');
    this.options.handle(request, response);
  }
}
