import { ConfigurationError } from '../../../runtime/settings';

/**
 * The part of `@anthropic-ai/claude-agent-sdk` 0.3 that is used. Its licence is proprietary: it is no dependency, and
 * whoever builds an image with it installs it beside the program.
 */
export interface AgentSdk {
  query(request: {
    readonly prompt: AsyncIterable<AgentSdkPrompt>;
    readonly options: AgentSdkOptions;
  }): AsyncIterable<AgentSdkMessage> & { close?(): void };
}

export interface AgentSdkPrompt {
  readonly type: 'user';
  readonly session_id: string;
  readonly parent_tool_use_id: null;
  readonly message: { readonly role: 'user'; readonly content: unknown };
}

export interface AgentSdkOptions {
  readonly abortController: AbortController;
  readonly cwd: string;
  /** Replaces the environment of this program. */
  readonly env: { readonly [name: string]: string };
  readonly model: string;
  readonly systemPrompt: string;
  /** Its own tools; empty for none. */
  readonly tools: readonly string[];
  readonly allowedTools: readonly string[];
  readonly permissionMode: 'dontAsk';
  /** Empty: a workspace's own settings could name commands to run. */
  readonly settingSources: readonly string[];
  readonly strictMcpConfig: boolean;
  readonly mcpServersDelivery: 'initialize';
  readonly mcpServers: {
    readonly [name: string]: { readonly type: 'sdk'; readonly name: string; readonly instance: unknown };
  };
  readonly includePartialMessages: boolean;
  readonly maxTurns: number;
  /** Unit: US dollars. */
  readonly maxBudgetUsd: number;
  /** One of the two: a new session, or one that `sessionStore` has. */
  readonly sessionId?: string;
  readonly resume?: string;
  readonly sessionStore: {
    append(): Promise<void>;
    load(): Promise<readonly object[] | null>;
  };
}

/** A message of the SDK, as far as it is looked at. */
export interface AgentSdkMessage {
  readonly type: string;
  readonly subtype?: string;
  readonly parent_tool_use_id?: string | null;
  readonly message?: { readonly id?: string; readonly model?: string; readonly content?: unknown };
  readonly event?: unknown;
  readonly is_error?: boolean;
  readonly stop_reason?: string | null;
  readonly result?: string;
  readonly errors?: readonly string[];
  readonly api_error_status?: number | null;
}

const PACKAGE = '@anthropic-ai/claude-agent-sdk';

/** Loads the package, from beside the program. Error: `ConfigurationError` where it is not installed. */
export async function loadAgentSdk(): Promise<AgentSdk> {
  try {
    // By a variable, so that no bundler looks for it.
    const name: string = PACKAGE;
    return (await import(name)) as AgentSdk;
  } catch (error) {
    throw new ConfigurationError([
      `ENGINE is agent-sdk, but ${PACKAGE} cannot be loaded (${(error as NodeJS.ErrnoException).code ?? error}): install it in the image, or write sdk`,
    ]);
  }
}
