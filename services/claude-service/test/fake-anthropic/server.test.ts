import Anthropic, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import type { Reply } from '../../fake-anthropic/script';
import { type FakeAnthropic, startFakeAnthropic } from '../../fake-anthropic/server';

const MODEL = 'claude-sonnet-5-5';
let fake: FakeAnthropic;

beforeEach(async () => {
  fake = await startFakeAnthropic();
});
afterEach(() => fake.close());

function client(maxRetries = 0, apiKey = 'key'): Anthropic {
  return new Anthropic({ baseURL: fake.url, apiKey, maxRetries });
}

function scripted(...replies: Reply[]): Anthropic.MessageParam {
  return { role: 'user', content: `Please.\nfake: ${JSON.stringify(replies)}` };
}

function ask(...replies: Reply[]) {
  return { model: MODEL, max_tokens: 1000, messages: [scripted(...replies)] };
}

describe('an answer, as the SDK reads it', () => {
  const reply: Reply = {
    thinking: 'Let me look at the folder first.',
    text: 'I look: 🦊 is four bytes.',
    tools: [
      { name: 'bash', input: { command: 'ls -la' } },
      { name: 'read', input: { file_path: 'a.txt' } },
    ],
  };

  test('is the same streamed and not', async () => {
    const whole = await client().messages.create(ask(reply));
    const streamed = await client().messages.stream(ask(reply)).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.stop_reason).toBe('tool_use');
    expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
    expect(whole.content[2]).toMatchObject({ name: 'bash', input: { command: 'ls -la' } });
  });

  test('comes in the order of the API', async () => {
    const stream = await client().messages.create({ ...ask({ text: 'Hi' }), stream: true });
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
    }
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('goes on with the next reply after the results of the tools', async () => {
    const prompt = scripted(reply, { text: 'Done.' });
    const first = await client().messages.create({ model: MODEL, max_tokens: 100, messages: [prompt] });
    const results = first.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'ok' }] : [],
    );
    const second = await client().messages.create({
      model: MODEL,
      max_tokens: 100,
      messages: [prompt, { role: 'assistant', content: first.content }, { role: 'user', content: results }],
    });
    expect(second.content).toEqual([{ type: 'text', text: 'Done.' }]);
  });

  test('may be a refusal, cut at max_tokens, or empty', async () => {
    expect(await client().messages.create(ask({ stop: 'refusal' }))).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { type: 'refusal' },
      content: [],
    });
    const cut = await client()
      .messages.stream(ask({ text: 'To be cont', stop: 'max_tokens' }))
      .finalMessage();
    expect(cut.stop_reason).toBe('max_tokens');
    expect((await client().messages.create(ask({ text: '' }))).content).toEqual([]);
  });

  test('without a script is an echo, and a rule goes before it', async () => {
    const request = { model: MODEL, max_tokens: 9, messages: [{ role: 'user' as const, content: 'Good morning' }] };
    expect((await client().messages.create(request)).content).toMatchObject([{ text: 'You said: Good morning' }]);
    fake.setScript([{ when: 'morning$', replies: [{ text: 'Coffee?' }] }]);
    expect((await client().messages.create(request)).content).toMatchObject([{ text: 'Coffee?' }]);
  });
});

describe('an error, as the SDK reads it', () => {
  test.each([
    [400, BadRequestError, 'invalid_request_error'],
    [401, AuthenticationError, 'authentication_error'],
    [429, RateLimitError, 'rate_limit_error'],
    [500, InternalServerError, 'api_error'],
    [529, InternalServerError, 'overloaded_error'],
  ])('%i', async (status, kind, type) => {
    const error = await client()
      .messages.create(ask({ error: { status, retryAfter: 7 } }))
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status, type });
    expect(error.headers.get('retry-after')).toBe('7');
  });

  test('passes when the SDK tries again', async () => {
    const answer = await client(1).messages.create(ask({ text: 'At last', error: { status: 529, times: 1 } }));
    expect(answer.content).toMatchObject([{ text: 'At last' }]);
    expect(fake.requests().map(({ status }) => status)).toEqual([529, 200]);
    expect(fake.counted().total.requests).toBe(1);
  });

  test('in the middle of a stream', async () => {
    const stream = client().messages.stream(ask({ text: 'A long enough answer', errorAfterPieces: 1 }));
    const error = await stream.finalMessage().catch((caught) => caught);
    expect(error).toBeInstanceOf(APIError);
    expect(error.type).toBe('overloaded_error');
  });

  test('is a lost connection where the stream is cut', async () => {
    let text = '';
    const stream = client()
      .messages.stream(ask({ text: 'A long enough answer', cutAfterPieces: 1 }))
      .on('text', (piece) => {
        text += piece;
      });
    await expect(stream.finalMessage()).rejects.toThrow();
    expect(text).toBe('A long enoug');
    await expect(client().messages.create(ask({ cutAfterPieces: 0 }))).rejects.toBeInstanceOf(APIConnectionError);
    expect(fake.requests().map(({ outcome }) => outcome)).toEqual(['cut', 'cut']);
  });
});

