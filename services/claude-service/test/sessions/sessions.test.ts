import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLogger, LogLevel } from '../../../runtime/log';
import { ModelError, ToolRule, TurnEnd, type TurnEvent } from '../../src/engine/engine';
import { readChatRequest } from '../../src/openai/chat-request';
import { readConversation } from '../../src/openai/conversation';
import { ActiveTurns } from '../../src/sessions/active-turns';
import { Retention } from '../../src/sessions/retention';
import type { RunningTurn } from '../../src/sessions/running-turn';
import { type SessionLimits, Sessions } from '../../src/sessions/sessions';
import type { TurnRequest } from '../../src/sessions/turn-start';
import { StoreUnavailable } from '../../src/store/database';
import { Store } from '../../src/store/store';
import { TestDatabase } from '../store/postgres-in-worker';
import { answerSteps, message, ScriptedEngine, type Step, usage } from './scripted-engine';

// The machine may be busy.
jest.setTimeout(30_000);

let database: TestDatabase;
const opened: Sessions[] = [];
beforeAll(async () => {
  database = await TestDatabase.open();
}, 60_000);
afterAll(() => database.close());
beforeEach(() => {
  database.isAway = false;
  return database.empty();
});
afterEach(() => {
  for (const sessions of opened.splice(0)) sessions.close();
});

const silent = createLogger({ service: 'test', level: LogLevel.ERROR, stream: { write: () => {} } });
const user = { id: 'ada', email: 'a@b', name: 'Ada', role: 'user' };
const persona = {
  name: 'amber',
  model: 'claude-sonnet-5-5',
  instructions: 'Be Amber.',
  tools: new Map(),
};

interface Replica {
  readonly sessions: Sessions;
  readonly engine: ScriptedEngine;
  /** Sessions that left the memory. */
  readonly released: string[];
  readonly removed: string[];
  /** Sessions whose files cannot be deleted. */
  readonly stuck: Set<string>;
}

function replica(limits: Partial<SessionLimits> = {}, patienceMs = 0): Replica {
  const engine = new ScriptedEngine();
  const released: string[] = [];
  const removed: string[] = [];
  const stuck = new Set<string>();
  const workspaces = {
    prepare: async (id: string) => `/workspaces/${id}`,
    of: () => {
      throw new Error('not asked for');
    },
    release: async (id: string) => void released.push(id),
    remove: async (id: string) => {
      if (stuck.has(id)) throw new Error('the volume is away');
      removed.push(id);
    },
    close: async () => {},
  };
  const money = { turnBudgetUsd: 2, dayBudgetUsd: 1e6 };
  const usual = { maxModelCalls: 50, ...money, idleSeconds: 60, maxLiveSessions: 10_000, compactAboveTokens: 0 };
  const sessions = new Sessions(
    { store: new Store(database), engine, workspaces, limits: { ...usual, ...limits }, log: silent },
    patienceMs,
  );
  opened.push(sessions);
  return { sessions, engine, released, removed, stuck };
}

type Said = readonly [role: string, content: string];

function request(chat: readonly Said[], more: Partial<TurnRequest> = {}): TurnRequest {
  const messages = chat.map(([role, content]) => ({ role, content }));
  return {
    user,
    chatId: 'chat',
    model: 'm',
    persona,
    conversation: readConversation(readChatRequest({ model: 'm', messages }).messages),
    ids: {},
    signal: new AbortController().signal,
    ...more,
  };
}

async function eventsOf(turn: RunningTurn): Promise<TurnEvent[]> {
  const events: TurnEvent[] = [];
  for await (const event of turn.events()) events.push(event);
  return events;
}

async function ask(to: Replica, chat: readonly Said[], more: Partial<TurnRequest> = {}): Promise<TurnEvent[]> {
  return eventsOf(await to.sessions.begin(request(chat, more)));
}

const endOf = (events: readonly TurnEvent[]) => events.filter((event) => event.kind === 'end').at(-1);
const lastTurn = ({ engine }: Replica) => engine.turns[engine.turns.length - 1];
const expireLeases = () =>
  database.query("UPDATE sessions SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL");

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  // What a listener or a promise still holds goes with the next round.
  for (let round = 0; round < 5; round++) {
    await setImmediate();
    collect();
  }
}

