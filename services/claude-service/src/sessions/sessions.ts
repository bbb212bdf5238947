import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../../../runtime/log';
import type { Engine } from '../engine/engine';
import { ApiError } from '../http/api-error';
import { StoreUnavailable } from '../store/database';
import type { SessionKey, SessionRecord } from '../store/records';
import type { Store } from '../store/store';
import type { SessionWorkspaces } from '../workspace/session-workspaces';
import { Deletion } from './deletion';
import { newId } from './ids';
import { type LiveSession, LiveSessions } from './live-sessions';
import type { RunningTurn } from './running-turn';
import { Transcript } from './transcript';
import { type TurnRequest, TurnStart } from './turn-start';

/** What sessions may take. */
export interface SessionLimits {
  readonly maxModelCalls: number;
  readonly turnBudgetUsd: number;
  readonly dayBudgetUsd: number;
  readonly idleSeconds: number;
  readonly maxLiveSessions: number;
  /** Length of a chat above which it is summarised; 0 for never. Unit: tokens. */
  readonly compactAboveTokens: number;
}

export interface SessionParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly workspaces: SessionWorkspaces;
  readonly limits: SessionLimits;
  readonly log: Logger;
}

/**
 * A person who stops an answer and asks anew is faster than the stopped turn, which has a second to end: so long a session
 * that is taken is asked for again. Unit: milliseconds.
 */
const PATIENCE_MS = 1500;
const SWEEP_MS = 15_000;

/** All sessions: what is in memory, and what is in the store. */
export class Sessions {
  public readonly live: LiveSessions;
  public readonly deletion: Deletion;
  private readonly start: TurnStart;
  private readonly sweeping: NodeJS.Timeout;

  constructor(
    private readonly parts: SessionParts,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    const { maxLiveSessions, idleSeconds } = parts.limits;
    this.live = new LiveSessions({ most: maxLiveSessions, idleSeconds }, (session) => this.letGo(session));
    this.deletion = new Deletion(parts, this.live);
    this.start = new TurnStart(parts, patienceMs);
    this.sweeping = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /**
   * Takes the session of a chat for one turn. Error: `ApiError` 409 while another turn runs, 429 when a limit is reached;
   * `StoreUnavailable`.
   */
  public async begin(request: TurnRequest): Promise<RunningTurn> {
    const { user, chatId, model, signal } = request;
    const key: SessionKey = { userId: user.id, chatId, model };
    await this.waitForEnd(key);
    const taken = this.live.enter(key, signal);
    try {
      return await this.start.run(request, taken);
    } catch (error) {
      taken.leave();
      throw error;
    }
  }

  /** The user's sessions, the latest used first. */
  public list(userId: string, limit: number, after?: string): Promise<SessionRecord[]> {
    return this.parts.store.sessions.list(userId, limit, after);
  }

  /** Error: `ApiError` 404 when the user has no such session, whoever else may. */
  public async find(userId: string, id: string): Promise<SessionRecord> {
    const session = await this.parts.store.sessions.find(userId, id);
    if (!session) throw notFound();
    return session;
  }

  /** The session of a chat, made when there is none. */
  public async create(key: SessionKey): Promise<{ readonly session: SessionRecord; readonly isNew: boolean }> {
    const newSessionId = newId();
    const id = await this.parts.store.sessions.create(key, newSessionId);
    return { session: await this.find(key.userId, id), isNew: id === newSessionId };
  }

  /** What was said in a session so far, its branches one after the other. */
  public async transcript({ id }: SessionRecord): Promise<Transcript> {
    return new Transcript(await this.parts.store.turns.load(id));
  }

  /** Deletes transcript and files. Error: `ApiError` 404, or 409 while a turn runs. */
  public async delete(userId: string, id: string): Promise<void> {
    await this.find(userId, id);
    await this.deletion.delete(userId, id);
  }

  public close(): void {
    clearInterval(this.sweeping);
  }

  private async waitForEnd(key: SessionKey): Promise<void> {
    const running = this.live.get(key)?.running;
    if (running?.ending) await Promise.race([running.over, setTimeout(this.patienceMs)]);
  }

  private sweep(): void {
    this.live.sweep();
    this.parts.store.spending.sweep().catch((error) => {
      if (!(error instanceof StoreUnavailable)) this.parts.log.error({ err: error }, 'reservations were not swept');
    });
  }

  private letGo({ id }: LiveSession): void {
    if (!id) return;
    const { workspaces, log } = this.parts;
    workspaces.release(id).catch((error) => log.warn({ err: error, session: id }, 'an idle session was not released'));
  }
}

function notFound(): ApiError {
  return new ApiError(404, 'There is no such session of yours.', { code: 'session_not_found' });
}
