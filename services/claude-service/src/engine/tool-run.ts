import type { BetaToolResultBlockParam, BetaToolUseBlock } from '@anthropic-ai/sdk/resources/beta/messages';
import { STOPPED, type ToolOutcome } from '../tools/tool';
import type { ToolSet } from '../tools/tool-set';
import { toolResult } from './api-messages';
import type { TurnEvent } from './engine';

/** The tool uses of one answer. */
export interface ToolRun {
  readonly tools: ToolSet;
  readonly uses: readonly BetaToolUseBlock[];
  readonly signal: AbortSignal;
  /** Why none of them runs, where that is so. */
  readonly skipped?: string;
}

interface Finished {
  readonly outcome: ToolOutcome;
  readonly milliseconds: number;
}

/**
 * Runs them in their order, those that change nothing beside each other. Returns a result for each, also for what was
 * cancelled or skipped: the API accepts no tool use without one.
 */
export async function* runTools(run: ToolRun): AsyncGenerator<TurnEvent, BetaToolResultBlockParam[]> {
  const results: BetaToolResultBlockParam[] = [];
  for (const group of groups(run)) {
    for (const { id, name } of group) {
      yield { kind: 'tool-start', id, name };
    }
    const running = group.map((use) => finish(run, use));
    for (const [index, { id, name, input }] of group.entries()) {
      const { outcome, milliseconds } = await running[index];
      const { output, failed, content = output } = outcome;
      yield { kind: 'tool-end', id, name, input, rule: run.tools.ruleFor(name), failed, output, milliseconds };
      results.push(toolResult(id, content, failed));
    }
  }
  return results;
}

/** Neighbours that may run beside each other, and all others alone. */
function groups({ uses, tools }: ToolRun): BetaToolUseBlock[][] {
  const found: BetaToolUseBlock[][] = [];
  let open = false;
  for (const use of uses) {
    const independent = tools.isIndependent(use.name);
    const last = found.at(-1);
    if (open && independent && last) {
      last.push(use);
    } else {
      found.push([use]);
    }
    open = independent;
  }
  return found;
}

async function finish({ tools, signal, skipped }: ToolRun, { name, input }: BetaToolUseBlock): Promise<Finished> {
  const begin = performance.now();
  const outcome = skipped ? { output: skipped, failed: true } : await outcomeOf(tools, name, input, signal);
  return { outcome, milliseconds: Math.round(performance.now() - begin) };
}

async function outcomeOf(tools: ToolSet, name: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome> {
  try {
    signal.throwIfAborted();
    return await tools.run(name, input, signal);
  } catch (error) {
    if (signal.aborted) {
      return STOPPED;
    }
    throw error;
  }
}
