import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { type Engine, type Turn, TurnEnd, type TurnEvent } from '../../src/engine/engine';

/** What an engine does in a turn; `pause` holds it until `go()` or the turn's end. */
export type Step = TurnEvent | 'pause' | Error;

/** An engine that does what it was told, and remembers what it was asked. */
export class ScriptedEngine implements Engine {
  public readonly turns: Turn[] = [];
  /** Turns that run now, and the most that ever did at once in one session. */
  public readonly running = new Map<string, number>();
  public mostAtOnce = 0;
  public script: readonly Step[] | ((turn: Turn) => readonly Step[]) = answerSteps('answer');
  private resume: () => void = () => {};
  private paused: () => void = () => {};

  /** Resolves when the engine pauses. */
  public whenPaused(): Promise<void> {
    return new Promise((resolve) => {
      this.paused = resolve;
    });
  }

  public go(): void {
    this.resume();
  }

  public async *run(turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent> {
    this.turns.push(turn);
    const count = (this.running.get(turn.sessionId) ?? 0) + 1;
    this.running.set(turn.sessionId, count);
    this.mostAtOnce = Math.max(this.mostAtOnce, count);
    try {
      for (const step of typeof this.script === 'function' ? this.script(turn) : this.script) {
        if (signal.aborted) break;
        if (step === 'pause') await this.pause(signal);
        else if (step instanceof Error) throw step;
        else yield step;
      }
      yield { kind: 'end', reason: signal.aborted ? TurnEnd.CANCELLED : TurnEnd.COMPLETE };
    } finally {
      this.running.set(turn.sessionId, (this.running.get(turn.sessionId) ?? 1) - 1);
    }
  }

  public async *ask(): AsyncGenerator<TurnEvent> {
    yield* answerSteps('asked');
    yield { kind: 'end', reason: TurnEnd.COMPLETE };
  }

  public async close(): Promise<void> {}

  private pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.resume = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      this.paused();
    });
  }
}

export const usage = {
  model: 'claude-sonnet-5-5',
  inputTokens: 100,
  outputTokens: 20,
  cacheReadTokens: 3,
  cacheWriteTokens: 4,
  costUsd: 0.25,
};

export function message(role: 'user' | 'assistant', text: string): TurnEvent {
  return { kind: 'message', message: { role, content: [{ type: 'text', text }] } satisfies BetaMessageParam };
}

/** One call of the model that says something. */
export function answerSteps(text: string): TurnEvent[] {
  return [{ kind: 'text', text }, { kind: 'usage', usage }, message('assistant', text)];
}
