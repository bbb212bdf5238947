import type { BetaContentBlockParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { badRequest } from '../http/api-error';
import { contentBlocks, contentText } from './content';

/** A message of the request, as far as it concerns an agent. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly blocks: readonly BetaContentBlockParam[];
  /** The text in it. */
  readonly text: string;
}

/** A request for a chat completion. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  /** Whether the stream is to tell its usage at the end. */
  readonly includeUsage: boolean;
  readonly maxTokens?: number;
}

/** More messages than any chat has: a list that only makes work. */
const MAX_MESSAGES = 10_000;
const ROLES: { readonly [role: string]: ChatMessage['role'] | 'left out' } = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  // Calls of tools that a client offers: the agent has its own, and its turns are in its own transcript.
  tool: 'left out',
  function: 'left out',
};

/**
 * Reads the body of `POST /v1/chat/completions`. What steers a model (temperature, tools, response format …) is accepted
 * and has no effect: the persona decides. Error: `ApiError` 400 that names the field.
 */
export function readChatRequest(body: { readonly [key: string]: unknown }): ChatRequest {
  const { model, messages, stream, stream_options: options, n } = body;
  if (typeof model !== 'string' || model === '')
    throw badRequest('model is missing: write the name of a model.', 'model');
  if (!Array.isArray(messages) || messages.length === 0) {
    throw badRequest('messages is missing: write a list with at least one message.', 'messages');
  }
  if (messages.length > MAX_MESSAGES) throw badRequest(`messages has more than ${MAX_MESSAGES} entries.`, 'messages');
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    throw badRequest('stream must be true or false.', 'stream');
  }
  if (n !== undefined && n !== null && n !== 1) throw badRequest('An agent gives one answer: leave n out.', 'n');
  return {
    model,
    messages: messages.flatMap(readMessage),
    stream: stream === true,
    includeUsage: isObject(options) && options.include_usage === true,
    maxTokens: readMaxTokens(body),
  };
}

function readMessage(value: unknown, index: number): ChatMessage[] {
  const param = `messages[${index}]`;
  if (!isObject(value)) throw badRequest(`${param} is not an object.`, param);
  const role = typeof value.role === 'string' ? ROLES[value.role] : undefined;
  if (role === undefined)
    throw badRequest(`${param}.role is none of ${Object.keys(ROLES).join(', ')}.`, `${param}.role`);
  if (role === 'left out') return [];
  const { content } = value;
  if (role === 'assistant' && (content === null || content === undefined)) return [];
  // Only what a person says can hold pictures; of the rest the text counts.
  const blocks = role === 'user' ? contentBlocks(content, `${param}.content`) : [];
  return [{ role, blocks, text: contentText(content, `${param}.content`) }];
}

function readMaxTokens(body: { readonly [key: string]: unknown }): number | undefined {
  const param = body.max_completion_tokens !== undefined ? 'max_completion_tokens' : 'max_tokens';
  const value = body[param];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || (value as number) < 1)
    throw badRequest(`${param} must be a whole number above 0.`, param);
  return value as number;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
