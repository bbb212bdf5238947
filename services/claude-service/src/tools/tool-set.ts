import type { BetaTool } from '@anthropic-ai/sdk/resources/beta/messages';
import { GATEWAY_TOOLS } from '../../../../constructs/claude/persona';
import { ToolRule } from '../engine/engine';
import type { AgentTool, ToolOutcome } from './tool';

/** How long a tool may take to end after an abort; a turn ends within a second. Unit: milliseconds. */
const LAST_MOMENT_MS = 800;

/** The tools of a turn behind what the persona says of them. */
export class ToolSet {
  private readonly tools: ReadonlyMap<string, AgentTool>;

  constructor(
    tools: readonly AgentTool[],
    private readonly rules: ReadonlyMap<string, ToolRule>,
  ) {
    this.tools = new Map(tools.map((tool) => [tool.definition.name, tool]));
  }

  /** What the model is told of: nothing that is denied. */
  public definitions(): BetaTool[] {
    return [...this.tools.values()]
      .map(({ definition }) => definition)
      .filter(({ name }) => this.ruleFor(name) !== ToolRule.DENY);
  }

  /** What the persona says of a tool, known or not. A tool of the gateway goes by its name, then by `mcp`. */
  public ruleFor(name: string): ToolRule {
    const own = this.rules.get(name);
    const shared = name.startsWith(`${GATEWAY_TOOLS}_`) ? this.rules.get(GATEWAY_TOOLS) : undefined;
    return own ?? shared ?? ToolRule.DENY;
  }

  /** Whether a call may run beside others. */
  public isIndependent(name: string): boolean {
    return this.tools.get(name)?.independent ?? true;
  }

  /**
   * Runs a call if the persona allows it: the model may name a tool that it was never told of, because a text that it
   * read told it to. Whatever goes wrong is an outcome; only an aborted call throws.
   */
  public async run(name: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome> {
    const rule = this.ruleFor(name);
    const tool = this.tools.get(name);
    if (rule === ToolRule.DENY) {
      return refused(`${name} is not among the tools of this session, and nothing was run. Do without it.`);
    }
    if (rule === ToolRule.ASK) {
      return refused(
        `${name} needs the person's consent, and nothing was run. Say what you want to do and why, and ask.`,
      );
    }
    if (!tool) {
      return refused(
        `${name} does not exist. The tools are ${this.definitions()
          .map((one) => one.name)
          .join(', ')}.`,
      );
    }
    try {
      return storable(await untilGivenUp(tool.run(input, signal), signal));
    } catch (error) {
      signal.throwIfAborted();
      return refused(`${name} failed: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** The same, but what does not end soon after an abort is left behind. Error: the reason of the abort. */
function untilGivenUp<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const abort = () => {
      timer = setTimeout(() => reject(signal.reason), LAST_MOMENT_MS);
    };
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  });
}

/** Without what neither the API nor PostgreSQL takes in a text: halves of a character, and zero. */
function storable(outcome: ToolOutcome): ToolOutcome {
  const { content } = outcome;
  return {
    ...outcome,
    output: cleaned(outcome.output),
    ...(content ? { content: typeof content === 'string' ? cleaned(content) : content.map(cleanedBlock) } : {}),
  };
}

function cleanedBlock<T extends { readonly type: string }>(block: T): T {
  return block.type === 'text' && 'text' in block ? { ...block, text: cleaned(String(block.text)) } : block;
}

function cleaned(text: string): string {
  return Buffer.from(text).toString('utf8').replaceAll('\0', '\ufffd');
}

function refused(output: string): ToolOutcome {
  return { output, failed: true };
}
