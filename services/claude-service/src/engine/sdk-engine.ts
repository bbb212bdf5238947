import Anthropic from '@anthropic-ai/sdk';
import type { BetaMessageParam, BetaTextBlockParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { Agent } from 'undici';
import type { Logger } from '../../../runtime/log';
import type { SecretSource } from '../../../runtime/secret-source';
import type { ToolSet } from '../tools/tool-set';
import type { SessionWorkspaces } from '../workspace/session-workspaces';
import { apiFetch } from './api-fetch';
import { type Engine, type Turn, TurnEnd, type TurnEvent } from './engine';
import { type CallContext, callModel, type ModelAnswer } from './model-call';
import { isPriced, priceOf } from './prices';
import { runTools, type ToolRun } from './tool-run';
import { asParam, marked, repaired, textsOf, toolUses } from './transcript';
import { openTools } from './turn-tools';

export interface SdkEngineOptions {
  readonly apiKey: SecretSource;
  /** Where `/v1/messages` is. */
  readonly baseUrl: string;
  readonly workspaces: SessionWorkspaces;
  readonly log: Logger;
}

/** The most that one answer may have; every model that is served can. Unit: tokens. */
const MOST_OUTPUT_TOKENS = 32_000;
/** An answer that may have fewer is not worth its prompt. Unit: tokens. */
const FEWEST_OUTPUT_TOKENS = 256;
/** A connection is worth keeping between the turns of a chat. Unit: milliseconds. */
const KEEP_ALIVE_MS = 60_000;
/** Longest silence in a stream; the API sends pings. Unit: milliseconds. */
const LONGEST_SILENCE_MS = 300_000;

/**
 * Turns with Anthropic's Apache-licensed SDK. The loop is here and not the SDK's `toolRunner`: the persona's rules are
 * asked before each tool runs, a budget is checked between the calls, and each message is handed over before the next
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
      yield { kind: 'end', reason: yield* this.loop(turn, tools, note, signal) };
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
    yield {
      kind: 'end',
      reason: answer.complete ? (END_OF_ANSWER[stopOf(answer)] ?? TurnEnd.COMPLETE) : TurnEnd.CANCELLED,
    };
  }

  /** Nothing: a turn's connections end with it, and workspaces are released on their own. */
  public async release(): Promise<void> {}

  public async close(): Promise<void> {
    await this.connections.destroy();
  }

  private warnOfPrice(model: string): void {
    if (!isPriced(model) && !this.unpriced.has(model)) {
      this.unpriced.add(model);
      this.options.log.warn({ model }, 'the price of the model is not known: budgets and costs take the highest one');
    }
  }

  private async *loop(
    turn: Turn,
    tools: ToolSet,
    note: string,
    signal: AbortSignal,
  ): AsyncGenerator<TurnEvent, TurnEnd> {
    const history = repaired(turn.history);
    const notes: BetaTextBlockParam[] = note ? [{ type: 'text', text: note }] : [];
    const messages: BetaMessageParam[] = [...history, { role: 'user', content: [...turn.prompt, ...notes] }];
    let spent = 0;
    for (let call = 1; ; call += 1) {
      if (signal.aborted) {
        return TurnEnd.CANCELLED;
      }
      const maxTokens = Math.max(FEWEST_OUTPUT_TOKENS, Math.min(MOST_OUTPUT_TOKENS, affordableTokens(turn, spent)));
      const answer = yield* callModel(
        this.context,
        this.params(turn, tools, messages, history.length, maxTokens),
        signal,
      );
      spent += answer.costUsd;
      const content = answer.message?.content ?? [];
      const whole = answer.complete && END_OF_ANSWER[stopOf(answer)] === undefined;
      const said = whole ? content.map(asParam) : textsOf(content);
      if (said.length > 0) {
        yield { kind: 'message', message: push(messages, { role: 'assistant', content: said }) };
      }
      if (!answer.complete) {
        return TurnEnd.CANCELLED;
      }
      const uses = whole ? toolUses(content) : [];
      if (uses.length === 0 && stopOf(answer) !== 'pause_turn') {
        return END_OF_ANSWER[stopOf(answer)] ?? TurnEnd.COMPLETE;
      }
      const end = endBeforeTools(turn, call, spent);
      if (uses.length > 0) {
        const run: ToolRun = { tools, uses, signal, skipped: end && NOT_RUN[end] };
        yield { kind: 'message', message: push(messages, { role: 'user', content: yield* runTools(run) }) };
      }
      if (end) {
        return end;
      }
    }
  }

  private params(
    turn: Turn,
    tools: ToolSet,
    messages: readonly BetaMessageParam[],
    historyLength: number,
    maxTokens: number,
  ) {
    const definitions = tools.definitions();
    return {
      model: turn.model,
      max_tokens: maxTokens,
      // The mark stands for the tools too, which come before it in what the API keeps.
      system: [{ type: 'text' as const, text: turn.systemPrompt, cache_control: { type: 'ephemeral' as const } }],
      messages: marked(messages, historyLength),
      ...(definitions.length > 0 ? { tools: definitions } : {}),
    };
  }
}

/** Ends that leave an answer incomplete: what it wanted to do is not done. */
const END_OF_ANSWER: { readonly [stop: string]: TurnEnd } = {
  max_tokens: TurnEnd.LENGTH,
  model_context_window_exceeded: TurnEnd.LENGTH,
  refusal: TurnEnd.REFUSAL,
};

const NOT_RUN: { readonly [end in TurnEnd]?: string } = {
  [TurnEnd.BUDGET]: 'Not run: the budget of this turn is spent.',
  [TurnEnd.MAX_MODEL_CALLS]: 'Not run: this turn has made as many calls of the model as it may.',
};

function endBeforeTools(turn: Turn, calls: number, spent: number): TurnEnd | undefined {
  if (affordableTokens(turn, spent) < FEWEST_OUTPUT_TOKENS) {
    return TurnEnd.BUDGET;
  }
  return calls >= turn.maxModelCalls ? TurnEnd.MAX_MODEL_CALLS : undefined;
}

/** How long an answer may be so that its output alone does not go beyond the budget. */
function affordableTokens({ model, budgetUsd }: Turn, spent: number): number {
  return Math.floor((Math.max(0, budgetUsd - spent) * 1e6) / priceOf(model).output);
}

function stopOf({ message }: ModelAnswer): string {
  return message?.stop_reason ?? '';
}

function push(messages: BetaMessageParam[], message: BetaMessageParam): BetaMessageParam {
  messages.push(message);
  return message;
}
