import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { createLogger, LogLevel } from '../../../runtime/log';
import { FixedSecret } from '../../../runtime/secret-source';
import type { Reply } from '../../fake-anthropic/script';
import { type FakeAnthropic, startFakeAnthropic } from '../../fake-anthropic/server';
import { ModelError, ToolRule, type Turn, TurnEnd, type TurnEvent } from '../../src/engine/engine';
import { SdkEngine } from '../../src/engine/sdk-engine';
import { LocalWorkspaces } from '../../src/workspace/local-workspaces';

const MODEL = 'claude-sonnet-5-5';
const ALL = ['bash', 'read', 'write', 'edit', 'glob', 'grep'];
const log = createLogger({ service: 'test', level: LogLevel.ERROR });
let fake: FakeAnthropic;
let engine: SdkEngine;
let folder: string;
let workspaces: LocalWorkspaces;
let workspacePath: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'claude-engine-'));
  workspaces = new LocalWorkspaces(folder);
  workspacePath = await workspaces.prepare('session');
  fake = await startFakeAnthropic({ key: 'right' });
  engine = new SdkEngine({
    apiKey: new FixedSecret('right'),
    baseUrl: fake.url,
    workspaces,
    log,
  });
});

afterEach(async () => {
  await engine.close();
  await fake.close();
  rmSync(folder, { recursive: true });
});

function turn(replies: Reply[], changes: Partial<Turn> = {}): Turn {
  return {
    sessionId: 'session',
    history: [],
    prompt: [{ type: 'text', text: `Please.\nfake: ${JSON.stringify(replies)}` }],
    systemPrompt: 'You are careful.',
    model: MODEL,
    tools: new Map(ALL.map((name) => [name, ToolRule.ALLOW])),
    workspace: Promise.resolve(workspacePath),
    maxModelCalls: 10,
    budgetUsd: 1,
    ...changes,
  };
}

async function run(asked: Turn, signal = new AbortController().signal): Promise<TurnEvent[]> {
  const events: TurnEvent[] = [];
  for await (const event of engine.run(asked, signal)) {
    events.push(event);
  }
  return events;
}

function only<K extends TurnEvent['kind']>(events: TurnEvent[], kind: K): Extract<TurnEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<TurnEvent, { kind: K }> => event.kind === kind);
}

function endOf(events: TurnEvent[]): TurnEnd | undefined {
  return only(events.slice(-1), 'end')[0]?.reason;
}

function transcript(asked: Turn, events: TurnEvent[]): BetaMessageParam[] {
  return [
    ...asked.history,
    { role: 'user', content: [...asked.prompt] },
    ...only(events, 'message').map((e) => e.message),
  ];
}

