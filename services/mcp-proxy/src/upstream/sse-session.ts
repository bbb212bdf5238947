import { notificationText } from '../protocol/json-rpc';
import { AcceptedExchange } from './accepted-exchange';
import type { Call } from './call';
import type { Connections } from './connections';
import { EventStream } from './event-stream';
import { failure, HttpRefusal } from './failures';
import {
  initializeParams,
  type LegacySession,
  NAMES_SESSION,
  readInitialized,
  requestText,
  responseText,
  SessionLost,
  tellCancelled,
} from './legacy-session';
import type { ServerIntroduction } from './offer';
import { isMessage, readAnswer, readMessages } from './rpc-message';
import { SharedStream } from './shared-stream';
import type { SseEvent } from './sse-parser';
import type { WithCall } from './transport';
import { FailureKind, type JsonObject, type UpstreamAnswer, type UpstreamFailure } from './upstream';

interface Pending {
  readonly call: Call;
  readonly resolve: (answer: UpstreamAnswer) => void;
  readonly reject: (reason: UpstreamFailure) => void;
}

/**
 * A session over the deprecated HTTP+SSE transport (specification 2024-11-05): requests are posted, and every answer
 * comes on one stream.
 */
export class SseSession implements LegacySession {
  public readonly hasState = true;
  public introduction!: ServerIntroduction;
  public isLost = false;
  private readonly pending = new Map<number, Pending>();
  private readonly shared: SharedStream;
  private readonly stream: EventStream;
  private postPath?: string;
  private onPostPath?: (failed?: UpstreamFailure) => void;

  /** Opens the stream and initializes. Error: `UpstreamFailure`. */
  public static async open(
    connections: Connections,
    withCall: WithCall,
    capabilities: JsonObject,
    onListChanged: () => void,
  ): Promise<SseSession> {
    const session = new SseSession(connections, onListChanged);
    try {
      await withCall('initialize', initializeParams(capabilities), async (call) => {
        await session.connect(call);
        session.introduction = readInitialized(await session.request(call));
        await call.follow(session.post(notificationText('notifications/initialized')));
      });
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  private constructor(
    private readonly connections: Connections,
    onListChanged: () => void,
  ) {
    this.shared = new SharedStream(onListChanged);
    this.stream = new EventStream(
      (event) => this.read(event),
      () => this.lose(),
    );
  }

  public async send(call: Call): Promise<UpstreamAnswer> {
    try {
      return await this.request(call);
    } catch (error) {
      if (call.reasonToEnd && !this.isLost) tellCancelled(call, (body) => this.post(body));
      if (!(error instanceof HttpRefusal)) throw error;
      if (meansLost(error)) throw new SessionLost();
      if (!error.error || error.kind === FailureKind.CREDENTIAL_REFUSED) throw error;
      return { error: error.error };
    }
  }

  /** It does from its beginning. */
  public listen(): void {}

  public async close(): Promise<void> {
    this.stream.close();
  }

  private async connect(call: Call): Promise<void> {
    const named = new Promise<void>((resolve, reject) => {
      this.onPostPath = (failed) => (failed ? reject(failed) : resolve());
    });
    named.catch(() => {});
    this.connections.send('GET', ['accept', 'text/event-stream'], null, this.stream);
    await call.follow(this.stream);
    await call.waitFor(named);
  }

  private request(call: Call): Promise<UpstreamAnswer> {
    return new Promise<UpstreamAnswer>((resolve, reject) => {
      this.pending.set(call.id, { call, resolve, reject });
      this.shared.join(call);
      const posted = this.post(requestText(call, call.params()));
      posted.result.then(() => call.markHeard(), reject);
      call.onEnd((reason) => {
        posted.cancel(reason);
        reject(reason);
      });
    }).finally(() => {
      call.onEnd(undefined);
      this.pending.delete(call.id);
      this.shared.leave(call);
    });
  }

  private post(body: string): AcceptedExchange {
    const exchange = new AcceptedExchange();
    this.connections.send('POST', ['content-type', 'application/json'], body, exchange, this.postPath);
    return exchange;
  }

  private read({ type, data }: SseEvent): void {
    if (type === 'endpoint') this.readEndpoint(data);
    if (type !== 'message') return;
    for (const message of readMessages(data)) {
      if (isMessage(message)) {
        this.shared.route(message, (reply) => this.post(responseText(message.id, reply)).result);
      } else {
        const waiting = typeof message.id === 'number' ? this.pending.get(message.id) : undefined;
        waiting?.resolve(readAnswer(message, waiting.call.id, data));
      }
    }
  }

  /** The credential goes where this says, so it may only name another path. */
  private readEndpoint(data: string): void {
    const { endpoint } = this.connections;
    const url = URL.canParse(data, endpoint.href) ? new URL(data, endpoint) : undefined;
    if (url?.origin !== endpoint.origin) {
      this.onPostPath?.(failure(FailureKind.BROKEN_ANSWER, 'endpoint event names another origin'));
      return;
    }
    this.postPath ??= url.pathname + url.search;
    this.onPostPath?.();
  }

  private lose(): void {
    this.isLost = true;
    const reason = failure(FailureKind.UNREACHABLE, 'the stream of answers ended');
    this.onPostPath?.(reason);
    for (const { reject } of this.pending.values()) reject(reason);
  }
}

/** A server says 404 or 400 of a session that it does not know; only with a proper error, 400 can be about the request. */
function meansLost({ status, error }: HttpRefusal): boolean {
  return status === 404 || (status === 400 && (!error || NAMES_SESSION.test(error.message)));
}
