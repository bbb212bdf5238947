import { ApiError } from '../http/api-error';
import type { SessionKey } from '../store/records';
import type { Transcript } from './transcript';

/** A session that this replica has in memory. */
export interface LiveSession {
  readonly key: SessionKey;
  /** Unknown until its first turn has begun. */
  id?: string;
  /** Of the lease after which `transcript` is right: when the next lease has the next number, nobody wrote in between. */
  fence: number;
  transcript?: Transcript;
  /** Path of its folder, which is being made or there. */
  workspace?: Promise<string>;
  /** The turn that runs. */
  running?: RunningSign;
  /** Unit: milliseconds since 1970. */
  usedAt: number;
}

/** A turn that runs in this replica, as the next one of its session sees it. */
export interface RunningSign {
  /** Whether it is about to end: its caller has left, or it has said everything. */
  ending: boolean;
  /** Resolves when the session is free. */
  readonly over: Promise<void>;
}

/** A session that one turn has. */
export interface TakenSession {
  readonly session: LiveSession;
  /** The turn has said everything, and is about to leave. */
  ending(): void;
  leave(): void;
}

/** How soon a place may be free, where all sessions work. Unit: seconds. */
const RETRY_SECONDS = 10;

/** The sessions in memory: those that work, and those whose next turn then begins without reading the database. */
export class LiveSessions {
  private readonly sessions = new Map<string, LiveSession>();

  /** @param evicted called for a session that has left the memory; its transcript and its files are elsewhere. */
  constructor(
    private readonly limits: { readonly most: number; readonly idleSeconds: number },
    private readonly evicted: (session: LiveSession) => void,
    private readonly now: () => number = Date.now,
  ) {}

  public get size(): number {
    return this.sessions.size;
  }

  public get(key: SessionKey): LiveSession | undefined {
    return this.sessions.get(nameOf(key));
  }

  /**
   * Takes a session for one turn, which the signal stops. When the memory is full, the session that has been idle for
   * longest goes. Error: `ApiError` 409 while a turn of it runs, 429 when every session works.
   */
  public enter(key: SessionKey, signal: AbortSignal): TakenSession {
    const name = nameOf(key);
    const known = this.sessions.get(name);
    if (known?.running) throw busy();
    if (!known) this.makeRoom();
    const session: LiveSession = known ?? { key, fence: 0, usedAt: this.now() };
    // The order of the map is the order of use.
    this.sessions.delete(name);
    this.sessions.set(name, session);
    let free = () => {};
    const over = new Promise<void>((resolve) => {
      free = resolve;
    });
    const running: RunningSign = { ending: signal.aborted, over };
    session.running = running;
    const ending = () => {
      running.ending = true;
    };
    signal.addEventListener('abort', ending, { once: true });
    const leave = () => {
      // Node keeps a signal that joins others while anybody listens to it, and with it all that the listener knows.
      signal.removeEventListener('abort', ending);
      this.leave(session);
      free();
    };
    return { session, ending, leave };
  }

  /** Forgets a session that is being deleted, with all that it holds elsewhere: `evicted` is not called. */
  public drop(key: SessionKey): void {
    const name = nameOf(key);
    if (!this.sessions.get(name)?.running) this.sessions.delete(name);
  }

  /** Lets go of what has been idle for too long. */
  public sweep(): void {
    const limit = this.now() - this.limits.idleSeconds * 1000;
    for (const session of this.sessions.values()) {
      if (!session.running && session.usedAt < limit) this.evict(session);
    }
  }

  private leave(session: LiveSession): void {
    session.running = undefined;
    session.usedAt = this.now();
    // One whose first turn did not begin is none.
    if (!session.id) this.sessions.delete(nameOf(session.key));
  }

  private makeRoom(): void {
    if (this.sessions.size < this.limits.most) return;
    for (const session of this.sessions.values()) {
      if (session.running) continue;
      this.evict(session);
      return;
    }
    throw new ApiError(429, 'All places for sessions are taken by running turns: try again in a moment.', {
      code: 'too_many_sessions',
      retryAfterSeconds: RETRY_SECONDS,
    });
  }

  private evict(session: LiveSession): void {
    this.sessions.delete(nameOf(session.key));
    session.transcript = undefined;
    this.evicted(session);
  }
}

/** The answer while another turn of the session runs. */
export function busy(): ApiError {
  return new ApiError(409, 'Another turn of this chat still runs: wait for it, or stop it first.', {
    code: 'session_busy',
  });
}

function nameOf({ userId, chatId, model }: SessionKey): string {
  return JSON.stringify([userId, chatId, model]);
}
