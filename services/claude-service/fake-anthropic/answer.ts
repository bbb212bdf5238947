import { createHash } from 'node:crypto';
import type { Reply } from './script';
import { type PromptTokens, tokensOf } from './tokens';

/** A message as the API answers it, with its figures. */
export interface Answer {
  readonly message: { readonly [field: string]: unknown };
  readonly blocks: readonly AnswerBlock[];
  readonly stop: string;
  readonly outputTokens: number;
  readonly prompt: PromptTokens;
}

export type AnswerBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown };

/** An event of the stream, and whether it is a piece of the answer that can be slow or come last. */
export interface StreamEvent {
  readonly event: { readonly type: string; readonly [field: string]: unknown };
  readonly piece: boolean;
}

/** Begins the signature of thinking that this server has made; anything else is refused when it comes back. */
export const SIGNATURE = 'fake-signature-';
const PIECE_LENGTH = 12;
/** What the API has counted before the first piece. */
export const FIRST_OUTPUT_TOKENS = 1;

/** Makes the message of a reply. The ids follow from the messages that are answered. */
export function answer(reply: Reply, model: string, prompt: PromptTokens, messages: string): Answer {
  const id = createHash('sha256').update(messages).digest('hex').slice(0, 24);
  const blocks: AnswerBlock[] = [];
  if (reply.thinking !== undefined) {
    blocks.push({ type: 'thinking', thinking: reply.thinking, signature: `${SIGNATURE}${id}` });
  }
  if (reply.text) {
    blocks.push({ type: 'text', text: reply.text });
  }
  for (const [index, { name, input }] of (reply.tools ?? []).entries()) {
    blocks.push({ type: 'tool_use', id: `toolu_${id.slice(0, 20)}${String(index).padStart(2, '0')}`, name, input });
  }
  const stop = reply.stop ?? (reply.tools ? 'tool_use' : 'end_turn');
  const outputTokens = reply.outputTokens ?? blocks.reduce((sum, block) => sum + tokensOf(block), 0);
  const message = {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: blocks,
    stop_reason: stop,
    stop_sequence: null,
    ...(stop === 'refusal' ? { stop_details: { type: 'refusal', category: null, explanation: null } } : {}),
    usage: usage(prompt, outputTokens),
  };
  return { message, blocks, stop, outputTokens, prompt };
}

/** The events of a streamed answer, in the API's order. Source: Claude docs, "Streaming messages". */
export function* streamEvents({ message, blocks, stop, outputTokens, prompt }: Answer, reply: Reply) {
  const control = (event: StreamEvent['event']): StreamEvent => ({ event, piece: false });
  const { stop_details: details, ...head } = message;
  yield control({
    type: 'message_start',
    message: { ...head, content: [], stop_reason: null, usage: usage(prompt, FIRST_OUTPUT_TOKENS) },
  });
  for (const [index, block] of blocks.entries()) {
    yield control({ type: 'content_block_start', index, content_block: emptied(block) });
    if (index === 0) {
      yield control({ type: 'ping' });
    }
    for (const delta of deltas(block, reply.pieceLength ?? PIECE_LENGTH)) {
      yield { event: { type: 'content_block_delta', index, delta }, piece: true };
    }
    yield control({ type: 'content_block_stop', index });
  }
  yield control({
    type: 'message_delta',
    delta: { stop_reason: stop, stop_sequence: null, ...(details ? { stop_details: details } : {}) },
    usage: usage(prompt, outputTokens),
  });
  yield control({ type: 'message_stop' });
}

function usage(prompt: PromptTokens, outputTokens: number) {
  return {
    input_tokens: prompt.input,
    cache_creation_input_tokens: prompt.cacheWrite + prompt.cacheWriteHour,
    cache_read_input_tokens: prompt.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: prompt.cacheWrite,
      ephemeral_1h_input_tokens: prompt.cacheWriteHour,
    },
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}

function emptied(block: AnswerBlock): AnswerBlock {
  switch (block.type) {
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'text':
      return { ...block, text: '' };
    default:
      return { ...block, input: {} };
  }
}

function* deltas(block: AnswerBlock, length: number) {
  switch (block.type) {
    case 'thinking':
      for (const thinking of pieces(block.thinking, length)) {
        yield { type: 'thinking_delta', thinking };
      }
      yield { type: 'signature_delta', signature: block.signature };
      break;
    case 'text':
      for (const text of pieces(block.text, length)) {
        yield { type: 'text_delta', text };
      }
      break;
    default:
      yield { type: 'input_json_delta', partial_json: '' };
      for (const part of pieces(JSON.stringify(block.input), length)) {
        yield { type: 'input_json_delta', partial_json: part };
      }
  }
}

function* pieces(text: string, length: number): Generator<string> {
  // By code points, so that no piece ends in half an emoji.
  const points = [...text];
  for (let start = 0; start < points.length; start += length) {
    yield points.slice(start, start + length).join('');
  }
}