describe('a turn', () => {
  test('runs the tools and hands over each message before the next call', async () => {
    const asked = turn([
      {
        thinking: 'Hm.',
        text: 'I write.',
        tools: [{ name: 'write', input: { file_path: 'a/b.txt', content: 'hello\n' } }],
      },
      { tools: [{ name: 'bash', input: { command: 'cat a/b.txt; echo more >> a/b.txt; exit 3' } }] },
      { text: 'Done.' },
    ]);
    const events: TurnEvent[] = [];
    const callsAtMessage: number[] = [];
    for await (const event of engine.run(asked, new AbortController().signal)) {
      events.push(event);
      if (event.kind === 'message') {
        callsAtMessage.push(fake.requests().length);
      }
    }
    expect(callsAtMessage).toEqual([1, 1, 2, 2, 3]);
    expect(events.filter(({ kind }) => kind !== 'text' && kind !== 'thinking').map(({ kind }) => kind)).toEqual([
      ...['usage', 'message', 'tool-start', 'tool-end', 'message'],
      ...['usage', 'message', 'tool-start', 'tool-end', 'message'],
      ...['usage', 'message', 'end'],
    ]);
    expect(
      only(events, 'thinking')
        .map(({ text }) => text)
        .join(''),
    ).toBe('Hm.');
    expect(
      only(events, 'text')
        .map(({ text }) => text)
        .join(''),
    ).toBe('I write.Done.');
    expect(only(events, 'tool-end')).toMatchObject([
      { name: 'write', rule: ToolRule.ALLOW, failed: false },
      { name: 'bash', failed: true, output: 'hello\n(exit code 3)' },
    ]);
    expect(readFileSync(join(workspacePath, 'a/b.txt'), 'utf8')).toBe('hello\nmore\n');
    expect(endOf(events)).toBe(TurnEnd.COMPLETE);
  });

  test('can be continued with its transcript', async () => {
    const first = turn([
      { thinking: 'Hm.', tools: [{ name: 'glob', input: { pattern: '*' } }] },
      { text: 'Nothing there.' },
    ]);
    const history = transcript(first, await run(first));
    const events = await run(turn([{ text: 'Yes.' }], { history }));
    expect(endOf(events)).toBe(TurnEnd.COMPLETE);
    expect(JSON.stringify(fake.requests().at(-1)?.body)).toContain('Nothing there.');
  });

  test('goes on after a service that ended in the middle of a tool', async () => {
    const first = turn([{ tools: [{ name: 'bash', input: { command: 'true' } }] }, { text: 'Never said.' }]);
    const events = await run(first);
    const history = transcript(first, events).slice(0, 2);
    expect(history.at(-1)?.role).toBe('assistant');
    expect(endOf(await run(turn([{ text: 'On we go.' }], { history })))).toBe(TurnEnd.COMPLETE);
    expect(JSON.stringify(fake.requests().at(-1)?.body)).toContain('Interrupted');
  });

  test('goes on after an answer that began with white space, also one that was stored before', async () => {
    const use = { name: 'bash', input: { command: 'true' } };
    const first = turn([
      { thinking: 'Hm.', text: '\n\n', tools: [use] },
      { thinking: 'Hm.', text: ' \n' },
    ]);
    const events = await run(first);
    expect(endOf(events)).toBe(TurnEnd.COMPLETE);
    expect(only(events, 'message').map(({ message }) => message.role)).toEqual(['assistant', 'user']);
    const blank = { type: 'text' as const, text: '\n\n' };
    const stored = transcript(first, events).map(
      (message): BetaMessageParam =>
        message.role === 'assistant' ? { ...message, content: [blank, ...(message.content as [])] } : message,
    );
    const history: BetaMessageParam[] = [...stored, { role: 'assistant', content: [blank] }];
    expect(endOf(await run(turn([{ text: 'Yes.' }], { history })))).toBe(TurnEnd.COMPLETE);
  });

  test('tells usage to the token', async () => {
    const events = await run(
      turn([
        { tools: [{ name: 'bash', input: { command: 'echo hi' } }] },
        { text: 'Done.', error: { status: 529, times: 1 } },
      ]),
    );
    const usages = only(events, 'usage').map(({ usage }) => usage);
    const sum = (field: 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'costUsd') =>
      usages.reduce((total, usage) => total + usage[field], 0);
    const { models } = fake.counted();
    expect(models[MODEL]).toEqual({
      requests: 2,
      inputTokens: sum('inputTokens'),
      outputTokens: sum('outputTokens'),
      cacheReadTokens: sum('cacheReadTokens'),
      cacheWriteTokens: sum('cacheWriteTokens'),
      costUsd: expect.closeTo(sum('costUsd'), 9),
    });
  });

  test('reads from the prompt cache what the turns before wrote', async () => {
    const first = turn([{ tools: [{ name: 'bash', input: { command: 'echo hi' } }] }, { text: 'Done.' }]);
    const before = await run(first);
    const [last] = only(before, 'usage').slice(-1);
    const events = await run(turn([{ text: 'Again.' }], { history: transcript(first, before) }));
    const { cacheReadTokens } = only(events, 'usage')[0].usage;
    expect(cacheReadTokens).toBe(last.usage.cacheReadTokens + last.usage.cacheWriteTokens);
  });
});

