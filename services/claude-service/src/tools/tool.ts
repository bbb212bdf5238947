import type { BetaTool, BetaToolResultBlockParam } from '@anthropic-ai/sdk/resources/beta/messages';

/** What came out of a tool. */
export interface ToolOutcome {
  readonly output: string;
  readonly failed: boolean;
  /** What the model sees where that is more than the text, for example a picture. */
  readonly content?: BetaToolResultBlockParam['content'];
}

/** What becomes of a use of a tool that runs when the turn is stopped. */
export const STOPPED: ToolOutcome = { output: 'Not finished: the person stopped the turn.', failed: true };

/** Something that the model can use. */
export interface AgentTool {
  readonly definition: BetaTool;
  /** True where its calls change nothing and may run beside each other. */
  readonly independent: boolean;
  /** Runs one call. What goes wrong is an outcome, not an error; only an aborted call throws. */
  run(input: unknown, signal: AbortSignal): Promise<ToolOutcome>;
}
