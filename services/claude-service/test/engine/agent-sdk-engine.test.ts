import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { ClaudeEngine } from '../../../../constructs/claude/engine';
import { createLogger, LogLevel } from '../../../runtime/log';
import { FixedSecret } from '../../../runtime/secret-source';
import { ConfigurationError } from '../../../runtime/settings';
import { AgentSdkAnswers } from '../../src/engine/agent-sdk-answers';
import { sessionEntries, uuidOf } from '../../src/engine/agent-sdk-history';
import type { AgentSdkMessage } from '../../src/engine/agent-sdk-package';
import { createEngine } from '../../src/engine/create-engine';
import { ToolRule } from '../../src/engine/engine';
import { LocalWorkspaces } from '../../src/workspace/local-workspaces';

// The whole engine runs with the real package in e2e/agent-sdk.

test('an image without the package says so at the start', async () => {
  const starting = createEngine({
    engine: ClaudeEngine.AGENT_SDK,
    apiKey: new FixedSecret('key'),
    baseUrl: 'http://127.0.0.1:1',
    workspaces: new LocalWorkspaces('/nowhere'),
    log: createLogger({ service: 'test', level: LogLevel.ERROR }),
  });
  await expect(starting).rejects.toBeInstanceOf(ConfigurationError);
  await expect(starting).rejects.toThrow(/install it in the image, or write sdk/);
});

const usage = { input_tokens: 10, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
const event = (content: object): AgentSdkMessage => ({ type: 'stream_event', event: content });
const start = event({ type: 'message_start', message: { id: 'm', usage } });
const uses = ['one', 'two'].map((id) => ({ type: 'tool_use', id, name: `mcp__service__${id}`, input: {} }));
const blocks = uses.map((block): AgentSdkMessage => ({ type: 'assistant', message: { id: 'm', content: [block] } }));
const stop = [
  event({ type: 'message_delta', delta: {}, usage: { output_tokens: 5, input_tokens: null } }),
  event({ type: 'message_stop' }),
];
const result = (id: string): AgentSdkMessage => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] },
});

test.each([
  ['after the answer', [start, ...blocks, ...stop, result('one'), result('two')]],
  ['before its end', [start, blocks[0], result('one'), blocks[1], ...stop, result('two')]],
  ['all before its end', [start, ...blocks, result('one'), result('two'), ...stop]],
])('results that come %s are one message behind it', (_when, messages) => {
  const answers = new AgentSdkAnswers('claude-sonnet-5-5', () => true);
  const events = messages.flatMap((message) => [...answers.take(message)]);
  expect(events).toMatchObject([
    { kind: 'usage', usage: { inputTokens: 10, outputTokens: 5 } },
    { kind: 'message', message: { role: 'assistant', content: uses } },
    { kind: 'message', message: { role: 'user', content: [{ tool_use_id: 'one' }, { tool_use_id: 'two' }] } },
  ]);
  expect([...answers.finish('late')]).toEqual([]);
});

test('a text of white space is not kept', () => {
  const answers = new AgentSdkAnswers('claude-sonnet-5-5', () => true);
  const content = [{ type: 'text', text: '\n\n' }, ...uses];
  const said: AgentSdkMessage = { type: 'assistant', message: { id: 'm', content } };
  const events = [start, said, ...stop].flatMap((message) => [...answers.take(message)]);
  expect(events.at(-1)).toEqual({ kind: 'message', message: { role: 'assistant', content: uses } });
});

test('a tool that only the SDK has refused is told as denied', () => {
  const answers = new AgentSdkAnswers('claude-sonnet-5-5', (id) => id === 'one');
  const events = [start, ...blocks, ...stop, result('one'), result('two')].flatMap((message) => [
    ...answers.take(message),
  ]);
  const told = events.filter(({ kind }) => kind === 'tool-end');
  expect(told).toMatchObject([{ id: 'two', name: 'two', rule: ToolRule.DENY, failed: true }]);
});

test('messages of an agent below the agent are not part of the session', () => {
  const answers = new AgentSdkAnswers('claude-sonnet-5-5', () => true);
  expect([...answers.take({ ...result('one'), parent_tool_use_id: 'task' })]).toEqual([]);
});

test('an early end leaves no tool use without a result', () => {
  const answers = new AgentSdkAnswers('claude-sonnet-5-5', () => true);
  for (const message of [start, ...blocks, ...stop, result('one')]) {
    void [...answers.take(message)];
  }
  expect([...answers.finish('Not run.')]).toMatchObject([
    { kind: 'message', message: { content: [{ tool_use_id: 'one' }, { tool_use_id: 'two', is_error: true }] } },
  ]);
});

test('an answer that was stopped counts as what had come of it', () => {
  const answers = new AgentSdkAnswers('claude-sonnet-5-5', () => true);
  const deltas = [
    { type: 'text_delta', text: 'twelve bytes' },
    { type: 'thinking_delta', thinking: 'six…' },
    { type: 'input_json_delta', partial_json: '{"a":123}' },
  ];
  for (const message of [start, ...deltas.map((delta) => event({ type: 'content_block_delta', index: 0, delta }))]) {
    void [...answers.take(message)];
  }
  const figures = { inputTokens: 10, outputTokens: 9, costUsd: (10 * 2 + 9 * 10) / 1e6 };
  expect([...answers.finish('')][0]).toMatchObject({ kind: 'usage', usage: figures });
});

test('a history is a chain of entries, repaired', () => {
  const history: BetaMessageParam[] = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'open', name: 'bash', input: {} }] },
  ];
  const entries = sessionEntries(history, uuidOf('session'), '/w') as { uuid: string; parentUuid: string | null }[];
  expect(entries).toHaveLength(3);
  expect(entries.map(({ parentUuid }) => parentUuid)).toEqual([null, entries[0].uuid, entries[1].uuid]);
  expect(uuidOf('session')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});
