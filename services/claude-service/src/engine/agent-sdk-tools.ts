import { STOPPED, type ToolOutcome } from '../tools/tool';
import type { ToolSet } from '../tools/tool-set';
import type { TurnEvent } from './engine';

interface JsonRpc {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly name?: string;
    readonly arguments?: unknown;
    readonly _meta?: { readonly [key: string]: unknown };
  };
}

/** A connection to the Agent SDK, as it hands it to an MCP server in this process. */
interface Transport {
  onmessage?: (message: JsonRpc) => void;
  start?(): Promise<void>;
  send(message: object): Promise<void>;
}

const TOOL_USE_ID = 'claudecode/toolUseId';
const METHOD_NOT_FOUND = -32601;

/**
 * An MCP server in this process that gives the Agent SDK the tools of a turn, in place of its own: the same rules,
 * limits and workspaces hold for both engines, and no command runs where the key is in the environment.
 */
export class AgentSdkTools {
  /** Ids of the tool uses that came here. */
  public readonly seen = new Set<string>();
  private readonly running = new Set<Promise<object>>();

  constructor(
    private readonly tools: ToolSet,
    private readonly signal: AbortSignal,
    private readonly emit: (event: TurnEvent) => void,
  ) {}

  public async connect(transport: Transport): Promise<void> {
    transport.onmessage = (message) => {
      // Without an id it is a notification, and nothing is to be said.
      if (message.id !== undefined && message.method !== undefined) {
        void this.answer(message).then((answer) =>
          transport.send({ jsonrpc: '2.0', id: message.id, ...answer }).catch(() => {}),
        );
      }
    };
    await transport.start?.();
  }

  /** Waits for the tools that still run: after an abort, a moment. */
  public async settled(): Promise<void> {
    await Promise.allSettled([...this.running]);
  }

  public async close(): Promise<void> {}

  private async answer({ method, params = {} }: JsonRpc): Promise<object> {
    switch (method) {
      case 'initialize':
        return {
          result: {
            protocolVersion: params.protocolVersion,
            capabilities: { tools: {} },
            serverInfo: { name: 'claude-service', version: '1' },
          },
        };
      case 'ping':
        return { result: {} };
      case 'tools/list':
        return {
          result: {
            tools: this.tools
              .definitions()
              .map(({ name, description, input_schema: inputSchema }) => ({ name, description, inputSchema })),
          },
        };
      case 'tools/call':
        return { result: await this.tracked(this.call(params)) };
      default:
        return { error: { code: METHOD_NOT_FOUND, message: `${method} is not known` } };
    }
  }

  private tracked(call: Promise<object>): Promise<object> {
    this.running.add(call);
    return call.finally(() => this.running.delete(call));
  }

  private async call({
    name = '',
    arguments: input,
    _meta: meta = {},
  }: NonNullable<JsonRpc['params']>): Promise<object> {
    const id = String(meta[TOOL_USE_ID] ?? '');
    this.seen.add(id);
    this.emit({ kind: 'tool-start', id, name });
    const begin = performance.now();
    const { output, failed, content } = await this.tools
      .run(name, input, this.signal)
      .catch(
        (error: unknown): ToolOutcome => (this.signal.aborted ? STOPPED : { output: String(error), failed: true }),
      );
    const milliseconds = Math.round(performance.now() - begin);
    this.emit({ kind: 'tool-end', id, name, input, rule: this.tools.ruleFor(name), failed, output, milliseconds });
    return { content: mcpContent(content, output), isError: failed };
  }
}

function mcpContent(content: unknown, output: string): object[] {
  const blocks: readonly { type: string; text?: string; source?: { media_type?: string; data?: string } }[] =
    Array.isArray(content) ? content : [{ type: 'text', text: output }];
  return blocks.map(({ type, text, source }) =>
    type === 'image' ? { type, data: source?.data, mimeType: source?.media_type } : { type: 'text', text },
  );
}
