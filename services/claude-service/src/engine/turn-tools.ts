import type { Logger } from '../../../runtime/log';
import { connectGateway } from '../tools/gateway-tools';
import { ToolSet } from '../tools/tool-set';
import { workspaceTools } from '../tools/workspace-tools';
import type { SessionWorkspaces } from '../workspace/session-workspaces';
import { ToolRule, type Turn } from './engine';

/** The tools of one turn. */
export interface TurnTools {
  readonly tools: ToolSet;
  /** What the model is to know of tools that are missing; empty where none are. */
  readonly note: string;
  close(): Promise<void>;
}

/** Makes the tools of a turn: those of the workspace, and those of the gateway if the persona allows any. */
export async function openTools(
  turn: Turn,
  workspaces: SessionWorkspaces,
  log: Logger,
  signal: AbortSignal,
): Promise<TurnTools> {
  const own = workspaceTools(workspaces.of(turn.sessionId));
  const { gateway, sessionId } = turn;
  if (!gateway || signal.aborted || !allowsGateway(turn)) {
    return { tools: new ToolSet(own, turn.tools), note: '', close: async () => {} };
  }
  const connected = await connectGateway(gateway, signal).catch((error: unknown) => {
    if (signal.aborted) {
      return { tools: [], problem: '', close: async () => {} };
    }
    throw error;
  });
  if (connected.problem) {
    log.warn({ sessionId, problem: connected.problem }, 'a turn goes on without the tools of the gateway');
  }
  return {
    tools: new ToolSet([...own, ...connected.tools], turn.tools),
    note: connected.problem && `(Note of the service: ${connected.problem})`,
    close: connected.close,
  };
}

function allowsGateway({ tools }: Turn): boolean {
  return [...tools].some(([name, rule]) => /^mcp(_|$)/.test(name) && rule !== ToolRule.DENY);
}
