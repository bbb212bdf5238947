/** One answer of the fake model. All parts are optional; an empty reply is a message without content. */
export interface Reply {
  /** Said before the text. */
  readonly thinking?: string;
  readonly text?: string;
  /** Tools that the model wants to use, all in this one answer. */
  readonly tools?: readonly { readonly name: string; readonly input: unknown }[];
  /** @default `tool_use` with tools, otherwise `end_turn` */
  readonly stop?: 'end_turn' | 'max_tokens' | 'tool_use' | 'refusal' | 'pause_turn' | 'model_context_window_exceeded';
  /** Answers with an HTTP error instead. */
  readonly error?: ErrorReply;
  /** Pause before the first byte of the answer. Unit: milliseconds. */
  readonly firstDelayMs?: number;
  /** Pause before each piece of the answer. Unit: milliseconds. */
  readonly delayMs?: number;
  /** Length of a piece. Unit: characters. @default 12 */
  readonly pieceLength?: number;
  /** After so many pieces, sends the event `error` and ends the stream. */
  readonly errorAfterPieces?: number;
  /** After so many pieces, destroys the connection. */
  readonly cutAfterPieces?: number;
  /** Output tokens to report instead of the counted ones. */
  readonly outputTokens?: number;
}

/** An HTTP error as the API answers it. */
export interface ErrorReply {
  readonly status: number;
  /** @default - the API's own type for the status, for example `overloaded_error` for 529 */
  readonly type?: string;
  readonly message?: string;
  /** Value of the header `retry-after`. Unit: seconds. */
  readonly retryAfter?: number;
  /** How often the same request fails before it is answered. @default - always */
  readonly times?: number;
}

/** Replies for the prompts in which a pattern is found; the n-th reply answers the n-th call of the model for it. */
export interface Rule {
  /** Regular expression over the person's newest text. @default - every text */
  readonly when?: string;
  readonly replies: readonly Reply[];
}

/** A request body as far as a script looks into it. */
export interface ScriptedRequest {
  readonly system?: unknown;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

/** A line of a prompt that is a script: `fake: [{"text":"Hello"}]`. */
const DIRECTIVE = /^fake:\s*([[{].*)$/m;

/** The newest text of the person, and how many answers the model has given since. */
function newestPrompt(request: ScriptedRequest): { readonly text: string; readonly answers: number } {
  let answers = 0;
  for (const { role, content } of [...request.messages].reverse()) {
    const text = role === 'user' ? textOf(content) : '';
    if (text !== '') {
      return { text, answers };
    }
    answers += role === 'assistant' ? 1 : 0;
  }
  return { text: '', answers };
}

/**
 * The answer to a request: what its own prompt scripts, else the first rule that matches, else an echo. Depends on the
 * request alone, so that it is the same for a repeated call and for any number of callers at once.
 */
export function replyTo(request: ScriptedRequest, rules: readonly Rule[]): Reply {
  const { text, answers } = newestPrompt(request);
  const replies = repliesIn(text) ?? rules.find(({ when = '' }) => new RegExp(when).test(text))?.replies;
  return replies?.[Math.min(answers, replies.length - 1)] ?? { text: `You said: ${text}` };
}

function repliesIn(text: string): readonly Reply[] | undefined {
  const script = DIRECTIVE.exec(text)?.[1];
  if (script === undefined) {
    return undefined;
  }
  try {
    const replies: Reply | Reply[] = JSON.parse(script);
    return Array.isArray(replies) ? replies : [replies];
  } catch (error) {
    return [{ error: { status: 400, message: `the script after "fake:" is not JSON: ${(error as Error).message}` } }];
  }
}

/** The texts of a message's content, without results of tools. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  const blocks: readonly { readonly type?: string; readonly text?: string }[] = Array.isArray(content) ? content : [];
  return blocks
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text ?? '')
    .join('\n');
}
