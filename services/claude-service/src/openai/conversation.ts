import type { BetaContentBlockParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { badRequest } from '../http/api-error';
import type { ChatMessage } from './chat-request';
import { fingerprint } from './fingerprint';
import { withoutShownBlocks } from './shown-blocks';

/** What a person said once, and what was answered as far as the history shows it. */
export interface SaidTurn {
  readonly prompt: readonly BetaContentBlockParam[];
  readonly promptPrint: string;
  readonly answer: string;
  readonly answerPrint: string;
}

/** A chat as the client sends it: all of it, every time. */
export interface Conversation {
  /** Instructions of the client, such as a person's own or a model's in Open WebUI. */
  readonly instructions: string;
  readonly past: readonly SaidTurn[];
  /** The newest thing that was said: the only one that goes to the agent. */
  readonly prompt: readonly BetaContentBlockParam[];
  readonly promptPrint: string;
  /** The history ends in an answer: it is to be continued, and nothing new was said. */
  readonly continues: boolean;
}

const GO_ON = 'Go on with your last answer where it stopped. Do not repeat any of it.';

/** Reads the turns of a chat. Error: `ApiError` 400 when nobody said anything. */
export function readConversation(messages: readonly ChatMessage[]): Conversation {
  const turns: SaidTurn[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === 'user') turns.push(saidTurn(message));
    // An assistant's greeting before anybody spoke is no answer.
    else if (message.role === 'assistant' && last) turns[turns.length - 1] = answered(last, message.text);
  }
  const newest = turns.at(-1);
  if (!newest) throw badRequest('messages holds no message of a user.', 'messages');
  const instructions = messages.flatMap(({ role, text }) => (role === 'system' ? [text] : [])).join('\n\n');
  if (messages.at(-1)?.role === 'assistant') {
    const prompt: BetaContentBlockParam[] = [{ type: 'text', text: GO_ON }];
    return { instructions, past: turns, prompt, promptPrint: '', continues: true };
  }
  if (newest.prompt.length === 0) throw badRequest('The newest message is empty.', 'messages');
  const { prompt, promptPrint } = newest;
  return { instructions, past: turns.slice(0, -1), prompt, promptPrint, continues: false };
}

function saidTurn({ blocks, text }: ChatMessage): SaidTurn {
  const pictures = blocks.flatMap((block) => (block.type === 'image' ? [JSON.stringify(block.source)] : []));
  return { prompt: blocks, promptPrint: fingerprint([text, ...pictures]), answer: '', answerPrint: '' };
}

function answered(turn: SaidTurn, text: string): SaidTurn {
  const answer = [turn.answer, withoutShownBlocks(text)].filter(Boolean).join('\n\n');
  return { ...turn, answer, answerPrint: answerPrint(answer) };
}

/** Fingerprint of an answer's text; empty when it says nothing. */
export function answerPrint(answer: string): string {
  return answer.trim() === '' ? '' : fingerprint([answer]);
}
