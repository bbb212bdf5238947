import { createHash } from 'node:crypto';
import type { BetaTool, BetaToolResultBlockParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { type CallToolResult, Client, StreamableHTTPClientTransport, type Tool } from '@modelcontextprotocol/client';
import { GATEWAY_TOOLS } from '../../../../constructs/claude/persona';
import type { GatewayAccess } from '../engine/engine';
import type { AgentTool, ToolOutcome } from './tool';

/** Source: Anthropic's API, and every other that a name may pass. */
const LONGEST_NAME = 64;
/** How long a turn waits for the gateway before it goes on without. Unit: milliseconds. */
const LONGEST_START_MS = 5_000;
/** Unit: milliseconds. */
const LONGEST_CALL_MS = 120_000;
/** Unit: characters. */
const MOST_OUTPUT = 100_000;
/** A picture in base64. Unit: characters. */
const LARGEST_PICTURE = 5 * 1024 * 1024;
const PICTURES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;

/** A turn's connection to the MCP gateway. */
export interface GatewayTools {
  readonly tools: readonly AgentTool[];
  /** Why there are none, as a sentence for the model; empty where there are. */
  readonly problem: string;
  close(): Promise<void>;
}

/**
 * Connects as the session's user and asks what this user may use. The gateway decides what exists; a gateway that
 * cannot be reached is no failed turn. Error: only that of an aborted signal.
 */
export async function connectGateway(access: GatewayAccess, signal: AbortSignal): Promise<GatewayTools> {
  const client = new Client({ name: 'claude-service', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const close = () => client.close().catch(() => {});
  const limits = { signal, timeout: LONGEST_START_MS };
  try {
    await client.connect(transport(access), limits);
    const { tools } = await client.listTools(undefined, limits);
    const sorted = [...tools].sort((one, other) => (one.name < other.name ? -1 : 1));
    return { tools: sorted.map((tool) => gatewayTool(client, tool)), problem: '', close };
  } catch (error) {
    await close();
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message.split('\n')[0].slice(0, 200) : String(error);
    const problem = `The tools of the company's gateway cannot be reached now (${reason}). If one of them is needed, say so.`;
    return { tools: [], problem, close };
  }
}

function transport(access: GatewayAccess): StreamableHTTPClientTransport {
  // The token is asked for at each request: it may expire within a turn.
  const withIdentity: typeof fetch = (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${access.apiKey}`);
    headers.set('x-openwebui-user-jwt', access.userToken());
    if (access.groups !== undefined) {
      headers.set('x-openwebui-user-groups', access.groups);
    }
    return fetch(url, { ...init, headers });
  };
  return new StreamableHTTPClientTransport(new URL(access.url), { fetch: withIdentity });
}

function gatewayTool(client: Client, tool: Tool): AgentTool {
  return {
    definition: definitionOf(tool),
    independent: tool.annotations?.readOnlyHint === true,
    async run(input, signal) {
      const call = { name: tool.name, arguments: (input ?? {}) as { [name: string]: unknown } };
      const result = await client.callTool(call, {
        signal,
        timeout: LONGEST_CALL_MS,
        resetTimeoutOnProgress: true,
        maxTotalTimeout: LONGEST_CALL_MS * 5,
      });
      return outcome(result);
    },
  };
}

/**
 * The API refuses every request with a tool whose schema has one of these three at its root, so that one tool would stop
 * all sessions that know it. They are said in words instead; the tool's own server still asks for what they demand.
 */
function definitionOf({ name, title, description = title ?? name, inputSchema }: Tool): BetaTool {
  const { anyOf, oneOf, allOf, ...schema } = inputSchema;
  const rest = JSON.stringify({ anyOf, oneOf, allOf });
  return {
    name: toolName(name),
    description: rest === '{}' ? description : `${description}\n\nThe input also has to match this schema: ${rest}`,
    input_schema: schema as BetaTool['input_schema'],
  };
}

/** `mcp_` and the gateway's name; what does not fit is cut, with a hash that keeps it unique. */
export function toolName(name: string): string {
  const clean = `${GATEWAY_TOOLS}_${name.replace(/[^a-zA-Z0-9_-]/g, '_')}`;
  if (clean.length <= LONGEST_NAME && clean.endsWith(name)) {
    return clean;
  }
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${clean.slice(0, LONGEST_NAME - hash.length - 1)}_${hash}`;
}

type Content = Exclude<BetaToolResultBlockParam['content'], string | undefined>;

function outcome({ content, structuredContent, isError = false }: CallToolResult): ToolOutcome {
  const texts = content.flatMap((block) => textOf(block) ?? []);
  const structured = texts.length === 0 && structuredContent ? [JSON.stringify(structuredContent)] : texts;
  const output = shorten(structured.join('\n')) || '(no output)';
  // The API takes only text in a result that is an error.
  const pictures = isError ? [] : content.flatMap((block) => pictureOf(block) ?? []);
  return pictures.length > 0
    ? { output, failed: isError, content: [{ type: 'text', text: output }, ...pictures] }
    : { output, failed: isError };
}

function textOf(block: CallToolResult['content'][number]): string | undefined {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'resource':
      return 'text' in block.resource ? block.resource.text : `(${block.resource.mimeType ?? 'a file'}, not shown)`;
    case 'resource_link':
      return `${block.title ?? block.name}: ${block.uri}`;
    case 'image':
      return pictureOf(block) ? undefined : `(a picture of ${block.mimeType}, not shown)`;
    default:
      return `(${block.type}, not shown)`;
  }
}

function pictureOf(block: CallToolResult['content'][number]): Content | undefined {
  const type = block.type === 'image' ? PICTURES.find((known) => known === block.mimeType) : undefined;
  return block.type === 'image' && type && block.data.length <= LARGEST_PICTURE
    ? [{ type: 'image', source: { type: 'base64', media_type: type, data: block.data } }]
    : undefined;
}

function shorten(text: string): string {
  if (text.length <= MOST_OUTPUT) {
    return text;
  }
  const half = MOST_OUTPUT / 2;
  return `${text.slice(0, half)}\n(${text.length - MOST_OUTPUT} characters left out)\n${text.slice(-half)}`;
}
