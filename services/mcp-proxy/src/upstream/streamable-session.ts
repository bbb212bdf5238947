import { setTimeout as sleep } from 'node:timers/promises';
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
  type SessionStreams,
  tellCancelled,
} from './legacy-session';
import { MODERN_ERRORS } from './modern-server';
import type { ServerIntroduction } from './offer';
import { type BrokenOff, RpcExchange } from './rpc-exchange';
import { isMessage, readMessages } from './rpc-message';
import { SharedStream } from './shared-stream';
import type { WithCall } from './transport';
import { FailureKind, type JsonObject, type UpstreamAnswer } from './upstream';

const HEADERS = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream'];
const STREAM_HEADERS = ['accept', 'text/event-stream'];
/** Visible ASCII (specification 2025-03-26, transports, session management), and short enough for a header. */
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;
/** A polled stream may be taken up this often: at one second each, the longest `timeout_ms`. */
const MAX_RESUMPTIONS = 900;
/** Servers open the stream at once, or not at all. */
const STREAM_OPEN_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** How a server says that it has no such stream (specification 2025-11-25, transports). */
const NO_STREAM = 405;

/** A session over Streamable HTTP, specifications 2025-03-26 to 2025-11-25. */
export class StreamableSession implements LegacySession {
  public readonly isLost = false;
  private readonly stateHeaders: string[];
  private readonly shared: SharedStream;
  private stream?: EventStream;
  private failedStream = false;

  /** Initializes a session. Error: `UpstreamFailure`, an `HttpRefusal` where the server knows no such thing. */
  public static async open(
    connections: Connections,
    withCall: WithCall,
    capabilities: JsonObject,
    onListChanged: () => void,
    streams: SessionStreams,
  ): Promise<StreamableSession> {
    return withCall('initialize', initializeParams(capabilities), async (call) => {
      const exchange = new RpcExchange(call.id, () => {}, call.maxAnswerBytes);
      connections.send('POST', [...HEADERS], requestText(call, call.params()), exchange);
      const outcome = await call.follow(exchange);
      if ('lastEventId' in outcome) throw failure(FailureKind.BROKEN_ANSWER, 'stream ended without the answer');
      const sessionId = exchange.headers['mcp-session-id'];
      if (sessionId !== undefined && (typeof sessionId !== 'string' || !SESSION_ID.test(sessionId))) {
        throw failure(FailureKind.BROKEN_ANSWER, 'session id is not visible ASCII');
      }
      const introduction = readInitialized(outcome);
      const session = new StreamableSession(connections, introduction, sessionId, onListChanged, streams);
      const ready = session.post(notificationText('notifications/initialized'));
      await call.follow(ready);
      return session;
    });
  }

  private constructor(
    private readonly connections: Connections,
    public readonly introduction: ServerIntroduction,
    private readonly sessionId: string | undefined,
    onListChanged: () => void,
    private readonly streams: SessionStreams,
  ) {
    this.shared = new SharedStream(onListChanged);
    this.stateHeaders = ['mcp-protocol-version', introduction.protocolVersion];
    if (sessionId !== undefined) this.stateHeaders.push('mcp-session-id', sessionId);
  }

  public get hasState(): boolean {
    return this.sessionId !== undefined;
  }

