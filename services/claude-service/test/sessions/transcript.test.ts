import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import fc from 'fast-check';
import { type ChatMessage, readChatRequest } from '../../src/openai/chat-request';
import { answerPrint, readConversation } from '../../src/openai/conversation';
import { newId } from '../../src/sessions/ids';
import { type OpenedTurn, TAKEN_OVER, Transcript } from '../../src/sessions/transcript';

type Said = readonly ['user' | 'assistant' | 'system', string];

function messagesOf(chat: readonly Said[]): readonly ChatMessage[] {
  return readChatRequest({ model: 'm', messages: chat.map(([role, content]) => ({ role, content })) }).messages;
}

/** Asks what a chat ends with, and answers it. */
function say(
  transcript: Transcript,
  chat: readonly Said[],
  answer: string | null,
  ids: { messageId?: string; parentMessageId?: string } = {},
): OpenedTurn {
  const opened = transcript.open(newId(), readConversation(messagesOf(chat)), ids);
  for (const turn of opened.takenOver) transcript.add(turn);
  const messages: BetaMessageParam[] = [...opened.turn.messages];
  if (answer !== null) messages.push({ role: 'assistant', content: [{ type: 'text', text: answer }] });
  transcript.add({ ...opened.turn, messages, answerPrint: answer === null ? null : answerPrint(answer) });
  return opened;
}

function textsOf(history: readonly BetaMessageParam[]): string[] {
  return history.map(({ content = '' }) =>
    typeof content === 'string'
      ? content
      : content.map((block) => ('text' in block ? block.text : block.type)).join(''),
  );
}

const historyOf = (...parts: Parameters<typeof say>) => textsOf(say(...parts).history);

test('a chat goes on where it stopped, and only what is new is asked', () => {
  const transcript = new Transcript([]);
  expect(historyOf(transcript, [['user', 'one']], 'A')).toEqual([]);
  const second = say(
    transcript,
    [
      ['user', 'one'],
      ['assistant', 'A'],
      ['user', 'two'],
    ],
    'B',
  );
  expect(textsOf(second.history)).toEqual(['one', 'A']);
  expect(second.turn.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'two' }] }]);
  expect(second.takenOver).toEqual([]);
});

test('an edited question leaves the tree where it stood', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], 'A');
  say(
    transcript,
    [
      ['user', 'one'],
      ['assistant', 'A'],
      ['user', 'two'],
    ],
    'B',
  );
  expect(
    historyOf(
      transcript,
      [
        ['user', 'one'],
        ['assistant', 'A'],
        ['user', 'other'],
      ],
      'C',
    ),
  ).toEqual(['one', 'A']);
  expect(historyOf(transcript, [['user', 'anew']], 'D')).toEqual([]);
});

test('of several answers the chat goes on with the one that it shows', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], 'first');
  say(transcript, [['user', 'one']], 'second');
  const on = (answer: string): Said[] => [
    ['user', 'one'],
    ['assistant', answer],
    ['user', 'on'],
  ];
  expect(historyOf(transcript, on('first'), 'X')).toEqual(['one', 'first']);
  expect(historyOf(transcript, on('second'), 'Y')).toEqual(['one', 'second']);
  // Edited in the interface: what was really said stays, and of what cannot be told apart the newest counts.
  expect(historyOf(transcript, on('changed'), 'Z')).toEqual(['one', 'second']);
});

test('blocks that were shown, thinking and white space do not hide an answer', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], 'first.\nIt is done.');
  say(transcript, [['user', 'one']], 'second');
  const shown =
    '<think>hm</think>first.\n\n<details type="tool_calls" done="true" id="1">\n<summary>x</summary>\n</details>\n\n It is done. ';
  expect(
    historyOf(
      transcript,
      [
        ['user', 'one'],
        ['assistant', shown],
        ['user', 'on'],
      ],
      null,
    ),
  ).toEqual(['one', 'first.\nIt is done.']);
});

test('a question that was sent with documents around it is known by its answer', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', '<context>long</context> one']], 'A');
  const opened = say(
    transcript,
    [
      ['user', 'one'],
      ['assistant', 'A'],
      ['user', 'two'],
    ],
    'B',
  );
  expect(textsOf(opened.history)).toEqual(['<context>long</context> one', 'A']);
  expect(opened.takenOver).toEqual([]);
});

test('what another model answered is taken over, once', () => {
  const transcript = new Transcript([]);
  const chat: Said[] = [
    ['user', 'one'],
    ['assistant', 'by another'],
    ['user', 'two'],
  ];
  const opened = say(transcript, chat, 'B');
  expect(textsOf(opened.history)).toEqual(['one', 'by another']);
  expect(opened.takenOver).toMatchObject([{ endReason: TAKEN_OVER, parentId: null }]);
  const next = say(transcript, [...chat, ['assistant', 'B'], ['user', 'three']], 'C');
  expect(textsOf(next.history)).toEqual(['one', 'by another', 'two', 'B']);
  expect(next.takenOver).toEqual([]);
});

test('a chat whose beginning was replaced by a summary goes on at its end', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], 'A');
  say(
    transcript,
    [
      ['user', 'one'],
      ['assistant', 'A'],
      ['user', 'two'],
    ],
    'B',
  );
  const opened = say(
    transcript,
    [
      ['system', 'Summary: …'],
      ['user', 'two'],
      ['assistant', 'B'],
      ['user', 'on'],
    ],
    'C',
  );
  expect(textsOf(opened.history)).toEqual(['one', 'A', 'two', 'B']);
  expect(opened.takenOver).toEqual([]);
});

