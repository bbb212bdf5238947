import type { BetaContentBlockParam, BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';

/** What a message is made of; a text alone is one block. Nothing where there is no message. */
export function blocksOf(message: BetaMessageParam | undefined): readonly BetaContentBlockParam[] {
  const content = message?.content ?? [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
