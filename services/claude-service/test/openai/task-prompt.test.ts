import type { ChatMessage } from '../../src/openai/chat-request';
import { isTask } from '../../src/openai/task-prompt';

const say = (text: string, role: ChatMessage['role'] = 'user'): ChatMessage => ({ role, text, blocks: [] });
const history = '### Chat History:\n<chat_history>\nUSER: hi\n</chat_history>';

test.each([
  ['a title', [say(`### Task:\nGenerate a concise title summarizing the chat history.\n${history}`)]],
  ['search queries', [say(`### Task:\nAnalyze the chat history to determine …\n${history}\n`)]],
  ['the rest of a text', [say('### Task:\nYou are an autocompletion system. …\n### **Output Rules**:\n…')]],
  ['a summary', [say('### Task:\nSummarize the conversation history that …\n### Messages Being Compacted:\n…')]],
  ['an emoji', [say("Your task is to reflect the speaker's likely facial expression through a fitting emoji. …")]],
  [
    'one answer of several',
    [say('You have been provided with a set of responses from various models … Responses from models: …')],
  ],
  ['a choice of tools', [say('Available Tools: []', 'system'), say('Query: History: …')]],
])('%s is a task of Open WebUI', (_, messages) => {
  expect(isTask(messages, undefined)).toBe(true);
});

test.each([
  ['a question', [say('Generate a title for my book')]],
  ['a question in the form of one', [say('### Task:\nRefactor the parser.\n### Output:\nA patch.')]],
  [
    'a task that somebody quotes later on',
    [say('hi'), say('hello', 'assistant'), say(`### Task:\nGenerate …\n${history}`)],
  ],
])('%s is not', (_, messages) => {
  expect(isTask(messages, undefined)).toBe(false);
});

test('the header decides, where Open WebUI sends it', () => {
  expect(isTask([say('any words')], 'title_generation')).toBe(true);
  expect(isTask([say('any words')], '')).toBe(false);
});
