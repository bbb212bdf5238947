import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../../../runtime/log';
import type { OpenWebUiUser } from '../../../runtime/user-token';
import type { Engine, GatewayAccess } from '../engine/engine';
import { ApiError } from '../http/api-error';
import { budgetSpent, budgetTaken } from '../limits/budget';
import type { Conversation } from '../openai/conversation';
import type { LoadedPersona } from '../persona/personas';
import { StoreUnavailable } from '../store/database';
import type { Lease, SessionKey, SessionRecord } from '../store/records';
import type { Store } from '../store/store';
import type { ClaimResult, TurnClaim } from '../store/turn-store';
import type { SessionWorkspaces } from '../workspace/session-workspaces';
import { Deletion } from './deletion';
import { newId } from './ids';
import { busy, type LiveSession, LiveSessions, type RunningSign } from './live-sessions';
import { RunningTurn } from './running-turn';
import { type MessageIds, Transcript } from './transcript';

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

/** A question in a chat. */
export interface TurnRequest {
  readonly user: OpenWebUiUser;
  readonly chatId: string;
  readonly model: string;
  readonly persona: LoadedPersona;
  readonly conversation: Conversation;
  readonly ids: MessageIds;
  readonly gateway?: GatewayAccess;
  /** The caller leaves, or the service ends. */
  readonly signal: AbortSignal;
}

/**
 * A person who stops an answer and asks anew is faster than the stopped turn, which has a second to end: so long a session
 * that is taken is asked for again. Unit: milliseconds.
 */
const PATIENCE_MS = 1500;
const ASK_AGAIN_MS = 100;
const SWEEP_MS = 15_000;

/** All sessions: what is in memory, and what is in the store. */
export class Sessions {
  public readonly live: LiveSessions;
  public readonly deletion: Deletion;
  private readonly sweeping: NodeJS.Timeout;

  constructor(
    private readonly parts: SessionParts,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    const { maxLiveSessions, idleSeconds } = parts.limits;
    this.live = new LiveSessions({ most: maxLiveSessions, idleSeconds }, (session) => this.letGo(session));
    this.deletion = new Deletion(parts, this.live);
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
    let free = () => {};
    const over = new Promise<void>((resolve) => {
      free = resolve;
    });
    const sign: RunningSign = { ending: false, over };
    const session = this.live.enter(key, sign);
    signal.addEventListener('abort', () => {
      sign.ending = true;
    });
    const leave = () => {
      this.live.leave(session);
      free();
    };
    try {
      const claim = await this.claim(key);
      return await this.open(request, session, sign, claim, leave);
    } catch (error) {
      leave();
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
  public async create(key: SessionKey): Promise<SessionRecord> {
    return this.find(key.userId, await this.parts.store.sessions.create(key, newId()));
  }

  /** What was said in a session so far, its branches one after the other. */
  public async transcript(userId: string, id: string): Promise<Transcript> {
    await this.find(userId, id);
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

  private async claim(key: SessionKey): Promise<Exclude<ClaimResult, { refused: string }>> {
    const { store, limits } = this.parts;
    const { turnBudgetUsd, dayBudgetUsd } = limits;
    const claim: TurnClaim = { ...key, newSessionId: newId(), turnId: newId(), turnBudgetUsd, dayBudgetUsd };
    const start = Date.now();
    for (;;) {
      const result = await store.turns.claim(claim);
      if ('grantedUsd' in result) return result;
      if (result.refused === 'budget') {
        await store.turns.release(result.lease);
        throw (await store.spending.isSpent(key.userId, dayBudgetUsd)) ? budgetSpent(dayBudgetUsd) : budgetTaken();
      }
      if (Date.now() - start >= this.patienceMs) throw busy();
      await setTimeout(ASK_AGAIN_MS);
    }
  }

  private async open(
    request: TurnRequest,
    session: LiveSession,
    sign: RunningSign,
    { lease, grantedUsd }: { readonly lease: Lease; readonly grantedUsd: number },
    leave: () => void,
  ): Promise<RunningTurn> {
    const { store, engine, workspaces, limits, log } = this.parts;
    if (session.id !== lease.sessionId) {
      // New, or deleted by another replica and begun again: nothing of before counts.
      session.id = lease.sessionId;
      session.transcript = undefined;
      session.workspace = undefined;
    }
    try {
      const workspace = session.workspace ?? workspaces.prepare(lease.sessionId);
      session.workspace = workspace;
      // Told by the turn, which waits for it; the next one tries again.
      workspace.catch(() => {
        session.workspace = undefined;
      });
      const transcript = await this.transcriptOf(session, lease);
      const opened = transcript.open(lease.turnId, request.conversation, request.ids);
      const { persona, conversation, gateway, signal } = request;
      return new RunningTurn({
        turns: store.turns,
        engine,
        lease,
        opened,
        log,
        signal,
        input: {
          sessionId: lease.sessionId,
          history: opened.history,
          prompt: conversation.prompt,
          systemPrompt: systemPrompt(persona, conversation.instructions),
          model: persona.model,
          tools: persona.tools,
          workspace,
          gateway,
          maxModelCalls: limits.maxModelCalls,
          budgetUsd: grantedUsd,
          compactAboveTokens: limits.compactAboveTokens,
        },
        ending: () => {
          sign.ending = true;
        },
        over: (turn) => {
          // A tree that is not known for certain is read again by the next turn.
          session.transcript = turn ? transcript : undefined;
          session.fence = lease.fence;
          for (const written of turn ? [...opened.takenOver, turn] : []) transcript.add(written);
          leave();
        },
      });
    } catch (error) {
      session.transcript = undefined;
      await store.turns.release(lease).catch(() => {});
      throw error;
    }
  }

  /** The tree of a session: from memory when nobody else had the session since. */
  private async transcriptOf(session: LiveSession, lease: Lease): Promise<Transcript> {
    if (session.transcript && session.fence + 1 === lease.fence) return session.transcript;
    return new Transcript(lease.fence === 1 ? [] : await this.parts.store.turns.load(lease.sessionId));
  }

  private sweep(): void {
    this.live.sweep();
    this.parts.store.spending.sweep().catch((error) => {
      if (!(error instanceof StoreUnavailable)) this.parts.log.error({ err: error }, 'reservations were not swept');
    });
  }

  private letGo({ id }: LiveSession): void {
    if (!id) return;
    const { engine, workspaces, log } = this.parts;
    Promise.all([engine.release(id), workspaces.release(id)]).catch((error) =>
      log.warn({ err: error, session: id }, 'an idle session was not released'),
    );
  }
}

function systemPrompt({ instructions }: LoadedPersona, ofChat: string): string {
  return ofChat.trim() === '' ? instructions : `${instructions.trimEnd()}\n\n# Instructions of this chat\n\n${ofChat}`;
}

function notFound(): ApiError {
  return new ApiError(404, 'There is no such session of yours.', { code: 'session_not_found' });
}