async function transcriptOf(chatId = 'chat'): Promise<string[]> {
  const rows = await database.query<{ body: string }>(
    `SELECT m.body FROM messages m JOIN turns t ON t.id = m.turn_id JOIN sessions s ON s.id = t.session_id
     WHERE s.chat_id = $1 ORDER BY t.fence, t.id, m.position`,
    [chatId],
  );
  return rows.map(({ body }) => {
    const { role, content } = JSON.parse(body);
    return `${role}: ${content.map((block: { text?: string; type: string }) => block.text ?? block.type).join('')}`;
  });
}

test('what was said is in the store, and the next turn knows it, in this replica and in another', async () => {
  const [one, two] = [replica(), replica()];
  await ask(one, [['user', 'hello']]);
  const next: Said[] = [
    ['user', 'hello'],
    ['assistant', 'answer'],
    ['user', 'more'],
  ];
  await ask(two, next);
  expect(lastTurn(two)).toMatchObject({ systemPrompt: 'Be Amber.' });
  expect(await lastTurn(two).workspace).toContain('/workspaces/');
  expect(lastTurn(two).history).toHaveLength(2);
  // The first replica's memory is old now, and it reads the store again.
  await ask(one, [...next, ['assistant', 'answer'], ['user', 'and more']]);
  expect(lastTurn(one).history).toHaveLength(4);
  expect(await transcriptOf()).toEqual([
    'user: hello',
    'assistant: answer',
    'user: more',
    'assistant: answer',
    'user: and more',
    'assistant: answer',
  ]);
});

test('a turn in a session that is in memory costs one statement before the engine begins', async () => {
  const one = replica();
  await ask(one, [['user', 'hello']]);
  const before = database.count;
  let atBegin = 0;
  one.engine.script = () => {
    atBegin = database.count;
    return answerSteps('x');
  };
  await ask(one, [
    ['user', 'hello'],
    ['assistant', 'answer'],
    ['user', 'more'],
  ]);
  // The second one, that writes what was said, is under way while the model is asked.
  expect(atBegin - before).toBe(2);
});

test('nothing is heard and no tool runs before the question is in the store', async () => {
  const one = replica();
  let stored: string[] = [];
  one.engine.script = answerSteps('first word');
  for await (const event of (await one.sessions.begin(request([['user', 'hello']]))).events()) {
    if (event.kind === 'text') stored = await transcriptOf();
  }
  expect(stored).toEqual(['user: hello']);
});

test('each message is in the store before the engine goes on', async () => {
  const one = replica();
  one.engine.script = [
    message('assistant', 'I will run it'),
    'pause',
    message('user', 'result'),
    ...answerSteps('done'),
  ];
  const paused = one.engine.whenPaused();
  const events = ask(one, [['user', 'hello']]);
  await paused;
  expect(await transcriptOf()).toEqual(['user: hello', 'assistant: I will run it']);
  one.engine.go();
  await events;
});

