import { ErrorCode } from '../protocol/json-rpc';
import type { Call } from './call';
import { capabilitiesOf, capabilityLetters } from './client-capabilities';
import { failure } from './failures';
import { type LegacySession, SessionLost, type SessionStreams } from './legacy-session';
import { MAX_SESSIONS, SESSION_IDLE_MS } from './limits';
import { readOffer } from './offer';
import { mirroredParameters, type ParameterHeader, parameterHeaderFault } from './parameter-headers';
import { DISCOVERY_CAPABILITIES, type WithCall } from './transport';
import {
  FailureKind,
  type JsonObject,
  type JsonRpcError,
  type UpstreamAnswer,
  type UpstreamOffer,
  type UpstreamRequest,
} from './upstream';

interface Entry {
  readonly session: Promise<LegacySession>;
  /** The session, once it is open. */
  opened?: LegacySession;
  calls: number;
  lastUsed: number;
}

const SWEEP_MS = 60_000;

/**
 * A server of specification 2025-11-25 or older, which may keep sessions.
 *
 * Who shares a session? A server that hands out no session id keeps nothing, and one introduction serves all. One that
 * does hand them out may keep anything in a session: what its program remembers (a browser, a working folder), the
 * client's capabilities, the log level, subscriptions. There each `sessionKey` and each set of capabilities gets a
 * session of its own. What the protocol itself would mix within a session is kept apart by `Call`: request ids,
 * progress tokens, cancellation and the upstream's questions. `logging/setLevel`, `resources/subscribe` and tasks
 * change a session for all its calls and must not be sent.
 */
export class LegacyServer {
  private readonly sessions = new Map<string, Entry>();
  private shared?: LegacySession;
  private readonly sweeper: NodeJS.Timeout;
  private readonly streams: SessionStreams = { refused: false };
  /** Which arguments stand in headers too, by tool: known from the last discovery. */
  private mirrored = new Map<string, ParameterHeader[]>();

  constructor(private readonly open: (capabilities: JsonObject, streams: SessionStreams) => Promise<LegacySession>) {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Opens the session that discovery uses. Error: as `open`. */
  public async connect(): Promise<void> {
    await this.entry('', DISCOVERY_CAPABILITIES).session;
  }

  /** Has the session that discovery uses listen for changed lists. */
  public async watch(): Promise<void> {
    (await this.entry('', DISCOVERY_CAPABILITIES).session).listen();
  }

  public async discover(withCall: WithCall): Promise<UpstreamOffer> {
    // The server may be another version by now.
    this.streams.refused = false;
    const { introduction } = await this.entry('', DISCOVERY_CAPABILITIES).session;
    const offer = await readOffer(introduction, (method, params) =>
      withCall(method, params, (call) => this.send(call)),
    );
    this.mirrored = mirroredParameters(offer.tools);
    return offer;
  }

  /** A caller of the newer era has its headers checked here: what stands behind cannot do it. */
  public refusal({ method, params, paramHeaders }: UpstreamRequest): JsonRpcError | undefined {
    const { name } = params;
    if (!paramHeaders || method !== 'tools/call' || typeof name !== 'string') return undefined;
    const fault = parameterHeaderFault(this.mirrored.get(name), params.arguments, paramHeaders);
    return fault === undefined
      ? undefined
      : { code: ErrorCode.HEADER_MISMATCH, message: `Headers and body disagree: ${fault}` };
  }

  public send(call: Call): Promise<UpstreamAnswer> {
    return this.shared ? this.shared.send(call) : this.sendInSession(call);
  }

  private async sendInSession(call: Call): Promise<UpstreamAnswer> {
    const { sessionKey = '', clientCapabilities } = call.request;
    // A client of the newer era writes what it likes: only what the protocol knows makes a session, and few of them.
    const letters = capabilityLetters(clientCapabilities);
    const key = sessionKey === '' ? '' : `${letters} ${sessionKey}`;
    const capabilities = sessionKey === '' ? DISCOVERY_CAPABILITIES : capabilitiesOf(letters);
    for (let again = false; ; again = true) {
      const entry = this.entry(key, capabilities);
      entry.calls += 1;
      try {
        const session = entry.opened ?? (await call.waitFor(entry.session));
        if (session.isLost) throw new SessionLost();
        return await session.send(call);
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        this.forget(key, entry);
        // The server said that it did not run the request, so it is sent again: once.
        if (again) throw failure(FailureKind.BROKEN_ANSWER, 'a new session was lost at once');
      } finally {
        entry.calls -= 1;
        entry.lastUsed = performance.now();
        if (entry.calls === 0 && this.sessions.get(key) !== entry) void closeSession(entry);
      }
    }
  }

  /** Ends the sessions: those with calls when these have ended. */
  public async close(): Promise<void> {
    clearInterval(this.sweeper);
    const idle = [...this.sessions.values()].filter(({ calls }) => calls === 0);
    this.sessions.clear();
    await Promise.all(idle.map(closeSession));
  }

  private entry(key: string, capabilities: JsonObject): Entry {
    const known = this.sessions.get(key);
    if (known) return known;
    if (this.sessions.size >= MAX_SESSIONS) this.makeRoom();
    const entry: Entry = { session: this.openSession(capabilities), calls: 0, lastUsed: performance.now() };
    this.sessions.set(key, entry);
    entry.session.then(
      (session) => {
        entry.opened = session;
      },
      // A session that could not be opened is asked for again by the next call, not remembered.
      () => this.forget(key, entry),
    );
    return entry;
  }

  private async openSession(capabilities: JsonObject): Promise<LegacySession> {
    const session = await this.open(capabilities, this.streams);
    if (!session.hasState) this.shared = session;
    return session;
  }

  private forget(key: string, entry: Entry): void {
    if (this.sessions.get(key) === entry) this.sessions.delete(key);
  }

  private makeRoom(): void {
    const idle = [...this.sessions].filter(([key, { calls }]) => key !== '' && calls === 0);
    const [first, ...others] = idle;
    if (!first) throw failure(FailureKind.BUSY, `${MAX_SESSIONS} sessions have calls`);
    const [key, entry] = others.reduce((oldest, one) => (one[1].lastUsed < oldest[1].lastUsed ? one : oldest), first);
    this.sessions.delete(key);
    void closeSession(entry);
  }

  private sweep(): void {
    const before = performance.now() - SESSION_IDLE_MS;
    for (const [key, entry] of this.sessions) {
      if (key === '' || entry.calls > 0 || entry.lastUsed > before) continue;
      this.sessions.delete(key);
      void closeSession(entry);
    }
  }
}

async function closeSession({ session }: Entry): Promise<void> {
  const opened = await session.catch(() => undefined);
  await opened?.close().catch(() => {});
}
