import { TurnEnd, type TurnEvent } from '../engine/engine';
import type { EventStream } from '../http/event-stream';
import type { UsageSum } from '../store/records';
import { ChunkWriter, type CompletionHead, completion, DONE, endNotice, finishReason } from './completion';
import { toolBlock } from './shown-blocks';

/** What an answer is made of. */
export interface AnswerSource {
  readonly head: CompletionHead;
  readonly events: AsyncIterable<TurnEvent>;
  /** What stops it. */
  readonly signal: AbortSignal;
  /** What it took, after the last event. */
  usage(): UsageSum;
  /** The first piece is about to be sent. */
  firstPiece(): void;
}

/** Sends an answer as it comes. Error: what the events throw. */
export async function streamAnswer(source: AnswerSource, stream: EventStream, includeUsage: boolean): Promise<void> {
  const chunks = new ChunkWriter(source.head);
  let end = TurnEnd.COMPLETE;
  let begin = chunks.role();
  for await (const event of source.events) {
    if (event.kind === 'end') end = event.reason;
    const piece = pieceOf(event, source.signal);
    if (!piece) continue;
    if (begin) source.firstPiece();
    const full = stream.write(begin + (piece.isThinking ? chunks.reasoning(piece.text) : chunks.content(piece.text)));
    begin = '';
    if (full) await full;
  }
  const usage = includeUsage ? chunks.usage(source.usage()) : '';
  await stream.write(begin + chunks.finish(finishReason(end)) + usage + DONE);
  stream.end();
}

/** The answer in one piece. Error: what the events throw. */
export async function wholeAnswer(source: AnswerSource): Promise<object> {
  let content = '';
  let reasoning = '';
  let end = TurnEnd.COMPLETE;
  for await (const event of source.events) {
    if (event.kind === 'end') end = event.reason;
    const piece = pieceOf(event, source.signal);
    if (!piece) continue;
    if (content === '' && reasoning === '') source.firstPiece();
    if (piece.isThinking) reasoning += piece.text;
    else content += piece.text;
  }
  return completion(source.head, { content, reasoning, finish: finishReason(end), usage: source.usage() });
}

interface Piece {
  readonly text: string;
  readonly isThinking: boolean;
}

/** What a client sees of an event. */
function pieceOf(event: TurnEvent, signal: AbortSignal): Piece | undefined {
  switch (event.kind) {
    case 'text':
      return event.text === '' ? undefined : { text: event.text, isThinking: false };
    case 'thinking':
      return event.text === '' ? undefined : { text: event.text, isThinking: true };
    case 'tool-end':
      // A block is shown when its result is there, since what was sent cannot be changed.
      return { text: toolBlock(event), isThinking: false };
    case 'end': {
      const text = endNotice(event.reason, signal);
      return text === '' ? undefined : { text, isThinking: false };
    }
    default:
      return undefined;
  }
}