  public async send(call: Call): Promise<UpstreamAnswer> {
    const mayBeAsked = this.sessionId !== undefined && call.request.onMessage !== undefined;
    const opening = mayBeAsked ? this.openStreamFor(call) : undefined;
    if (opening) await opening;
    if (mayBeAsked) this.shared.join(call);
    let resumed = false;
    try {
      let exchange = this.exchangeOf(call);
      this.connections.send('POST', [...HEADERS, ...this.stateHeaders], requestText(call, call.params()), exchange);
      let outcome = await call.follow(exchange);
      for (let resumption = 0; 'lastEventId' in outcome; resumption += 1) {
        if (resumption === MAX_RESUMPTIONS)
          throw failure(FailureKind.BROKEN_ANSWER, 'stream broken off again and again');
        resumed = true;
        exchange = await this.resume(call, outcome);
        outcome = await call.follow(exchange);
      }
      return outcome;
    } catch (error) {
      // Closing the connection does not end a request in these versions.
      if (call.reasonToEnd) tellCancelled(call, (body) => this.post(body));
      if (!(error instanceof HttpRefusal)) throw error;
      // The server had begun to run the request: it must not be sent again, and what it refused is only the stream.
      if (resumed) throw failure(FailureKind.BROKEN_ANSWER, `HTTP status ${error.status} when its stream was taken up`);
      if (this.meansLost(error)) throw new SessionLost();
      const { kind, error: answer } = error;
      // A server that was replaced by one of the newer era says so with errors that these versions do not have.
      if (!answer || kind === FailureKind.CREDENTIAL_REFUSED || MODERN_ERRORS.has(answer.code)) throw error;
      // So does one that has begun to hand out sessions.
      if (error.status === 400 && NAMES_SESSION.test(answer.message)) throw error;
      return { error: answer };
    } finally {
      if (mayBeAsked) this.shared.leave(call);
    }
  }

  /** Many servers ask on the session's stream rather than on that of the call, and drop what they ask before it is open. */
  private openStreamFor(call: Call): Promise<void> | undefined {
    if (!hasAny(call.request.clientCapabilities)) return undefined;
    this.listen();
    const open = this.stream?.result.catch(() => {});
    return open && call.waitFor(Promise.race([open, sleep(STREAM_OPEN_MS, undefined, { ref: false })]));
  }

  public listen(): void {
    if (this.stream || this.failedStream || this.streams.refused) return;
    const stream = new EventStream(
      ({ data }) => this.read(data),
      () => {
        if (this.stream === stream) this.stream = undefined;
      },
    );
    this.stream = stream;
    stream.result.catch((error) => {
      this.failedStream = true;
      if (error instanceof HttpRefusal && error.status === NO_STREAM) this.streams.refused = true;
      if (this.stream === stream) this.stream = undefined;
    });
    try {
      this.connections.send('GET', [...STREAM_HEADERS, ...this.stateHeaders], null, stream);
    } catch {
      this.stream = undefined;
    }
  }

  public async close(): Promise<void> {
    this.stream?.close();
    if (this.sessionId === undefined) return;
    const end = new AcceptedExchange();
    const timer = setTimeout(() => end.cancel(failure(FailureKind.TIMEOUT)), 1_000);
    try {
      this.connections.send('DELETE', [...this.stateHeaders], null, end);
      await end.result;
    } catch {
      // The server may not know DELETE, or be gone: then the session ends without us.
    } finally {
      clearTimeout(timer);
    }
  }

  private exchangeOf(call: Call): RpcExchange {
    return new RpcExchange(
      call.id,
      (message) => call.receive(message, (answer) => this.post(responseText(message.id, answer)).result),
      call.maxAnswerBytes,
    );
  }

  private async resume(call: Call, { lastEventId, retryMs }: BrokenOff): Promise<RpcExchange> {
    await call.waitFor(sleep(Math.min(retryMs, LONGEST_RETRY_MS), undefined, { ref: false }));
    const exchange = this.exchangeOf(call);
    const headers = [...STREAM_HEADERS, ...this.stateHeaders, 'last-event-id', lastEventId];
    this.connections.send('GET', headers, null, exchange);
    return exchange;
  }

  private read(data: string): void {
    for (const message of readMessages(data)) {
      if (!isMessage(message)) continue;
      this.shared.route(message, (answer) => this.post(responseText(message.id, answer)).result);
    }
  }

  private post(body: string): AcceptedExchange {
    const exchange = new AcceptedExchange();
    this.connections.send('POST', [...HEADERS, ...this.stateHeaders], body, exchange);
    return exchange;
  }

  /** 404 is the specification's word for it; many servers say 400 and name the session. Both come before the request is run. */
  private meansLost({ status, error }: HttpRefusal): boolean {
    if (this.sessionId === undefined) return false;
    return status === 404 || (status === 400 && NAMES_SESSION.test(error?.message ?? ''));
  }
}

function hasAny(capabilities: JsonObject | undefined): boolean {
  for (const _ in capabilities) return true;
  return false;
}
