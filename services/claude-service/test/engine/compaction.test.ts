import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { createLogger, LogLevel } from '../../../runtime/log';
import { FixedSecret } from '../../../runtime/secret-source';
import { type FakeAnthropic, type Rule, startFakeAnthropic } from '../../fake-anthropic/server';
import { repaired } from '../../src/engine/api-messages';
import { ToolRule, type Turn, TurnEnd, type TurnEvent } from '../../src/engine/engine';
import { SdkEngine } from '../../src/engine/sdk-engine';
import { WorkspaceError } from '../../src/workspace/workspace';

/** Rules of the fake model by what it is asked last. */
const SUMMARY: Rule = { when: 'Write the summary only', replies: [{ thinking: 'Hm.', text: 'They count to ten.' }] };
const LONG = 'one two three '.repeat(3000);
const log = createLogger({ service: 'test', level: LogLevel.ERROR });
let fake: FakeAnthropic;
let engine: SdkEngine;

async function start(contextWindow?: number, script: readonly Rule[] = [SUMMARY]): Promise<void> {
  fake = await startFakeAnthropic({ contextWindow, script });
  const workspace = {
    readFile: async () => Buffer.from(LONG),
    run: refuse,
    writeFile: refuse,
    locate: refuse,
    room: refuse,
  };
  const workspaces = { of: () => workspace } as unknown as ConstructorParameters<typeof SdkEngine>[0]['workspaces'];
  engine = new SdkEngine({ apiKey: new FixedSecret('any'), baseUrl: fake.url, workspaces, log });
}

async function refuse(): Promise<never> {
  throw new WorkspaceError('not asked for');
}

afterEach(async () => {
  await engine.close();
  await fake.close();
});

const said = (role: 'user' | 'assistant', text: string): BetaMessageParam => ({
  role,
  content: [{ type: 'text', text }],
});
const longHistory = [said('user', 'Count.'), said('assistant', LONG), said('user', 'On.'), said('assistant', LONG)];

function turn(prompt: string, changes: Partial<Turn> = {}): Turn {
  return {
    sessionId: 'session',
    history: longHistory,
    prompt: [{ type: 'text', text: prompt }],
    systemPrompt: 'You are careful.',
    model: 'claude-sonnet-5-5',
    tools: new Map([['read', ToolRule.ALLOW]]),
    workspace: Promise.resolve('/workspace'),
    maxModelCalls: 10,
    budgetUsd: 1,
    compactAboveTokens: 10_000,
    ...changes,
  };
}

async function run(asked: Turn) {
  const events: TurnEvent[] = [];
  for await (const event of engine.run(asked, new AbortController().signal)) events.push(event);
  const only = <K extends TurnEvent['kind']>(kind: K) =>
    events.filter((event): event is Extract<TurnEvent, { kind: K }> => event.kind === kind);
  const shown = only('text')
    .map(({ text }) => text)
    .join('');
  return {
    shown,
    usages: only('usage').length,
    messages: only('message').map((e) => e.message),
    end: only('end')[0].reason,
  };
}

type Body = { readonly messages: BetaMessageParam[]; readonly system: unknown; readonly tools: unknown };
const bodies = () => fake.requests().map(({ body }) => body as Body);
const textsOf = ({ content }: BetaMessageParam) =>
  (Array.isArray(content) ? content : []).flatMap((block) => (block.type === 'text' ? [block.text] : []));

test('a long chat is summarised, and the summary stands for it from then on', async () => {
  await start(undefined, [SUMMARY, { when: 'And', replies: [{ text: 'Ten.' }] }]);
  const asked = turn('And now?');
  const { shown, usages, messages, end } = await run(asked);
  expect(end).toBe(TurnEnd.COMPLETE);
  // The summary is not shown, and paid.
  expect(shown).toBe('Ten.');
  expect(usages).toBe(2);
  const [summary, question] = bodies();
  expect(summary.messages.slice(0, 4).map(textsOf)).toEqual(longHistory.map(textsOf));
  expect(question.messages.map(({ role }) => role)).toEqual(['user']);
  expect(textsOf(question.messages[0])).toEqual([expect.stringMatching(/They count to ten\.$/), 'And now?']);
  // The same instructions and tools before it: else nothing would come out of the API's cache.
  expect([summary.system, summary.tools]).toEqual([question.system, question.tools]);
  const history = [...longHistory, { role: 'user' as const, content: [...asked.prompt] }, ...messages];
  await run(turn('And then?', { history }));
  expect(bodies()).toHaveLength(3);
  expect(bodies()[2].messages.map(textsOf)).toEqual([textsOf(question.messages[0]), ['Ten.'], ['And then?']]);
});

