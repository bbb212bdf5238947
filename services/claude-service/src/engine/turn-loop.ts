import type { BetaContentBlockParam, BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { Logger } from '../../../runtime/log';
import type { ToolSet } from '../tools/tool-set';
import { marked, paramsOf, repaired, textsOf, toolUses } from './api-messages';
import { compacted, estimatedTokens, sinceCompaction, summaryRequest, withoutResults } from './compaction';
import { ChatTooLong, ModelError, type Turn, TurnEnd, type TurnEvent } from './engine';
import { type CallContext, callModel, type ModelAnswer, usageOf } from './model-call';
import { affordableTokens, FEWEST_OUTPUT_TOKENS, outputTokensFor } from './prices';
import { runTools, type ToolRun } from './tool-run';

/** The most that one answer may have; every model that is served can. Unit: tokens. */
const MOST_OUTPUT_TOKENS = 32_000;
/** What is shown while a chat is summarised, which may take half a minute. */
const SUMMARISING = 'The chat has become long: it is summarised first.\n\n';

/** What a turn is run with. */
export interface TurnContext extends CallContext {
  readonly turn: Turn;
  readonly tools: ToolSet;
  /** What the model is to know of tools that are missing; empty where none are. */
  readonly note: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** One turn: the model is asked, its tools run, and it is asked again, until it has answered. */
export class TurnLoop {
  private readonly prompt: readonly BetaContentBlockParam[];
  private messages: BetaMessageParam[];
  private historyLength: number;
  /** Unit: US dollars. */
  private spent = 0;
  /** Of `messages`, as the API counted them, and estimated what came after. Unit: tokens. */
  private size: number;
  /** Nothing was answered since the last summary, or the attempt to make one. */
  private isCompact = false;
  /** A summary that could not be made once is not asked for at each step of the turn. */
  private hasNoSummary = false;

  constructor(private readonly context: TurnContext) {
    const { turn, note } = context;
    const history = repaired(turn.history);
    this.prompt = [...turn.prompt, ...(note ? [{ type: 'text' as const, text: note }] : [])];
    this.messages = [...history, { role: 'user', content: [...this.prompt] }];
    this.historyLength = history.length;
    this.size = estimatedTokens(this.messages);
  }

  /** Error: `ModelError`. */
  public async *run(): AsyncGenerator<TurnEvent, TurnEnd> {
    const { tools, signal } = this.context;
    for (let call = 1; ; call += 1) {
      if (signal.aborted) return TurnEnd.CANCELLED;
      const answer = yield* this.ask();
      const content = answer.message?.content ?? [];
      const whole = answer.complete && END_OF_ANSWER[stopOf(answer)] === undefined;
      const said = whole ? paramsOf(content) : textsOf(content);
      if (said.length > 0) yield this.add({ role: 'assistant', content: said });
      if (!answer.complete) return TurnEnd.CANCELLED;
      const uses = whole ? toolUses(content) : [];
      if (uses.length === 0 && stopOf(answer) !== 'pause_turn') return endOfAnswer(answer);
      const end = this.endBeforeTools(call);
      if (uses.length > 0) {
        const run: ToolRun = { tools, uses, signal, skipped: end && NOT_RUN[end] };
        const results: BetaMessageParam = { role: 'user', content: yield* runTools(run) };
        this.size += estimatedTokens([results]);
        yield this.add(results);
      }
      if (end) return end;
    }
  }

  /** Asks the model for the next step, with a summary in place of a chat that is too long. */
  private async *ask(): AsyncGenerator<TurnEvent, ModelAnswer> {
    if (this.isLong()) yield* this.compact();
    try {
      return yield* this.call(this.messages, this.historyLength);
    } catch (error) {
      if (!(error instanceof ChatTooLong) || this.isCompact) throw error;
      // What came before was not too long the last time.
      this.messages = [...this.messages.slice(0, -1), ...this.messages.slice(-1).map(withoutResults)];
      if (!(yield* this.compact())) throw error;
      return yield* this.call(this.messages, this.historyLength);
    }
  }

  private async *call(
    messages: readonly BetaMessageParam[],
    historyLength: number,
  ): AsyncGenerator<TurnEvent, ModelAnswer> {
    const { turn, tools, signal } = this.context;
    const definitions = tools.definitions();
    const params = {
      model: turn.model,
      max_tokens: outputTokensFor(turn.budgetUsd - this.spent, turn.model, MOST_OUTPUT_TOKENS),
      // The mark stands for the tools too, which come before it in what the API keeps.
      system: [{ type: 'text' as const, text: turn.systemPrompt, cache_control: { type: 'ephemeral' as const } }],
      messages: marked(messages, historyLength),
      ...(definitions.length > 0 ? { tools: definitions } : {}),
    };
    const answer = yield* callModel(this.context, params, signal);
    this.spent += answer.costUsd;
    if (answer.message) {
      const usage = usageOf(turn.model, answer.message.usage);
      this.size = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
    }
    this.isCompact = false;
    return answer;
  }

  /** Whether a summary is due, and would make it much shorter: the newest prompt stays as it is. */
  private isLong(): boolean {
    const { compactAboveTokens: limit = 0 } = this.context.turn;
    if (limit === 0 || this.hasNoSummary || this.size <= limit) return false;
    return this.size - estimatedTokens([{ role: 'user', content: [...this.prompt] }]) > limit / 2;
  }

  /**
   * Replaces what was said and done by a summary, which the same model writes: it has read all of it, so that most comes
   * out of the API's cache. False when there is none; the chat then stays as it is.
   */
  private async *compact(): AsyncGenerator<TurnEvent, boolean> {
    const { turn, log } = this.context;
    const isUnderWay = this.messages.length > this.historyLength + 1;
    const before = isUnderWay ? this.messages : this.messages.slice(0, this.historyLength);
    if (!turn.compactAboveTokens || before.length === 0) return false;
    yield { kind: 'thinking', text: SUMMARISING };
    const tokens = this.size;
    const summary = yield* this.summary(before);
    this.isCompact = true;
    this.hasNoSummary = summary === '';
    if (this.hasNoSummary) return false;
    const message = compacted(summary, this.prompt, isUnderWay);
    yield { kind: 'message', message };
    this.messages = [...sinceCompaction([message])];
    this.historyLength = 0;
    this.size = estimatedTokens(this.messages);
    log.info({ sessionId: turn.sessionId, tokens, left: Math.round(this.size) }, 'a chat was summarised');
    return true;
  }

  /** The summary; empty when there is none. Nothing of it is shown. */
  private async *summary(before: readonly BetaMessageParam[]): AsyncGenerator<TurnEvent, string> {
    const { turn, log } = this.context;
    const call = this.call(summaryRequest(before), before.length);
    try {
      for (;;) {
        const { done, value } = await call.next();
        if (!done) {
          if (value.kind === 'usage') yield value;
          continue;
        }
        const texts = textsOf(value.complete ? (value.message?.content ?? []) : []);
        const summary = texts.map((block) => ('text' in block ? block.text : '')).join('\n\n');
        if (value.complete && summary === '') log.warn({ sessionId: turn.sessionId }, 'the model wrote no summary');
        return summary;
      }
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      log.warn({ sessionId: turn.sessionId, err: error }, 'a chat could not be summarised');
      return '';
    } finally {
      await call.return({ complete: false, costUsd: 0 });
    }
  }

  private add(message: BetaMessageParam): TurnEvent {
    this.messages.push(message);
    return { kind: 'message', message };
  }

  private endBeforeTools(calls: number): TurnEnd | undefined {
    const { model, budgetUsd, maxModelCalls } = this.context.turn;
    if (affordableTokens(budgetUsd - this.spent, model) < FEWEST_OUTPUT_TOKENS) return TurnEnd.BUDGET;
    return calls >= maxModelCalls ? TurnEnd.MAX_MODEL_CALLS : undefined;
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

/** How a turn ends whose last answer this is. */
export function endOfAnswer(answer: ModelAnswer): TurnEnd {
  return answer.complete ? (END_OF_ANSWER[stopOf(answer)] ?? TurnEnd.COMPLETE) : TurnEnd.CANCELLED;
}

function stopOf({ message }: ModelAnswer): string {
  return message?.stop_reason ?? '';
}
