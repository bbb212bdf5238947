import { SIGNATURE } from './answer';

/** An HTTP error of the API: status, type and message. */
export class ApiRefusal extends Error {
  public constructor(
    public readonly status: number,
    message: string,
    public readonly type: string = ERROR_TYPES[status] ?? 'api_error',
  ) {
    super(message);
  }
}

/** Source: Claude docs, "Errors". */
const ERROR_TYPES: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

interface Block {
  readonly type: string;
  readonly id?: string;
  readonly tool_use_id?: string;
  readonly text?: string;
  readonly signature?: string;
  readonly cache_control?: unknown;
}

interface Body {
  readonly model?: unknown;
  readonly max_tokens?: unknown;
  readonly messages?: unknown;
  readonly tools?: readonly {
    readonly name?: unknown;
    readonly input_schema?: { readonly [keyword: string]: unknown };
    readonly cache_control?: unknown;
  }[];
  readonly system?: unknown;
  readonly cache_control?: unknown;
  readonly temperature?: unknown;
}

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const MOST_MARKS = 4;
const NOT_AT_THE_ROOT = ['oneOf', 'allOf', 'anyOf'];

/** Refuses a prompt that is longer than the model's context window. Error: `ApiRefusal`. */
export function refuseTooLong(tokens: number, contextWindow: number): void {
  if (tokens > contextWindow) {
    throw new ApiRefusal(400, `prompt is too long: ${tokens} tokens > ${contextWindow} maximum`);
  }
}

/** What the API refuses of a body, in the first of these sentences that holds. Error: `ApiRefusal`. */
export function refuseWrong(body: Body): void {
  const wrong = firstWrong(body);
  if (wrong) {
    throw new ApiRefusal(400, wrong);
  }
  if (!String(body.model).replace(/^.*\//, '').startsWith('claude-')) {
    throw new ApiRefusal(404, `model: ${body.model}`);
  }
}

function firstWrong(body: Body): string | undefined {
  if (typeof body.model !== 'string') {
    return 'model: Field required';
  }
  if (!Number.isInteger(body.max_tokens) || Number(body.max_tokens) < 1) {
    return 'max_tokens: Input should be greater than or equal to 1';
  }
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return 'messages: at least one message is required';
  }
  if (/-5-5/.test(body.model) && body.temperature !== undefined) {
    return '`temperature` is not supported on this model';
  }
  // A message of the role `system` may stand anywhere and be empty; the order is that of the others.
  const messages = body.messages
    .filter(({ role }) => role !== 'system')
    .map(({ role, content }) => ({ role: String(role), blocks: blocksOf(content) }));
  return wrongTools(body) ?? wrongMarks(body, messages) ?? wrongOrder(messages) ?? wrongBlocks(messages);
}

type Message = { readonly role: string; readonly blocks: readonly Block[] };

function blocksOf(content: unknown): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : [];
}

function wrongTools({ tools = [] }: Body): string | undefined {
  const names = tools.map(({ name }) => String(name));
  const bad = names.findIndex((name) => !TOOL_NAME.test(name));
  if (bad >= 0) {
    return `tools.${bad}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
  }
  const schemas = tools.map(({ input_schema: schema }) => schema ?? {});
  const other = schemas.findIndex(({ type }) => type !== 'object');
  if (other >= 0) {
    return `tools.${other}.custom.input_schema.type: Input should be 'object'`;
  }
  const split = schemas.findIndex((schema) => NOT_AT_THE_ROOT.some((keyword) => keyword in schema));
  if (split >= 0) {
    return `tools.${split}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`;
  }
  return new Set(names).size < names.length ? 'tools: Tool names must be unique.' : undefined;
}

function wrongMarks(body: Body, messages: readonly Message[]): string | undefined {
  const blocks = [...(body.tools ?? []), ...blocksOf(body.system), ...messages.flatMap((message) => message.blocks)];
  const marks = blocks.filter(({ cache_control }) => cache_control).length + (body.cache_control ? 1 : 0);
  return marks > MOST_MARKS
    ? `A maximum of ${MOST_MARKS} blocks with cache_control may be provided. Found ${marks}.`
    : undefined;
}

function wrongOrder(messages: readonly Message[]): string | undefined {
  if (messages[0]?.role !== 'user') {
    return 'messages: first message must use the "user" role';
  }
  if (messages.at(-1)?.role === 'assistant') {
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  }
  for (const [index, { role, blocks }] of messages.entries()) {
    const wanted = role === 'assistant' ? idsOf(blocks, 'tool_use', 'id') : [];
    const next = messages[index + 1]?.blocks ?? [];
    const given = idsOf(next, 'tool_result', 'tool_use_id');
    const missing = wanted.filter((id) => !given.includes(id));
    if (missing.length > 0) {
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
    }
    const unknown = given.filter((id) => !wanted.includes(id));
    if (unknown.length > 0) {
      return `messages.${index + 1}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unknown.join(', ')}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    }
  }
  return idsOf(messages[0].blocks, 'tool_result', 'tool_use_id').length > 0
    ? 'messages.0: `tool_result` without a previous `tool_use`'
    : undefined;
}

function wrongBlocks(messages: readonly Message[]): string | undefined {
  for (const [index, { blocks }] of messages.entries()) {
    if (blocks.length === 0 && index < messages.length - 1) {
      return `messages.${index}: all messages must have non-empty content except for the optional final assistant message`;
    }
    for (const [place, { type, text, signature }] of blocks.entries()) {
      if (type === 'text' && (text ?? '') === '') {
        return 'messages: text content blocks must be non-empty';
      }
      if (type === 'text' && text?.trim() === '') {
        return 'messages: text content blocks must contain non-whitespace text';
      }
      if (type === 'compaction' && !String(signature).startsWith(SIGNATURE)) {
        return `messages.${index}.content.${place}: Invalid \`signature\` in \`compaction\` block`;
      }
      if (type === 'thinking' && !String(signature).startsWith(SIGNATURE)) {
        return `messages.${index}.content.${place}: Invalid \`signature\` in \`thinking\` block`;
      }
      if (isThinking(type) && blocks.slice(place).every((block) => isThinking(block.type))) {
        return `messages.${index}: The final block in an assistant message cannot be \`thinking\`.`;
      }
    }
  }
  return undefined;
}

function isThinking(type: string): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

function idsOf(blocks: readonly Block[], type: string, field: 'id' | 'tool_use_id'): string[] {
  return blocks.filter((block) => block.type === type).map((block) => String(block[field]));
}