describe('what the API refuses is refused', () => {
  const user = (content: Anthropic.MessageParam['content']) => ({ role: 'user' as const, content });
  const toolUse = { type: 'tool_use' as const, id: 'toolu_1', name: 'bash', input: {} };

  test.each<[string, Anthropic.MessageParam[], RegExp]>([
    ['no message', [], /at least one message/],
    ['a beginning by the assistant', [{ role: 'assistant', content: 'Hi' }, user('Hi')], /first message/],
    ['a prefilled answer', [user('Hi'), { role: 'assistant', content: 'I' }], /prefill/],
    ['a tool use without result', [user('Hi'), { role: 'assistant', content: [toolUse] }, user('?')], /toolu_1/],
    ['a result without its use', [user('Hi'), user([{ type: 'tool_result', tool_use_id: 'toolu_2' }])], /toolu_2/],
    ['an empty text', [user([{ type: 'text', text: '' }])], /non-empty/],
    ['a text of white space', [user('Hi'), { role: 'assistant', content: '\n' }, user('?')], /non-whitespace/],
    [
      'thinking that the model did not have',
      [user('Hi'), { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'x' }] }, user('?')],
      /signature/,
    ],
  ])('%s', async (_name, messages, message) => {
    const answer = client().messages.create({ model: MODEL, max_tokens: 10, messages });
    await expect(answer).rejects.toThrow(message);
    await expect(answer).rejects.toBeInstanceOf(BadRequestError);
  });

  test.each([
    [{ type: 'object', anyOf: [{}] }, /input_schema does not support oneOf, allOf, or anyOf at the top level/],
    [{ type: 'array' }, /input_schema.type/],
  ])('a tool with the schema %j', async (schema, message) => {
    const tools = [{ name: 'odd', input_schema: schema as Anthropic.Tool['input_schema'] }];
    const answer = client().messages.create({ ...ask({ text: 'Hi' }), tools });
    await expect(answer).rejects.toThrow(message);
  });

  test('a model that is none, and a key that is not the expected one', async () => {
    const { close, url } = await startFakeAnthropic({ key: 'right' });
    const asked = (apiKey: string, model: string) =>
      new Anthropic({ baseURL: url, apiKey, maxRetries: 0 }).messages.create({ ...ask(), model });
    await expect(asked('wrong', MODEL)).rejects.toBeInstanceOf(AuthenticationError);
    await expect(asked('right', 'gpt-5')).rejects.toBeInstanceOf(NotFoundError);
    await close();
  });
});

describe('figures', () => {
  test('are those of the answers, with their price', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => client().messages.create(ask({ text: 'x'.repeat(n) }))));
    const input = answers.reduce((sum, { usage }) => sum + usage.input_tokens, 0);
    const output = answers.reduce((sum, { usage }) => sum + usage.output_tokens, 0);
    expect(fake.counted().models[MODEL]).toEqual({
      requests: 3,
      inputTokens: input,
      outputTokens: output,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      costUsd: (input * 2 + output * 10) / 1e6,
    });
  });

  test('tell what the prompt cache kept, and a longer prompt reads it', async () => {
    const system = [
      { type: 'text' as const, text: 'You are careful. '.repeat(50), cache_control: { type: 'ephemeral' as const } },
    ];
    const first = await client().messages.create({ ...ask({ text: 'One' }), system });
    const { usage } = await client().messages.create({ ...ask({ text: 'Two' }), system });
    expect(first.usage.cache_read_input_tokens).toBe(0);
    expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(200);
    expect(usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
    expect(usage.cache_creation_input_tokens).toBe(0);
    const counted = await client().messages.countTokens({
      model: MODEL,
      messages: ask({ text: 'Two' }).messages,
      system,
    });
    expect(counted.input_tokens).toBe(usage.input_tokens + (usage.cache_read_input_tokens ?? 0));
  });

  test('count what a caller that left had received', async () => {
    const stream = client().messages.stream(ask({ text: 'A very long answer indeed', delayMs: 20 }));
    stream.on('text', () => stream.abort());
    await expect(stream.finalMessage()).rejects.toThrow();
    while (fake.requests()[0].outcome === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(fake.requests()[0].outcome).toBe('left');
    expect(fake.counted().total).toMatchObject({ requests: 1, outputTokens: 1 });
  });
});

test('models are listed', async () => {
  const models = await client().models.list();
  expect(models.data.map(({ id }) => id)).toContain(MODEL);
});