describe('what the persona does not allow', () => {
  const command = { name: 'bash', input: { command: 'touch proof' } };

  test.each([
    ['denied', new Map([['bash', ToolRule.DENY]]), ToolRule.DENY, /not among the tools/],
    ['not named', new Map([['read', ToolRule.ALLOW]]), ToolRule.DENY, /not among the tools/],
    ['to be asked for', new Map([['bash', ToolRule.ASK]]), ToolRule.ASK, /consent/],
  ])('is not run when it is %s', async (_name, tools, rule, message) => {
    const events = await run(turn([{ tools: [command] }, { text: 'I see.' }], { tools }));
    expect(only(events, 'tool-end')).toMatchObject([{ name: 'bash', rule, failed: true }]);
    expect(only(events, 'tool-end')[0].output).toMatch(message);
    expect(
      await workspaces
        .of('session')
        .locate('.')
        .then((root) => readFileSyncOrNone(join(root, 'proof'))),
    ).toBe('none');
    expect(endOf(events)).toBe(TurnEnd.COMPLETE);
  });

  test('is not told to the model', async () => {
    await run(
      turn([{ text: 'Hi' }], {
        tools: new Map([
          ['read', ToolRule.ALLOW],
          ['bash', ToolRule.DENY],
        ]),
      }),
    );
    const { tools } = fake.requests()[0].body as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toEqual(['read']);
  });

  test('a tool that nobody knows is an answer, not a failed turn', async () => {
    const events = await run(turn([{ tools: [{ name: 'launch_rocket', input: null }] }, { text: 'Pity.' }]));
    expect(only(events, 'tool-end')).toMatchObject([{ failed: true, rule: ToolRule.DENY }]);
    expect(endOf(events)).toBe(TurnEnd.COMPLETE);
  });
});

function readFileSyncOrNone(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'none';
  }
}

describe('limits', () => {
  const looping: Reply[] = [{ tools: [{ name: 'bash', input: { command: 'echo >> count' } }] }];

  test('the calls of the model', async () => {
    const events = await run(turn(looping, { maxModelCalls: 3 }));
    expect(fake.requests()).toHaveLength(3);
    expect(endOf(events)).toBe(TurnEnd.MAX_MODEL_CALLS);
    expect(readFileSync(join(workspacePath, 'count'), 'utf8')).toBe('\n\n');
    expect(only(events, 'message').at(-1)?.message.role).toBe('user');
  });

  test('the budget', async () => {
    const events = await run(turn([{ ...looping[0], outputTokens: 30_000 }], { budgetUsd: 0.5 }));
    expect(fake.requests()).toHaveLength(2);
    expect(endOf(events)).toBe(TurnEnd.BUDGET);
    expect(only(events, 'tool-end').at(-1)?.output).toMatch(/budget/);
    const asked = fake.requests().map(({ body }) => (body as { max_tokens: number }).max_tokens);
    expect(asked[1]).toBeLessThan(asked[0]);
  });

  test('an answer that is cut does not run half a tool', async () => {
    const events = await run(turn([{ text: 'So', tools: looping[0].tools, stop: 'max_tokens' }]));
    expect(endOf(events)).toBe(TurnEnd.LENGTH);
    expect(only(events, 'tool-start')).toEqual([]);
    expect(only(events, 'message').map(({ message }) => message)).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'So' }] },
    ]);
  });

  test('a refusal, and an answer without anything', async () => {
    expect(endOf(await run(turn([{ stop: 'refusal' }])))).toBe(TurnEnd.REFUSAL);
    const empty = await run(turn([{ text: '' }]));
    expect(endOf(empty)).toBe(TurnEnd.COMPLETE);
    expect(only(empty, 'message')).toEqual([]);
  });
});

describe('errors of the API', () => {
  async function failure(reply: Reply): Promise<ModelError> {
    const error = await run(turn([reply])).catch((caught) => caught);
    expect(error).toBeInstanceOf(ModelError);
    return error;
  }

  test.each([
    [{ status: 429, retryAfter: 3600 }, 429, 1],
    [{ status: 529, retryAfter: 0 }, 529, 3],
    [{ status: 503, retryAfter: 0 }, 503, 3],
    [{ status: 500, retryAfter: 0 }, 502, 3],
    [{ status: 500, retryAfter: 0, message: 'litellm: {"type": "overloaded_error"}' }, 529, 3],
    [{ status: 401 }, 502, 1],
    [{ status: 400, message: 'prompt is too long: 1200000 tokens' }, 400, 1],
  ])('%j is told as %i after %i calls', async (error, status, calls) => {
    const told = await failure({ error });
    expect(told.status).toBe(status);
    expect(told.retryAfterSeconds).toBe('retryAfter' in error ? error.retryAfter : undefined);
    expect(fake.requests()).toHaveLength(calls);
  });

  test('pass when the API recovers', async () => {
    const events = await run(turn([{ text: 'Here.', error: { status: 529, retryAfter: 0, times: 2 } }]));
    expect(endOf(events)).toBe(TurnEnd.COMPLETE);
  });

  test('are told in the words of the API, whatever a gateway wraps around them', async () => {
    const wrapped =
      'litellm.BadRequestError: AnthropicException - {"type":"error","error":{"message":"Image is broken"}}';
    expect((await failure({ error: { status: 400, message: wrapped } })).message).toMatch(/chat: Image is broken$/);
  });

  test('in the middle of an answer are not tried again', async () => {
    expect((await failure({ text: 'A long enough answer', errorAfterPieces: 1 })).status).toBe(529);
    expect((await failure({ text: 'A long enough answer', cutAfterPieces: 1 })).status).toBe(502);
    expect(fake.requests()).toHaveLength(2);
  });

  test('tell nothing of the key and the address', async () => {
    await fake.close();
    const told = await failure({ text: 'Nobody there' });
    expect(told.status).toBe(502);
    expect(told.message).not.toMatch(/127\.0\.0\.1|right/);
  });
});