describe('two turns of one session', () => {
  test('never run at once: the second is told to wait, by this replica and by another', async () => {
    const [one, two] = [replica(), replica()];
    one.engine.script = ['pause', ...answerSteps('x')];
    const paused = one.engine.whenPaused();
    const first = ask(one, [['user', 'hello']]);
    await paused;
    await expect(ask(one, [['user', 'again']])).rejects.toMatchObject({ status: 409 });
    await expect(ask(two, [['user', 'again']])).rejects.toMatchObject({ status: 409 });
    one.engine.go();
    expect(endOf(await first)).toEqual({ kind: 'end', reason: TurnEnd.COMPLETE });
    await ask(two, [['user', 'again']]);
  });

  test('raced by two replicas a thousand times lose no turn', async () => {
    const replicas = [replica(), replica()];
    let asked = 0;
    for (let round = 0; round < 1000; round++) {
      const chat: Said[] = [['user', `question ${round}`]];
      const results = await Promise.allSettled(replicas.map((one) => ask(one, chat)));
      const answered = results.filter(({ status }) => status === 'fulfilled').length;
      const busy = results.filter((result) => result.status === 'rejected' && result.reason.status === 409).length;
      expect(answered + busy).toBe(2);
      expect(answered).toBeGreaterThanOrEqual(1);
      asked += answered;
    }
    expect(Math.max(...replicas.map(({ engine }) => engine.mostAtOnce))).toBe(1);
    const [{ turns, messages }] = await database.query(
      `SELECT (SELECT count(*)::int FROM turns WHERE end_reason = 'complete') AS turns, count(*)::int AS messages FROM messages`,
    );
    expect({ turns, messages }).toEqual({ turns: asked, messages: asked * 2 });
  }, 300_000);

  test('of which one was cut off by kill -9: another replica goes on with what was written', async () => {
    const [dead, heir] = [replica(), replica()];
    dead.engine.script = [...answerSteps('half'), 'pause'];
    const paused = dead.engine.whenPaused();
    const lost = ask(dead, [['user', 'hello']]);
    await paused;
    await expireLeases();
    await ask(heir, [
      ['user', 'hello'],
      ['assistant', 'half'],
      ['user', 'go on'],
    ]);
    expect(lastTurn(heir).history).toHaveLength(2);
    // The dead one was only slow: nothing of it is written any more, and it hears why.
    dead.engine.go();
    await expect(lost).rejects.toThrow('another replica');
    expect(await transcriptOf()).toEqual(['user: hello', 'assistant: half', 'user: go on', 'assistant: answer']);
  });
});

describe('a caller who leaves', () => {
  test('stops the engine, and what was said so far is kept', async () => {
    const one = replica();
    one.engine.script = [
      ...answerSteps('I look. '),
      { kind: 'text', text: 'It is beca' },
      'pause',
      { kind: 'text', text: 'never' },
    ];
    const caller = new AbortController();
    const paused = one.engine.whenPaused();
    const events = ask(one, [['user', 'why']], { signal: caller.signal });
    await paused;
    caller.abort();
    expect(endOf(await events)).toEqual({ kind: 'end', reason: TurnEnd.CANCELLED });
    expect(await transcriptOf()).toEqual(['user: why', 'assistant: I look. ', 'assistant: It is beca']);
  });

  test('can ask anew at once', async () => {
    const one = replica({}, 2000);
    one.engine.script = (turn) =>
      turn.history.length === 0 && one.engine.turns.length === 1 ? ['pause'] : answerSteps('x');
    const caller = new AbortController();
    const paused = one.engine.whenPaused();
    const first = ask(one, [['user', 'why']], { signal: caller.signal });
    await paused;
    caller.abort();
    const second = ask(one, [['user', 'other']]);
    await first;
    expect(endOf(await second)).toEqual({ kind: 'end', reason: TurnEnd.COMPLETE });
  });

  test('while nobody reads the events any more frees the session too', async () => {
    const one = replica();
    const turn = await one.sessions.begin(request([['user', 'hello']]));
    for await (const event of turn.events()) if (event.kind === 'text') break;
    expect(await transcriptOf()).toEqual(['user: hello', 'assistant: answer']);
    await ask(one, [
      ['user', 'hello'],
      ['assistant', 'answer'],
      ['user', 'more'],
    ]);
    expect(lastTurn(one).history).toHaveLength(2);
  });

  test('before the turn has begun leaves nothing behind that is taken', async () => {
    const one = replica();
    await one.sessions.begin(request([['user', 'hello']], { signal: AbortSignal.abort() })).then(eventsOf);
    expect(endOf(await ask(one, [['user', 'hello']]))).toEqual({ kind: 'end', reason: TurnEnd.COMPLETE });
  });
});

describe('a model that fails', () => {
  test('leaves the question and what came before the failure', async () => {
    const one = replica();
    one.engine.script = [{ kind: 'text', text: 'I beg' }, new ModelError('overloaded', 529, 7)];
    await expect(ask(one, [['user', 'hello']])).rejects.toMatchObject({ status: 529, retryAfterSeconds: 7 });
    expect(await transcriptOf()).toEqual(['user: hello', 'assistant: I beg']);
    one.engine.script = answerSteps('now');
    await ask(one, [['user', 'hello']]);
    expect(lastTurn(one).history).toEqual([]);
  });
});

