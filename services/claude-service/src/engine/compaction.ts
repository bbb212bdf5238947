import type {
  BetaCompactionBlockParam,
  BetaContentBlockParam,
  BetaMessageParam,
} from '@anthropic-ai/sdk/resources/beta/messages';
import { blocksOf } from './blocks';

/** What the model is asked in place of the next step. */
const REQUEST = [
  '(Note of the service: this conversation has become long. Everything above is about to be replaced by a summary, which',
  'you write now. Write down all that is needed to go on without it: what the person wants, literally where the words',
  'matter; instructions and preferences that still hold; what was done and found out, with the names of files, commands,',
  'figures, decisions and their reasons; what was tried in vain; what is open, and the next step. Write the summary only.',
  'Use no tool.)',
].join(' ');
const INTRODUCTION = '(Note of the service: what was said before is replaced by this summary, which you wrote.)';
const UNDER_WAY: BetaContentBlockParam = {
  type: 'text',
  text: '(Note of the service: you are at work on this already. Go on where the summary ends.)',
};
const LEFT_OUT = '(Left out: with this result the conversation was too long.)';

/** The end of a conversation that is to be summarised: the request comes after all of it. */
export function summaryRequest(messages: readonly BetaMessageParam[]): BetaMessageParam[] {
  const request: BetaContentBlockParam = { type: 'text', text: REQUEST };
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: [request] }];
  return [...messages.slice(0, -1), { role: 'user', content: [...blocksOf(last), request] }];
}

/**
 * The message that stands for all before it: the summary, and what the person wants now. It is stored in the API's own
 * form for it. No caller can write such a message, since they are heard in texts and pictures only.
 */
export function compacted(
  summary: string,
  prompt: readonly BetaContentBlockParam[],
  isUnderWay: boolean,
): BetaMessageParam {
  const block: BetaCompactionBlockParam = { type: 'compaction', content: summary };
  return { role: 'user', content: [block, ...prompt, ...(isUnderWay ? [UNDER_WAY] : [])] };
}

/**
 * A history from its last summary on. The summary goes to the API as a text: a block `compaction` is taken there only
 * with the signature of the API, which has made none of ours.
 */
export function sinceCompaction(history: readonly BetaMessageParam[]): readonly BetaMessageParam[] {
  let index = history.length - 1;
  while (index >= 0 && summaryOf(history[index]) === undefined) index--;
  if (index < 0) return history;
  const [, ...rest] = blocksOf(history[index]);
  const text = `${INTRODUCTION}\n\n${summaryOf(history[index])}`;
  return [{ role: 'user', content: [{ type: 'text', text }, ...rest] }, ...history.slice(index + 1)];
}

/** A message without the results of tools in it, where they are what made a conversation too long. */
export function withoutResults(message: BetaMessageParam): BetaMessageParam {
  const content = blocksOf(message).map(
    (block): BetaContentBlockParam => (block.type === 'tool_result' ? { ...block, content: LEFT_OUT } : block),
  );
  return { ...message, content } as BetaMessageParam;
}

function summaryOf(message: BetaMessageParam): string | undefined {
  const [first] = blocksOf(message);
  return first?.type === 'compaction' ? (first.content ?? '') : undefined;
}

/** A token has about so many bytes; of prose it has more, of source code less. */
export const BYTES_PER_TOKEN = 3;
/** The API counts a picture by its size in pixels, up to that (Claude docs, "Vision"). */
const TOKENS_PER_PICTURE = 1600;

/** About how many tokens messages have that the API has not counted yet. */
export function estimatedTokens(messages: readonly BetaMessageParam[]): number {
  return messages.reduce((sum, message) => sum + tokensOf(blocksOf(message)), 0);
}

function tokensOf(blocks: readonly BetaContentBlockParam[]): number {
  return blocks.reduce((sum, block) => {
    if (block.type === 'image') return sum + TOKENS_PER_PICTURE;
    if (block.type === 'text') return sum + Buffer.byteLength(block.text) / BYTES_PER_TOKEN;
    if (block.type === 'tool_result' && Array.isArray(block.content)) {
      return sum + tokensOf(block.content as BetaContentBlockParam[]);
    }
    return sum + Buffer.byteLength(JSON.stringify(block)) / BYTES_PER_TOKEN;
  }, 0);
}