test('an answer that is to be continued is continued, and stays one for the chat', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], 'half');
  const opened = say(
    transcript,
    [
      ['user', 'one'],
      ['assistant', 'half'],
    ],
    ' rest',
  );
  expect(textsOf(opened.history)).toEqual(['one', 'half']);
  expect(opened.turn.continues).toBe(true);
  const on = historyOf(
    transcript,
    [
      ['user', 'one'],
      ['assistant', 'half rest'],
      ['user', 'two'],
    ],
    null,
  );
  expect(on).toHaveLength(4);
  expect(on.at(-1)).toBe(' rest');
});

test("Open WebUI's ids decide where they are known", () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], 'same', { messageId: 'm1' });
  say(transcript, [['user', 'one']], 'same', { messageId: 'm2' });
  const { turn } = say(
    transcript,
    [
      ['user', 'quite different'],
      ['assistant', 'x'],
      ['user', 'on'],
    ],
    null,
    {
      parentMessageId: 'm1',
    },
  );
  expect(turn.parentId).toBe(say(transcript, [['user', '?']], null, { parentMessageId: 'm1' }).turn.parentId);
  expect(
    transcript.open('t', readConversation(messagesOf([['user', 'n']])), { parentMessageId: 'm2' }).turn.parentId,
  ).not.toBe(turn.parentId);
});

describe("with Open WebUI's ids", () => {
  const chat: Said[] = [
    ['user', 'one'],
    ['assistant', 'A'],
    ['user', 'two'],
    ['assistant', 'B'],
  ];
  const after = (answer: string): Said[] => [...chat.slice(0, 3), ['assistant', answer], ['user', 'three']];
  let transcript: Transcript;
  beforeEach(() => {
    transcript = new Transcript([]);
    say(transcript, chat.slice(0, 1), 'A', { messageId: 'm1' });
    say(transcript, chat.slice(0, 3), 'other', { messageId: 'm2a', parentMessageId: 'm1' });
    say(transcript, chat.slice(0, 3), 'B', { messageId: 'm2', parentMessageId: 'm1' });
    say(transcript, chat.slice(0, 3), 'another', { messageId: 'm2b', parentMessageId: 'm1' });
  });

  test('an answer is continued, though the id of the one before its question comes with it', () => {
    const ids = { messageId: 'm2', parentMessageId: 'm1' };
    expect(historyOf(transcript, chat, ' and', ids)).toEqual(['one', 'A', 'two', 'B']);
    const goOn = expect.stringContaining('Go on');
    const longer: Said[] = [...chat.slice(0, 3), ['assistant', 'B and']];
    expect(historyOf(transcript, longer, ' so on', ids)).toEqual(['one', 'A', 'two', 'B', goOn, ' and']);
    const whole = ['one', 'A', 'two', 'B', goOn, ' and', goOn, ' so on'];
    const next = { messageId: 'm3', parentMessageId: 'm2' };
    expect(historyOf(transcript, after('B and so on'), 'C', next)).toEqual(whole);
  });

  test('an answer is asked for anew with a suggestion, and the old one stays known', () => {
    const suggestion: Said[] = [...chat, ['user', 'shorter']];
    const ids = { messageId: 'm3', parentMessageId: 'm1' };
    expect(historyOf(transcript, suggestion, 'b', ids)).toEqual(['one', 'A', 'two', 'B']);
    const next = { messageId: 'm4', parentMessageId: 'm3' };
    expect(historyOf(transcript, after('b'), 'C', next)).toEqual(['one', 'A', 'two', 'B', 'shorter', 'b']);
  });

  test('a continued answer is not taken for the question that follows it in the same words', () => {
    const ids = { messageId: 'm2', parentMessageId: 'm1' };
    say(transcript, chat, ' and', ids);
    const again: Said[] = [...chat.slice(0, 3), ['assistant', 'B and'], ['user', 'two']];
    const next = { messageId: 'm3', parentMessageId: 'm2' };
    const whole = historyOf(transcript, again, 'C', next);
    expect(historyOf(transcript, again, 'D', { ...next, messageId: 'm3a' })).toEqual(whole);
  });
});

test('a question that got no answer stays, and the next one comes after it', () => {
  const transcript = new Transcript([]);
  say(transcript, [['user', 'one']], null);
  expect(
    historyOf(
      transcript,
      [
        ['user', 'one'],
        ['user', 'two'],
      ],
      'B',
    ),
  ).toEqual(['one']);
});

test('whatever a person edits, regenerates and continues, the agent knows exactly the branch that is shown', () => {
  interface Node {
    readonly parent?: Node;
    readonly prompt: string;
    readonly answer: string;
  }
  const pathTo = (node: Node | undefined): Node[] => (node ? [...pathTo(node.parent), node] : []);
  // Few different words, so that questions and answers repeat.
  const step = fc.record({
    kind: fc.constantFrom('ask', 'edit', 'regenerate'),
    at: fc.nat(30),
    prompt: fc.constantFrom('go on', 'yes', 'more'),
    answer: fc.constantFrom('done', 'well', 'no', ''),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const transcript = new Transcript([]);
      const nodes: Node[] = [];
      for (const { kind, at, prompt, answer } of steps) {
        const chosen = nodes.length > 0 ? nodes[at % nodes.length] : undefined;
        const parent = kind === 'ask' ? chosen : chosen?.parent;
        const node = { parent, prompt: kind === 'regenerate' ? (chosen?.prompt ?? prompt) : prompt, answer };
        const before = pathTo(parent).flatMap((past): Said[] => [
          ['user', past.prompt],
          ['assistant', past.answer],
        ]);
        const opened = say(transcript, [...before, ['user', node.prompt]], answer === '' ? null : answer);
        nodes.push(node);
        const shown = pathTo(parent)
          .flatMap((past) => [past.prompt, past.answer])
          .filter(Boolean);
        expect(textsOf(opened.history)).toEqual(shown);
        expect(opened.takenOver).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});