describe('a database that is away', () => {
  test('refuses a new turn clearly, and the session is free afterwards', async () => {
    const one = replica();
    database.isAway = true;
    await expect(ask(one, [['user', 'hello']])).rejects.toThrow(StoreUnavailable);
    expect(one.engine.turns).toEqual([]);
    database.isAway = false;
    await ask(one, [['user', 'hello']]);
    expect(await transcriptOf()).toEqual(['user: hello', 'assistant: answer']);
  });

  test('while the question is written lets nothing be heard', async () => {
    const one = replica();
    await ask(one, [['user', 'hello']]);
    one.engine.script = () => {
      database.isAway = true;
      return answerSteps('x');
    };
    const turn = await one.sessions.begin(
      request([
        ['user', 'hello'],
        ['assistant', 'answer'],
        ['user', 'more'],
      ]),
    );
    const heard: TurnEvent[] = [];
    const reading = (async () => {
      database.isAway = true;
      for await (const event of turn.events()) heard.push(event);
    })();
    await expect(reading).rejects.toThrow(StoreUnavailable);
    expect(heard).toEqual([]);
  });

  test('for a moment loses nothing: the turn waits and goes on', async () => {
    const one = replica();
    one.engine.script = ['pause', ...answerSteps('first'), ...answerSteps('second')];
    const paused = one.engine.whenPaused();
    const events = ask(one, [['user', 'hello']]);
    await paused;
    database.isAway = true;
    one.engine.go();
    await new Promise((resolve) => setTimeout(resolve, 400));
    database.isAway = false;
    expect(endOf(await events)).toEqual({ kind: 'end', reason: TurnEnd.COMPLETE });
    expect(await transcriptOf()).toEqual(['user: hello', 'assistant: first', 'assistant: second']);
    const [row] = await database.query('SELECT input_tokens::int AS tokens, cost_usd::float8 AS cost FROM turns');
    expect(row).toEqual({ tokens: 200, cost: 0.5 });
  });
});

describe('what the store did not take at once', () => {
  const toolSteps: Step[] = [
    { kind: 'tool-start', id: 'c1', name: 'bash' },
    {
      kind: 'tool-end',
      id: 'c1',
      name: 'bash',
      input: {},
      rule: ToolRule.ALLOW,
      failed: false,
      output: '',
      milliseconds: 1,
    },
  ];
  const counted = async () => {
    const [row] = await database.query(`SELECT sum(spent_usd)::float8 AS spent, sum(reserved_usd)::float8 AS reserved,
      (SELECT count(*)::int FROM tool_calls) AS calls FROM spending`);
    return row;
  };
  afterEach(() => jest.restoreAllMocks());

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** A turn whose message was not taken until it was given up, and whose end waits for the database. */
  async function givenUp(one: Replica): Promise<{ failed: Promise<void> }> {
    one.engine.script = ['pause', ...toolSteps, ...answerSteps('first'), ...answerSteps('never asked for')];
    const paused = one.engine.whenPaused();
    const failed = expect(ask(one, [['user', 'hello']])).rejects.toThrow(StoreUnavailable);
    await paused;
    database.isAway = true;
    let before = database.count;
    one.engine.go();
    await until(() => database.count > before);
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 600_000);
    before = database.count;
    // The last attempt to write the message, and the first one to write it with the end.
    await until(() => database.count >= before + 2);
    database.isAway = false;
    return { failed };
  }

  test('because it was away for too long is written with the end of the turn', async () => {
    const one = replica();
    await (await givenUp(one)).failed;
    expect(await transcriptOf()).toEqual(['user: hello', 'assistant: first']);
    expect(await counted()).toEqual({ spent: 0.25, reserved: 0, calls: 1 });
    one.engine.script = answerSteps('second');
    await ask(one, [
      ['user', 'hello'],
      ['assistant', 'first'],
      ['user', 'more'],
    ]);
    expect(lastTurn(one).history).toHaveLength(2);
  });

  test('because it was away until another replica had the session is booked and audited', async () => {
    const { failed } = await givenUp(replica());
    await database.query("UPDATE sessions SET fence = fence + 1, lease_owner = 'another'");
    await failed;
    expect(await transcriptOf()).toEqual(['user: hello']);
    expect(await counted()).toEqual({ spent: 0.25, reserved: 0, calls: 1 });
  });

  test('because another replica has the session is booked and audited', async () => {
    const [dead, heir] = [replica(), replica()];
    dead.engine.script = ['pause', ...toolSteps, ...answerSteps('late')];
    const paused = dead.engine.whenPaused();
    const failed = expect(ask(dead, [['user', 'hello']])).rejects.toThrow('another replica');
    await paused;
    await expireLeases();
    await ask(heir, [['user', 'other']]);
    dead.engine.go();
    await failed;
    expect(await transcriptOf()).toEqual(['user: hello', 'user: other', 'assistant: answer']);
    expect(await counted()).toEqual({ spent: 0.5, reserved: 0, calls: 1 });
  });
});

