import { setTimeout } from 'node:timers/promises';
import type { OpenWebUiUser } from '../../../runtime/user-token';
import type { GatewayAccess } from '../engine/engine';
import { budgetRefusal } from '../limits/budget';
import type { Conversation } from '../openai/conversation';
import type { LoadedPersona } from '../persona/personas';
import type { ClaimResult } from '../store/lease-store';
import type { Lease, SessionKey } from '../store/records';
import { newId } from './ids';
import { busy, type LiveSession, type TakenSession } from './live-sessions';
import { RunningTurn } from './running-turn';
import type { SessionParts } from './sessions';
import { type MessageIds, Transcript } from './transcript';

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

const ASK_AGAIN_MS = 100;

/** How a turn starts in a session that this replica has for it. */
export class TurnStart {
  /** @param patienceMs so long a session that another replica has is asked for again. */
  constructor(
    private readonly parts: SessionParts,
    private readonly patienceMs: number,
  ) {}

  /** Error: `ApiError` 409 while another replica runs a turn, 429 without money; `StoreUnavailable`. */
  public async run(request: TurnRequest, { session, ending, leave }: TakenSession): Promise<RunningTurn> {
    const { store, engine, workspaces, limits, log } = this.parts;
    const { lease, grantedUsd } = await this.claim(session.key);
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
        leases: store.leases,
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
        ending,
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
      await store.leases.release(lease).catch(() => {});
      throw error;
    }
  }

  private async claim(key: SessionKey): Promise<Exclude<ClaimResult, { refused: string }>> {
    const { store, limits } = this.parts;
    const { turnBudgetUsd, dayBudgetUsd } = limits;
    const claim = { ...key, newSessionId: newId(), turnId: newId(), turnBudgetUsd, dayBudgetUsd };
    const start = Date.now();
    for (;;) {
      const result = await store.leases.claim(claim);
      if ('grantedUsd' in result) return result;
      if (result.refused === 'budget') {
        await store.leases.release(result.lease);
        throw await budgetRefusal(store.spending, key.userId, dayBudgetUsd);
      }
      if (Date.now() - start >= this.patienceMs) throw busy();
      await setTimeout(ASK_AGAIN_MS);
    }
  }

  /** The tree of a session: from memory when nobody else had the session since. */
  private async transcriptOf(session: LiveSession, lease: Lease): Promise<Transcript> {
    if (session.transcript && session.fence + 1 === lease.fence) return session.transcript;
    return new Transcript(lease.fence === 1 ? [] : await this.parts.store.turns.load(lease.sessionId));
  }
}

function systemPrompt({ instructions }: LoadedPersona, ofChat: string): string {
  return ofChat.trim() === '' ? instructions : `${instructions.trimEnd()}\n\n# Instructions of this chat\n\n${ofChat}`;
}
