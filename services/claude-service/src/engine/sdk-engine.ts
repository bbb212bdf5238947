import Anthropic from '@anthropic-ai/sdk';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { Agent } from 'undici';
import type { Logger } from '../../../runtime/log';
import type { SecretSource } from '../../../runtime/secret-source';
import type { SessionWorkspaces } from '../workspace/session-workspaces';
import { apiFetch } from './api-fetch';
import type { Engine, Turn, TurnEvent } from './engine';
import { type CallContext, callModel } from './model-call';
import { isPriced } from './prices';
import { endOfAnswer, TurnLoop } from './turn-loop';
import { openTools } from './turn-tools';

export interface SdkEngineOptions {
  readonly apiKey: SecretSource;
  /** Where `/v1/messages` is. */
  readonly baseUrl: string;
  readonly workspaces: SessionWorkspaces;
  readonly log: Logger;
}

/** A connection is worth keeping between the turns of a chat. Unit: milliseconds. */
const KEEP_ALIVE_MS = 60_000;
/** Longest silence in a stream; the API sends pings. Unit: milliseconds. */
const LONGEST_SILENCE_MS = 300_000;

/**
 * Turns with Anthropic's Apache-licensed SDK. The loop is `TurnLoop` and not the SDK's `toolRunner`: the persona's rules
 * are asked before each tool runs, a budget is checked between the calls, and each message is handed over before the next
 * call, so that what was done is in the store when the program is killed.
 */
export class SdkEngine implements Engine {
  private readonly connections = new Agent({ keepAliveTimeout: KEEP_ALIVE_MS, bodyTimeout: LONGEST_SILENCE_MS });
  private readonly context: CallContext;
  private readonly unpriced = new Set<string>();

  constructor(private readonly options: SdkEngineOptions) {
    const client = new Anthropic({
      baseURL: options.baseUrl,
      apiKey: null,
      authToken: null,
      // Made again here, where it is known whether anything of the answer was shown.
      maxRetries: 0,
      fetch: apiFetch(this.connections),
    });
    this.context = {
      client,
      headers: () => ({ 'x-api-key': options.apiKey.value() ?? '', authorization: null }),
    };
  }

  public async *run(turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent> {
    this.warnOfPrice(turn.model);
    const { tools, note, close } = await openTools(turn, this.options.workspaces, this.options.log, signal);
    try {
      const loop = new TurnLoop({ ...this.context, turn, tools, note, signal, log: this.options.log });
      yield { kind: 'end', reason: yield* loop.run() };
    } finally {
      await close();
    }
  }

  public async *ask(
    question: readonly BetaMessageParam[],
    model: string,
    maxTokens: number,
    signal: AbortSignal,
    systemPrompt?: string,
  ): AsyncGenerator<TurnEvent> {
    const system = systemPrompt ? { system: systemPrompt } : {};
    const params = { model, max_tokens: maxTokens, messages: [...question], ...system };
    const answer = yield* callModel(this.context, params, signal);
    yield { kind: 'end', reason: endOfAnswer(answer) };
  }

  public async close(): Promise<void> {
    await this.connections.destroy();
  }

  private warnOfPrice(model: string): void {
    if (!isPriced(model) && !this.unpriced.has(model)) {
      this.unpriced.add(model);
      this.options.log.warn({ model }, 'the price of the model is not known: budgets and costs take the highest one');
    }
  }
}