describe('limits', () => {
  test('the day’s money: what is left is all that a turn gets, and then nothing', async () => {
    const one = replica({ turnBudgetUsd: 0.4, dayBudgetUsd: 0.6 });
    await ask(one, [['user', 'hello']]);
    expect(lastTurn(one).budgetUsd).toBeCloseTo(0.4);
    await ask(one, [['user', 'again']]);
    expect(lastTurn(one).budgetUsd).toBeCloseTo(0.35);
    await ask(one, [['user', 'and again']]);
    expect(lastTurn(one).budgetUsd).toBeCloseTo(0.1);
    await expect(ask(one, [['user', 'no more']])).rejects.toMatchObject({
      status: 429,
      details: { code: 'insufficient_quota' },
    });
    // Another person's day is their own.
    await ask(one, [['user', 'hello']], { user: { ...user, id: 'bob' } });
  });

  test('figures are the sum of what the engine told', async () => {
    const one = replica();
    one.engine.script = [...answerSteps('a'), ...answerSteps('b'), { kind: 'usage', usage }];
    const turn = await one.sessions.begin(request([['user', 'hello']]));
    await eventsOf(turn);
    const { model: _, ...one_ } = usage;
    const sum = Object.fromEntries(Object.entries(one_).map(([name, value]) => [name, value * 3]));
    expect(turn.usage).toEqual(sum);
    const [session] = await one.sessions.list('ada', 10);
    expect(session).toMatchObject({ tokens: { input: 107 * 3, output: 60 }, costUsd: 0.75, turns: 1, running: false });
    expect(await database.query('SELECT spent_usd::float8 AS spent FROM spending')).toEqual([{ spent: 0.75 }]);
  });

  test('live sessions: the one that is idle for longest goes, and none that works', async () => {
    const one = replica({ maxLiveSessions: 2 });
    await ask(one, [['user', 'x']], { chatId: 'a' });
    await ask(one, [['user', 'x']], { chatId: 'b' });
    const [first] = await one.sessions
      .list('ada', 10, undefined)
      .then((all) => all.filter(({ chatId }) => chatId === 'a'));
    await ask(one, [['user', 'x']], { chatId: 'c' });
    expect(one.released).toEqual([first.id]);
    expect(one.sessions.live.size).toBe(2);
    one.engine.script = ['pause'];
    const callers = [new AbortController(), new AbortController()];
    const running: Promise<TurnEvent[]>[] = [];
    for (const [index, chatId] of ['b', 'c'].entries()) {
      const paused = one.engine.whenPaused();
      running.push(ask(one, [['user', 'y']], { chatId, signal: callers[index].signal }));
      await paused;
    }
    await expect(ask(one, [['user', 'x']], { chatId: 'd' })).rejects.toMatchObject({
      status: 429,
      details: { retryAfterSeconds: expect.any(Number) },
    });
    for (const caller of callers) caller.abort();
    await Promise.all(running);
    // What had to go is there when it is asked for.
    one.engine.script = answerSteps('z');
    await ask(
      one,
      [
        ['user', 'x'],
        ['assistant', 'answer'],
        ['user', 'y'],
      ],
      { chatId: 'a' },
    );
    expect(lastTurn(one).history).toHaveLength(2);
  });

  test('idle sessions leave the memory', async () => {
    const one = replica({ idleSeconds: 0 });
    await ask(one, [['user', 'x']]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    one.sessions.live.sweep();
    expect(one.sessions.live.size).toBe(0);
  });
});

test('a session that left the memory is collected while the service goes on', async () => {
  const active = new ActiveTurns();
  const one = replica({ maxLiveSessions: 1 });
  const serve = async (chatId: string) => {
    await active.run(new AbortController().signal, async (signal) => {
      await ask(one, [['user', 'x']], { chatId, signal });
    });
    return new WeakRef(one.sessions.live.get({ userId: 'ada', chatId, model: 'm' }) as object);
  };
  const evicted = await serve('a');
  const kept = await serve('b');
  await collectGarbage();
  expect(kept.deref()).toBeDefined();
  expect(evicted.deref()).toBeUndefined();
});

test('a tool is audited with who, what and how long, but not with its input', async () => {
  const one = replica();
  const input = { command: 'cat secret' };
  const steps: Step[] = [
    { kind: 'tool-start', id: 'c1', name: 'bash' },
    {
      kind: 'tool-end',
      id: 'c1',
      name: 'bash',
      input,
      rule: ToolRule.DENY,
      failed: true,
      output: 'denied',
      milliseconds: 1.6,
    },
    ...answerSteps('x'),
  ];
  one.engine.script = steps;
  await ask(one, [['user', 'hello']]);
  const [row] = await database.query('SELECT * FROM tool_calls');
  expect(row).toMatchObject({ user_id: 'ada', tool: 'bash', rule: 'deny', failed: true, milliseconds: 2 });
  expect(row.input_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(row)).not.toContain('secret');
});

describe('a session', () => {
  test('is its user’s alone', async () => {
    const one = replica();
    await ask(one, [['user', 'hello']]);
    const [{ id }] = await one.sessions.list('ada', 10);
    expect(await one.sessions.list('bob', 10)).toEqual([]);
    await expect(one.sessions.find('bob', id)).rejects.toMatchObject({ status: 404 });
    await expect(one.sessions.delete('bob', id)).rejects.toMatchObject({ status: 404 });
    // The same chat id of another user is another session.
    await ask(
      one,
      [
        ['user', 'hello'],
        ['assistant', 'answer'],
        ['user', 'go on'],
      ],
      { user: { ...user, id: 'bob' } },
    );
    expect(lastTurn(one).sessionId).not.toBe(id);
  });

  test('is deleted with its transcript and its files, but not while a turn runs', async () => {
    const one = replica();
    one.engine.script = ['pause', ...answerSteps('x')];
    const paused = one.engine.whenPaused();
    const running = ask(one, [['user', 'hello']]);
    await paused;
    const [{ id }] = await one.sessions.list('ada', 10);
    await expect(one.sessions.delete('ada', id)).rejects.toMatchObject({ status: 409 });
    one.engine.go();
    await running;
    one.engine.script = answerSteps('y');
    await one.sessions.delete('ada', id);
    expect(one.removed).toEqual([id]);
    // Its pod, where it has one, deletes the files: it is not ended before.
    expect(one.released).toEqual([]);
    expect(await transcriptOf()).toEqual([]);
    await ask(one, [
      ['user', 'hello'],
      ['assistant', 'x'],
      ['user', 'anew'],
    ]);
    expect(lastTurn(one).sessionId).not.toBe(id);
    expect(await lastTurn(one).workspace).toContain(lastTurn(one).sessionId);
  });

  test('that cannot be deleted as a whole stays as it was', async () => {
    const one = replica();
    await ask(one, [['user', 'hello']]);
    const [{ id }] = await one.sessions.list('ada', 10);
    one.stuck.add(id);
    await expect(one.sessions.delete('ada', id)).rejects.toThrow('the volume is away');
    await ask(one, [
      ['user', 'hello'],
      ['assistant', 'answer'],
      ['user', 'go on'],
    ]);
    expect(lastTurn(one).sessionId).toBe(id);
    expect(lastTurn(one).history).toHaveLength(2);
  });

  test('is listed page by page, the latest first', async () => {
    const one = replica();
    for (const chatId of ['a', 'b', 'c']) await ask(one, [['user', 'x']], { chatId });
    const [first, second] = await one.sessions.list('ada', 2);
    expect([first.chatId, second.chatId]).toEqual(['c', 'b']);
    expect((await one.sessions.list('ada', 2, second.id)).map(({ chatId }) => chatId)).toEqual(['a']);
  });
});

describe('retention', () => {
  const days = (count: number) => `now() - ${count} * interval '1 day'`;
  const age = (chatId: string, count: number) =>
    database.query(`UPDATE sessions SET used_at = ${days(count)} WHERE chat_id = $1`, [chatId]);
  const left = async () =>
    (await database.query<{ chat_id: string }>('SELECT chat_id FROM sessions ORDER BY chat_id')).map(
      (row) => row.chat_id,
    );

  test('deletes sessions that nobody used for so long, with their files, and leaves the others', async () => {
    const one = replica();
    for (const chatId of ['old', 'young', 'busy', 'stuck']) await ask(one, [['user', 'x']], { chatId });
    for (const chatId of ['old', 'busy', 'stuck']) await age(chatId, 31);
    await age('young', 29);
    await database.query("UPDATE sessions SET lease_until = now() + interval '5 seconds' WHERE chat_id = 'busy'");
    const sessions = await one.sessions.list('ada', 10);
    const idOf = (chatId: string) => sessions.find((session) => session.chatId === chatId)?.id ?? '';
    one.stuck.add(idOf('stuck'));
    expect(await one.sessions.deletion.deleteUnused(30)).toBe(1);
    expect(await left()).toEqual(['busy', 'stuck', 'young']);
    expect(one.removed).toEqual([idOf('old')]);
    expect(await database.query('SELECT DISTINCT session_id FROM turns')).toHaveLength(3);
  });

  test('of two replicas at once deletes each session once', async () => {
    const [one, two] = [replica(), replica()];
    for (let chat = 0; chat < 50; chat++) {
      await ask(one, [['user', 'x']], { chatId: `${chat}` });
      await age(`${chat}`, 2);
    }
    const counts = await Promise.all([one, two].map(({ sessions }) => sessions.deletion.deleteUnused(1)));
    expect(counts[0] + counts[1]).toBe(50);
    expect(new Set([...one.removed, ...two.removed]).size).toBe(50);
    expect(await left()).toEqual([]);
  });

  test('of the audit deletes old rows and costs, and runs only where days are given', async () => {
    const one = replica();
    const store = new Store(database);
    one.engine.script = [
      { kind: 'tool-start', id: 'c', name: 'bash' },
      {
        kind: 'tool-end',
        id: 'c',
        name: 'bash',
        input: {},
        rule: ToolRule.DENY,
        failed: true,
        output: '',
        milliseconds: 2,
      },
      ...answerSteps('x'),
    ];
    for (const chatId of ['a', 'b']) await ask(one, [['user', 'x']], { chatId });
    await database.query(`UPDATE tool_calls SET called_at = ${days(91)}
      WHERE session_id = (SELECT id FROM sessions WHERE chat_id = 'a')`);
    await database.query(`INSERT INTO spending (user_id, day) VALUES ('ada', (${days(91)})::date)`);
    const run = async (sessionDays: number, auditDays: number) => {
      const retention = new Retention(
        one.sessions.deletion,
        store.deletions,
        { sessions: sessionDays, audit: auditDays },
        silent,
      );
      await retention.run();
      retention.stop();
    };
    await age('a', 400);
    await run(0, 0);
    expect(await left()).toEqual(['a', 'b']);
    await run(0, 90);
    expect(await left()).toEqual(['a', 'b']);
    expect(await database.query('SELECT call_id FROM tool_calls')).toHaveLength(1);
    expect(await database.query('SELECT day FROM spending')).toHaveLength(1);
    await run(90, 90);
    expect(await left()).toEqual(['b']);
  });
});