test('a chat that becomes long while its tools run is summarised between two calls', async () => {
  const replies = [{ tools: ['a', 'b', 'c'].map((name) => ({ name: 'read', input: { file_path: name } })) }];
  await start(undefined, [
    SUMMARY,
    { when: 'Go on where the summary ends', replies: [{ text: 'Done.' }] },
    { when: 'Read', replies },
  ]);
  const asked = turn('Read it.', { history: [] });
  const { shown, messages } = await run(asked);
  expect(shown).toBe('Done.');
  const [, summary, question] = bodies();
  expect(summary.messages).toHaveLength(3);
  expect(question.messages).toHaveLength(1);
  expect(textsOf(question.messages[0]).slice(1)).toEqual([
    'Read it.',
    expect.stringContaining('at work on this already'),
  ]);
  // Killed after the summary was written, another process begins there.
  expect(repaired([{ role: 'user', content: [...asked.prompt] }, ...messages.slice(0, 3)])).toEqual([
    { role: 'user', content: [expect.objectContaining({ type: 'text' }), expect.anything(), expect.anything()] },
  ]);
});

test('a chat that the model refuses as too long is summarised too', async () => {
  await start(30_000);
  const { shown } = await run(turn(LONG.slice(0, 39_000), { compactAboveTokens: 200_000 }));
  expect(shown).toContain('one two three');
  expect(bodies().map(({ messages }) => messages.length)).toEqual([5, 5, 1]);
});

test('results of tools that make it too long for the model are left out of the summary', async () => {
  const read = { name: 'read', input: { file_path: 'a' } };
  await start(30_000, [
    SUMMARY,
    { when: 'Go on where the summary ends', replies: [{ text: 'Done.' }] },
    { when: 'Read', replies: [{ tools: [read, read, read] }] },
  ]);
  const { shown } = await run(turn('Read it.', { compactAboveTokens: 200_000 }));
  expect(shown).toBe('Done.');
  expect(JSON.stringify(bodies()[2].messages)).toContain('Left out');
});

test.each([
  ['is never made', 0, SUMMARY],
  ['cannot be made', 200_000, { ...SUMMARY, replies: [{ error: { status: 400, message: 'no' } }] }],
  ['says nothing', 200_000, { ...SUMMARY, replies: [{}] }],
])('where the summary %s, a chat beyond the window is told as too long', async (_, compactAboveTokens, rule) => {
  await start(20_000, [rule]);
  await expect(run(turn('And now?', { compactAboveTokens }))).rejects.toMatchObject({
    status: 400,
    message: 'This chat is too long for the model. Begin a new one.',
  });
});

test('a summary that cannot be made does not stop a chat that still fits', async () => {
  const read = { name: 'read', input: { file_path: 'a' } };
  await start(undefined, [
    { ...SUMMARY, replies: [{ error: { status: 400, message: 'no' } }] },
    { when: 'And', replies: [{ tools: [read] }, { text: 'Ten.' }] },
  ]);
  const { shown, messages } = await run(turn('And now?'));
  expect(shown).toBe('Ten.');
  expect(messages).toHaveLength(3);
  // One attempt in a turn, not one at each step.
  expect(bodies()).toHaveLength(3);
});

test('a long question is no reason: a summary would leave it as it is', async () => {
  await start();
  await run(turn(LONG.repeat(2), { history: longHistory.slice(0, 1) }));
  expect(bodies()).toHaveLength(1);
});
