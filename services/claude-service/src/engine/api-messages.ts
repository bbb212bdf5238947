import type {
  BetaContentBlock,
  BetaContentBlockParam,
  BetaMessageParam,
  BetaToolResultBlockParam,
  BetaToolUseBlock,
} from '@anthropic-ai/sdk/resources/beta/messages';
import { blocksOf } from './blocks';
import { sinceCompaction } from './compaction';

const INTERRUPTED = 'Interrupted: the service ended before this tool had answered. Whether it did its work is unknown.';

/**
 * A history that the API accepts, from its last summary on: each tool use has its result in the next message, and no text
 * is empty. A use without a result is of a service that ended in between.
 */
export function repaired(transcript: readonly BetaMessageParam[]): BetaMessageParam[] {
  const messages: BetaMessageParam[] = [];
  const history = sinceCompaction(transcript)
    .map((message) => ({ ...message, content: acceptable(blocksOf(message)) }) as BetaMessageParam)
    .filter(({ content }) => content?.length);
  for (const [index, message] of history.entries()) {
    messages.push(message);
    const answered = blocksOf(history[index + 1]).flatMap((block) =>
      block.type === 'tool_result' ? [block.tool_use_id] : [],
    );
    const open = message.role === 'assistant' ? openToolUses(blocksOf(message), answered) : [];
    if (open.length > 0) {
      messages.push({ role: 'user', content: open.map((id) => toolResult(id, INTERRUPTED, true)) });
    }
  }
  return messages;
}

function openToolUses(blocks: readonly BetaContentBlockParam[], answered: readonly string[]): string[] {
  return blocks.flatMap((block) => (block.type === 'tool_use' && !answered.includes(block.id) ? [block.id] : []));
}

export function toolResult(id: string, content: BetaToolResultBlockParam['content'], failed: boolean) {
  const block: BetaToolResultBlockParam = { type: 'tool_result', tool_use_id: id, content };
  return failed ? { ...block, is_error: true } : block;
}

/** The tools that an answer wants to use. */
export function toolUses(content: readonly BetaContentBlock[]): BetaToolUseBlock[] {
  return content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
}

/** The texts of an answer that was cut off. Thinking without its end and half of a tool's input help nobody. */
export function textsOf(content: readonly BetaContentBlock[]): BetaContentBlockParam[] {
  return paramsOf(content.filter(({ type }) => type === 'text'));
}

/** An answer as it goes back to the API. */
export function paramsOf(content: readonly BetaContentBlock[]): BetaContentBlockParam[] {
  return acceptable(content.map(asParam));
}

/** Without texts of white space alone, which models write before a tool use and the API then refuses for good. */
function acceptable(blocks: readonly BetaContentBlockParam[]): BetaContentBlockParam[] {
  const said = blocks.filter((block) => block.type !== 'text' || block.text.trim() !== '');
  // Nor does it take thinking that nothing follows.
  return said.some(({ type }) => type !== 'thinking' && type !== 'redacted_thinking') ? said : [];
}

/** A block as it goes back to the API, without what only an answer has. */
function asParam(block: BetaContentBlock): BetaContentBlockParam {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.input };
    case 'thinking':
      return { type: 'thinking', thinking: block.thinking, signature: block.signature };
    default:
      return block as BetaContentBlockParam;
  }
}

const MARK = { type: 'ephemeral' } as const;

/** The messages with marks up to which the API keeps them: at the end of the history, and at the end of all. */
export function marked(messages: readonly BetaMessageParam[], historyLength: number): BetaMessageParam[] {
  const ends = new Set([historyLength - 1, messages.length - 1]);
  return messages.map((message, index) => (ends.has(index) ? withMark(message) : message));
}

function withMark(message: BetaMessageParam): BetaMessageParam {
  const content = [...blocksOf(message)];
  const last = content.at(-1);
  // The API takes no mark on thinking.
  if (!last || last.type === 'thinking' || last.type === 'redacted_thinking') return message;
  content[content.length - 1] = { ...last, cache_control: MARK } as BetaContentBlockParam;
  return { ...message, content } as BetaMessageParam;
}
