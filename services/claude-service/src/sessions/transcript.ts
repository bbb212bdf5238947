import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { Conversation, SaidTurn } from '../openai/conversation';
import type { TurnRecord } from '../store/records';
import type { NewTurn } from '../store/turn-store';
import { findBranch } from './branch';
import { newId } from './ids';

/** A turn that is about to run: what is written first, and what the agent knows before it. */
export interface OpenedTurn {
  readonly turn: NewTurn;
  /** Turns of the chat that the session did not know, to be written with it. */
  readonly takenOver: readonly NewTurn[];
  readonly history: readonly BetaMessageParam[];
}

/** How an answer ended that another program gave. */
export const TAKEN_OVER = 'taken-over';

/** The tree of a session's turns, in memory. */
export class Transcript {
  private readonly turns: Map<string, TurnRecord>;

  constructor(turns: readonly TurnRecord[]) {
    this.turns = new Map(turns.map((turn) => [turn.id, turn]));
  }

  /** Finds where the chat goes on. The turn comes into the tree by `add`, when it is over. */
  public open(turnId: string, conversation: Conversation, ids: MessageIds): OpenedTurn {
    const { past, prompt, promptPrint, continues } = conversation;
    // The answer that is continued keeps its id; the one before its question would leave both out.
    const answerId = continues ? ids.messageId : ids.parentMessageId;
    const branch = findBranch([...this.turns.values()], past, answerId);
    const takenOver: NewTurn[] = [];
    for (const said of past.slice(branch.known)) {
      takenOver.push(takenOverTurn(said, takenOver.at(-1)?.id ?? branch.parentId));
    }
    const parentId = takenOver.at(-1)?.id ?? branch.parentId;
    const messages: BetaMessageParam[] = [{ role: 'user', content: [...prompt] }];
    return {
      turn: {
        id: turnId,
        parentId,
        messageId: ids.messageId ?? null,
        promptPrint,
        continues,
        answerPrint: null,
        endReason: null,
        messages,
      },
      takenOver,
      history: [...this.pathTo(branch.parentId), ...takenOver].flatMap((turn) => turn.messages),
    };
  }

  public add(turn: TurnRecord): void {
    this.turns.set(turn.id, turn);
  }

  /** The newest turn. */
  public get last(): TurnRecord | undefined {
    return [...this.turns.values()].at(-1);
  }

  private pathTo(id: string | null): TurnRecord[] {
    const path: TurnRecord[] = [];
    for (let turn = this.turns.get(id ?? ''); turn; turn = this.turns.get(turn.parentId ?? '')) path.push(turn);
    return path.reverse();
  }
}

/** Open WebUI's ids, where its connection is set up to send them. */
export interface MessageIds {
  /** Id of the answer that is asked for, or gone on with. */
  readonly messageId?: string;
  /** Id of the answer before the question. */
  readonly parentMessageId?: string;
}

function takenOverTurn(said: SaidTurn, parentId: string | null): NewTurn {
  const { prompt, promptPrint, answer, answerPrint } = said;
  const messages: BetaMessageParam[] = [];
  if (prompt.length > 0) messages.push({ role: 'user', content: [...prompt] });
  if (answer !== '') messages.push({ role: 'assistant', content: [{ type: 'text', text: answer }] });
  return {
    id: newId(),
    parentId,
    messageId: null,
    promptPrint,
    answerPrint,
    continues: false,
    endReason: TAKEN_OVER,
    messages,
  };
}
