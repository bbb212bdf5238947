import type { ChatMessage } from './chat-request';

/** Header for Open WebUI's template `{{TASK}}`, which is empty for what a person said. */
export const TASK_HEADER = 'x-openwebui-task';

/**
 * Beginnings and marks of what Open WebUI 0.12.4 asks a model by itself (`config.py`, `DEFAULT_*_PROMPT_TEMPLATE`): title,
 * tags, follow-ups, search queries, picture prompts, completion of a text, summary of a long chat, emoji, and the answer
 * out of several models' answers. It sends each as the only message, with the chat quoted inside.
 */
const TASKS: readonly { readonly begins: string; readonly holds: readonly string[] }[] = [
  { begins: '### Task:\n', holds: ['<chat_history>', '### Chat History:'] },
  { begins: '### Task:\nYou are an autocompletion system.', holds: ['### **Output Rules**'] },
  { begins: '### Task:\nSummarize the conversation history', holds: ['### Messages Being Compacted:'] },
  { begins: "Your task is to reflect the speaker's likely facial expression", holds: ['emoji'] },
  { begins: 'You have been provided with a set of responses from various models', holds: ['Responses from models:'] },
];
/** The question which tool to call, in its mode without native calls: instructions, and the last messages as a query. */
const TOOL_CHOICE = 'Available Tools: ';

/**
 * Whether a request is a task of the interface rather than something a person said. It must not come into the session:
 * it would be remembered, run tools and wait for the turn. The header says it for certain; without it, templates that an
 * administrator has rewritten are not recognised.
 */
export function isTask(messages: readonly ChatMessage[], taskHeader: string | undefined): boolean {
  if (taskHeader) return true;
  const [system] = messages.filter(({ role }) => role === 'system');
  const said = messages.filter(({ role }) => role !== 'system');
  if (said.length !== 1) return false;
  const { text } = said[0];
  if (system?.text.startsWith(TOOL_CHOICE) && text.startsWith('Query: ')) return true;
  return TASKS.some(({ begins, holds }) => text.startsWith(begins) && holds.every((mark) => text.includes(mark)));
}
