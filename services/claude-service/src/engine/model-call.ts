import { setTimeout as pause } from 'node:timers/promises';
import type Anthropic from '@anthropic-ai/sdk';
import type {
  BetaMessage,
  BetaRawMessageStreamEvent,
  BetaUsage,
  MessageCreateParamsStreaming,
} from '@anthropic-ai/sdk/resources/beta/messages';
import { BYTES_PER_TOKEN } from './compaction';
import type { ModelUsage, TurnEvent } from './engine';
import { modelError, pauseBeforeRetry } from './model-errors';
import { costUsd } from './prices';

/** An answer of the model; without its end where the caller left. */
export interface ModelAnswer {
  readonly message?: BetaMessage;
  readonly complete: boolean;
  readonly costUsd: number;
}

/** What a call needs beside its parameters. */
export interface CallContext {
  readonly client: Anthropic;
  /** The key, read anew for each attempt: it may be rotated. */
  readonly headers: () => { readonly [name: string]: string | null };
}

/**
 * Calls the model once: yields text, thinking and the usage as they come, and returns the answer. A call that failed
 * before anything came is made again, so that no tool runs twice. Error: `ModelError`, after the usage.
 */
export async function* callModel(
  { client, headers }: CallContext,
  params: Omit<MessageCreateParamsStreaming, 'stream'>,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, ModelAnswer> {
  const begin = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    const stream = client.beta.messages.stream(params, { signal, headers: headers() });
    let bytes = 0;
    try {
      for await (const event of stream) {
        bytes += bytesOf(event);
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
          yield { kind: 'text', text: event.delta.text };
        } else if (event.type === 'content_block_delta' && event.delta.type === 'thinking_delta') {
          yield { kind: 'thinking', text: event.delta.thinking };
        }
      }
      const message = await stream.finalMessage();
      const usage = usageOf(params.model, message.usage);
      yield { kind: 'usage', usage };
      return { message, complete: true, costUsd: usage.costUsd };
    } catch (error) {
      const begun = stream.currentMessage;
      const usage = begun && usageOf(params.model, begun.usage, bytes);
      if (usage) {
        yield { kind: 'usage', usage };
      }
      if (signal.aborted) {
        return { message: begun, complete: false, costUsd: usage?.costUsd ?? 0 };
      }
      const wait = begun ? undefined : pauseBeforeRetry(error, attempt, performance.now() - begin);
      if (wait === undefined) {
        throw modelError(error);
      }
      await pause(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) {
        return { complete: false, costUsd: 0 };
      }
    } finally {
      // The consumer may have stopped asking for events.
      stream.abort();
    }
  }
}

/** How much of an answer an event of its stream holds. */
export function bytesOf(event: BetaRawMessageStreamEvent): number {
  if (event.type !== 'content_block_delta') return 0;
  const { delta } = event;
  switch (delta.type) {
    case 'text_delta':
      return Buffer.byteLength(delta.text);
    case 'thinking_delta':
      return Buffer.byteLength(delta.thinking);
    case 'input_json_delta':
      return Buffer.byteLength(delta.partial_json);
    default:
      return 0;
  }
}

/**
 * Tokens and price of a call, from what the API reported. It tells the length of an answer at the end of it; of one that
 * was stopped before, what had come counts.
 */
export function usageOf(model: string, usage: BetaUsage, bytesSoFar = 0): ModelUsage {
  const written = usage.cache_creation_input_tokens ?? 0;
  const hour = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const cacheRead = usage.cache_read_input_tokens ?? 0;
  const input = usage.input_tokens;
  const output = Math.max(usage.output_tokens, Math.ceil(bytesSoFar / BYTES_PER_TOKEN));
  return {
    model,
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: written,
    costUsd: costUsd(model, { input, output, cacheRead, cacheWrite: written - hour, cacheWriteHour: hour }),
  };
}
