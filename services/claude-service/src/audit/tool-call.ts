import { createHash } from 'node:crypto';
import type { TurnEvent } from '../engine/engine';
import type { ToolCallRecord } from '../store/records';

/**
 * What the audit keeps of one use of a tool. The input only as a digest: it may hold what the person would not have in a
 * log, and the transcript has it as it was.
 */
export function auditRecord(event: TurnEvent & { readonly kind: 'tool-end' }): ToolCallRecord {
  const { id: callId, name: tool, input, rule, failed, milliseconds } = event;
  const inputSha256 = createHash('sha256')
    .update(JSON.stringify(input ?? null))
    .digest('hex');
  return { callId, tool, rule, inputSha256, failed, milliseconds: Math.round(milliseconds) };
}
