import { createHash } from 'node:crypto';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { repaired } from './api-messages';

/** What the Agent SDK shows the model of any tool that is not its own: `mcp__<server>__<tool>`. */
export const SERVER_NAME = 'service';
export const TOOL_PREFIX = `mcp__${SERVER_NAME}__`;

/**
 * A history in the form in which the Agent SDK keeps its sessions: the database is the only place that knows a
 * session, so it can be continued in any replica and forked anywhere. Found by reading what version 0.3 writes.
 */
export function sessionEntries(history: readonly BetaMessageParam[], sessionId: string, cwd: string): object[] {
  let parentUuid: string | null = null;
  return repaired(history).map((message, index) => {
    const uuid = uuidOf(`${sessionId}:${index}`);
    const entry = {
      type: message.role,
      uuid,
      parentUuid,
      sessionId,
      cwd,
      timestamp: new Date(index).toISOString(),
      isSidechain: false,
      userType: 'external',
      version: '1',
      message: message.role === 'assistant' ? answer(message, uuid) : message,
    };
    parentUuid = uuid;
    return entry;
  });
}

/** A session id in the form that the Agent SDK asks for. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function answer({ content }: BetaMessageParam, uuid: string): object {
  return {
    id: `msg_${uuid}`,
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: typeof content === 'string' ? [{ type: 'text', text: content }] : content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  };
}