describe('cancelling', () => {
  async function cancelAt(asked: Turn, when: (event: TurnEvent) => boolean) {
    const leaving = new AbortController();
    let left = 0;
    const events: TurnEvent[] = [];
    for await (const event of engine.run(asked, leaving.signal)) {
      events.push(event);
      if (left === 0 && when(event)) {
        setTimeout(() => {
          left = performance.now();
          leaving.abort();
        }, 20);
      }
    }
    return { events, milliseconds: performance.now() - left };
  }

  test('ends a stream at once and keeps what was said', async () => {
    const asked = turn([{ text: 'A very long answer indeed', delayMs: 100 }]);
    const { events, milliseconds } = await cancelAt(asked, ({ kind }) => kind === 'text');
    expect(milliseconds).toBeLessThan(1000);
    expect(endOf(events)).toBe(TurnEnd.CANCELLED);
    expect(only(events, 'message').map(({ message }) => message)).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'A very long ' }] },
    ]);
    // Twelve bytes: the API had told of one token.
    expect(only(events, 'usage')).toMatchObject([{ usage: { outputTokens: 4 } }]);
    while (fake.requests()[0].outcome === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(fake.requests()[0].outcome).toBe('left');
  });

  test('kills a command that does not want to end, and gives every tool use its result', async () => {
    const stubborn = { name: 'bash', input: { command: 'trap "" TERM; echo $$ > pid; while true; do sleep 60; done' } };
    const asked = turn([{ tools: [stubborn, { name: 'write', input: { file_path: 'never', content: '' } }] }]);
    const { events, milliseconds } = await cancelAt(asked, ({ kind }) => kind === 'tool-start');
    expect(milliseconds).toBeLessThan(1000);
    expect(endOf(events)).toBe(TurnEnd.CANCELLED);
    expect(only(events, 'tool-end')).toHaveLength(2);
    expect(readFileSyncOrNone(join(workspacePath, 'never'))).toBe('none');
    const history = transcript(asked, events);
    expect(endOf(await run(turn([{ text: 'Fine.' }], { history })))).toBe(TurnEnd.COMPLETE);
  });

  test('before the beginning makes no call', async () => {
    const events = await run(turn([{ text: 'Hi' }]), AbortSignal.abort());
    expect(endOf(events)).toBe(TurnEnd.CANCELLED);
    expect(fake.requests()).toEqual([]);
  });

  test('ends the stream when nobody asks for more events', async () => {
    for await (const event of engine.run(
      turn([{ text: 'A very long answer indeed', delayMs: 50 }]),
      new AbortController().signal,
    )) {
      if (event.kind === 'text') {
        break;
      }
    }
    while (fake.requests()[0].outcome === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(fake.requests()[0].outcome).toBe('left');
  });
});

test('a stateless question has no tools and no session', async () => {
  writeFileSync(join(workspacePath, 'file'), '');
  const events: TurnEvent[] = [];
  const question: BetaMessageParam[] = [{ role: 'user', content: 'A title for: Hello' }];
  for await (const event of engine.ask(question, 'claude-haiku-5-5', 50, new AbortController().signal)) {
    events.push(event);
  }
  expect(
    only(events, 'text')
      .map(({ text }) => text)
      .join(''),
  ).toBe('You said: A title for: Hello');
  expect(only(events, 'usage')[0].usage.model).toBe('claude-haiku-5-5');
  expect(endOf(events)).toBe(TurnEnd.COMPLETE);
  expect(fake.requests()[0].body).not.toHaveProperty('tools');
});
