import { costUsd } from '../src/engine/prices';
import type { PromptTokens } from './tokens';

/** What was asked of one model. */
export interface Counted {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Unit: US dollars. */
  readonly costUsd: number;
}

const NOTHING: Counted = {
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
};

/** Counts tokens and cost per model. A request that ended in an HTTP error costs nothing. */
export class Counter {
  private readonly models = new Map<string, Counted>();

  public add(model: string, prompt: PromptTokens, output: number): void {
    const before = this.models.get(model) ?? NOTHING;
    this.models.set(
      model,
      sum(before, {
        requests: 1,
        inputTokens: prompt.input,
        outputTokens: output,
        cacheReadTokens: prompt.cacheRead,
        cacheWriteTokens: prompt.cacheWrite + prompt.cacheWriteHour,
        costUsd: costUsd(model, { ...prompt, output }),
      }),
    );
  }

  /** The figures by model, and of all of them together. */
  public read(): { readonly models: { readonly [model: string]: Counted }; readonly total: Counted } {
    return { models: Object.fromEntries(this.models), total: [...this.models.values()].reduce(sum, NOTHING) };
  }

  public clear(): void {
    this.models.clear();
  }
}

function sum(one: Counted, other: Counted): Counted {
  return {
    requests: one.requests + other.requests,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    // In whole nano-dollars, so that thousands of additions leave no dust.
    costUsd: Math.round((one.costUsd + other.costUsd) * 1e9) / 1e9,
  };
}
