import { TurnEnd } from '../engine/engine';
import { ApiError } from '../http/api-error';
import type { UsageSum } from '../store/records';

/** What stays the same in all chunks of an answer. */
export interface CompletionHead {
  readonly id: string;
  /** Unit: seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** The stop reasons that OpenAI's clients know. `tool_calls` is none of ours: a client would try to run them. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

const FINISH: { readonly [end in TurnEnd]: FinishReason } = {
  [TurnEnd.COMPLETE]: 'stop',
  [TurnEnd.LENGTH]: 'length',
  [TurnEnd.MAX_MODEL_CALLS]: 'length',
  [TurnEnd.BUDGET]: 'length',
  [TurnEnd.REFUSAL]: 'content_filter',
  [TurnEnd.CANCELLED]: 'stop',
};

const NOTICES: { readonly [end in TurnEnd]?: string } = {
  [TurnEnd.MAX_MODEL_CALLS]: '\n\n*Stopped after the number of steps that one turn may take. Say "go on" to go on.*',
  [TurnEnd.BUDGET]: '\n\n*Stopped: the budget of this turn is used up. Say "go on" to go on.*',
};

const SERVICE_ENDED = '\n\n*Stopped: the service is restarted. Say "go on" to go on.*';

/**
 * What a person reads at the end of an answer that ended early; nothing when it did not, or when its reader has left.
 * `signal` is what stopped it: the end of the service has an answer for the caller.
 */
export function endNotice(end: TurnEnd, signal: AbortSignal): string {
  if (end === TurnEnd.CANCELLED) return signal.reason instanceof ApiError ? SERVICE_ENDED : '';
  return NOTICES[end] ?? '';
}

export function finishReason(end: TurnEnd): FinishReason {
  return FINISH[end];
}

/** Writes the chunks of one answer as server-sent events. */
export class ChunkWriter {
  private readonly begin: string;

  constructor({ id, created, model }: CompletionHead) {
    const fields = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.begin = `data: ${fields.slice(0, -1)},`;
  }

  /** The first one, with the role. */
  public role(): string {
    return this.choice('{"role":"assistant","content":""}', 'null');
  }

  public content(text: string): string {
    return this.choice(`{"content":${JSON.stringify(text)}}`, 'null');
  }

  /** Thinking, which Open WebUI shows in a block of its own. */
  public reasoning(text: string): string {
    return this.choice(`{"reasoning_content":${JSON.stringify(text)}}`, 'null');
  }

  public finish(reason: FinishReason): string {
    return this.choice('{}', JSON.stringify(reason));
  }

  public usage(usage: UsageSum): string {
    return `${this.begin}"choices":[],"usage":${JSON.stringify(usageJson(usage))}}\n\n`;
  }

  private choice(delta: string, reason: string): string {
    return `${this.begin}"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}]}\n\n`;
  }
}

/** The last line of a stream. */
export const DONE = 'data: [DONE]\n\n';

/** The answer in one piece. */
export function completion(
  { id, created, model }: CompletionHead,
  answer: {
    readonly content: string;
    readonly reasoning: string;
    readonly finish: FinishReason;
    readonly usage: UsageSum;
  },
): object {
  const message = {
    role: 'assistant',
    content: answer.content,
    refusal: null,
    ...(answer.reasoning ? { reasoning_content: answer.reasoning } : {}),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finish }],
    usage: usageJson(answer.usage),
  };
}

/** Tokens of all the model's calls of a turn together; what came out of a cache was read all the same. */
function usageJson({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: UsageSum): object {
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: outputTokens,
    total_tokens: prompt + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
  };
}
