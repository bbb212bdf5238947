import type { BetaContentBlockParam, BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';

/** What a persona lets a session do with a tool. */
export enum ToolRule {
  ALLOW = 'allow',
  /** Refused with the advice to ask the person, who cannot be asked while a turn runs. */
  ASK = 'ask',
  DENY = 'deny',
}

/** One turn of a session: what was said before, what is said now, and what the agent may do. */
export interface Turn {
  readonly sessionId: string;
  /** The turns before, as the Messages API wants them; empty in a new session. */
  readonly history: readonly BetaMessageParam[];
  readonly prompt: readonly BetaContentBlockParam[];
  readonly systemPrompt: string;
  /** Id of the Claude model. */
  readonly model: string;
  /** Tool names in lower case with what the persona says of them; what is not in it is denied. */
  readonly tools: ReadonlyMap<string, ToolRule>;
  /**
   * Path of the session's folder, once it is there, which may be after the engine began: it is before any event is taken
   * from it. The agent's tools cannot leave it.
   */
  readonly workspace: Promise<string>;
  /** Tools of the MCP gateway with the user's rights. */
  readonly gateway?: GatewayAccess;
  /** Calls of the model at most. */
  readonly maxModelCalls: number;
  /** What this turn may cost at most. Unit: US dollars. */
  readonly budgetUsd: number;
  /**
   * When the chat is longer, it is summarised before the model is asked again. Unit: tokens; 0 for never. The Agent SDK has
   * a limit of its own. @default 0
   */
  readonly compactAboveTokens?: number;
}

/** How a session reaches the MCP gateway as its user. */
export interface GatewayAccess {
  readonly url: string;
  readonly apiKey: string;
  /** The user's signed token, asked for at each call: a turn may live longer than a token does. */
  readonly userToken: () => string;
  /** The user's groups as Open WebUI's header lists them, where they are known. */
  readonly groups?: string;
}

/** Tokens of one call of the model, as the API reported them, and their price. */
export interface ModelUsage {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Unit: US dollars. */
  readonly costUsd: number;
}

/** Why a turn ended. */
export enum TurnEnd {
  COMPLETE = 'complete',
  /** The answer was cut at the model's `max_tokens`. */
  LENGTH = 'length',
  MAX_MODEL_CALLS = 'max-model-calls',
  BUDGET = 'budget',
  REFUSAL = 'refusal',
  /** The caller left, or the service ends. */
  CANCELLED = 'cancelled',
}

/** What happens in a turn, in its order. */
export type TurnEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'tool-start'; readonly id: string; readonly name: string }
  | {
      readonly kind: 'tool-end';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly rule: ToolRule;
      readonly failed: boolean;
      readonly output: string;
      readonly milliseconds: number;
    }
  | { readonly kind: 'usage'; readonly usage: ModelUsage }
  /**
   * A message that belongs to the transcript. Every tool use in it has its result in the next one. One that begins with a
   * block `compaction` stands for all before it.
   */
  | { readonly kind: 'message'; readonly message: BetaMessageParam }
  | { readonly kind: 'end'; readonly reason: TurnEnd };

/** Error of the model's API, with what a caller may know of it. */
export class ModelError extends Error {
  public constructor(
    message: string,
    /** HTTP status for the caller: 400 (too long for the model), 429, 502, 503 or 529. */
    public readonly status: number,
    public readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** The model takes no chat of this length. */
export class ChatTooLong extends ModelError {
  public constructor() {
    super('This chat is too long for the model. Begin a new one.', 400);
  }
}

/** What runs the turns. Between two turns it keeps nothing of a session. */
export interface Engine {
  /**
   * Runs one turn. The messages it yields follow the prompt, which the caller knows. The last event is `end`. Aborting
   * stops the model's stream and kills running tools within a second; `end` then says `CANCELLED`. Error: `ModelError`;
   * the messages yielded before it stand.
   */
  run(turn: Turn, signal: AbortSignal): AsyncIterable<TurnEvent>;
  /** A question outside of a session, without tools: a title, tags, or what a person asks of a persona's model. */
  ask(
    question: readonly BetaMessageParam[],
    model: string,
    maxTokens: number,
    signal: AbortSignal,
    systemPrompt?: string,
  ): AsyncIterable<TurnEvent>;
  close(): Promise<void>;
}
