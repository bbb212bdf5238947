// Callers of the service, and of the Messages API directly. Both read a stream to its end and note when pieces come.
import Anthropic from '@anthropic-ai/sdk';
import { Agent, request } from 'undici';
import { SERVICE_KEY } from './programs.mjs';

const connections = new Agent({ connections: 1000, keepAliveTimeout: 60_000 });

/** The instructions and tools with which the service calls the model, so that a direct call asks the same of it. */
export async function templateOf(fake) {
  const seen = await (await fetch(`${fake}/_requests`)).json();
  const { model, max_tokens, system, tools } = seen.at(-1).body;
  return { model, max_tokens, system, tools };
}

/** Time to the first text of the SDK without the service. Unit: milliseconds. */
export async function firstTokenDirect(fake, template, prompt) {
  const client = new Anthropic({ baseURL: fake, apiKey: 'bench', maxRetries: 0 });
  const begin = performance.now();
  let first;
  const stream = client.messages.stream({ ...template, messages: [{ role: 'user', content: prompt }] });
  stream.on('text', () => {
    first ??= performance.now() - begin;
  });
  await stream.finalMessage();
  return first;
}

/** One turn of a chat through the service: when each piece of text came, and the usage that it told. */
export async function turn(url, { user, chat, messages }) {
  const begin = performance.now();
  const { statusCode, body } = await request(`${url}/v1/chat/completions`, {
    method: 'POST',
    dispatcher: connections,
    headers: {
      authorization: `Bearer ${SERVICE_KEY}`,
      'content-type': 'application/json',
      'x-openwebui-user-id': user,
      'x-openwebui-chat-id': chat,
    },
    body: JSON.stringify({
      model: 'claude-amber-session',
      stream: true,
      stream_options: { include_usage: true },
      messages,
    }),
  });
  if (statusCode !== 200) {
    throw new Error(`the service answered ${statusCode}: ${(await body.text()).slice(0, 300)}`);
  }
  const times = [];
  let text = '';
  let usage;
  let done = false;
  for await (const chunk of lines(body)) {
    if (chunk === 'data: [DONE]') {
      done = true;
    } else if (chunk.startsWith('data: ')) {
      const data = JSON.parse(chunk.slice(6));
      if (data.error) {
        throw new Error(`the stream failed: ${data.error.message}`);
      }
      const content = data.choices[0]?.delta.content;
      if (content) {
        times.push(performance.now() - begin);
        text += content;
      }
      usage = data.usage ?? usage;
    }
  }
  return { times, text, usage, done };
}

async function* lines(body) {
  let rest = '';
  body.setEncoding('utf8');
  for await (const part of body) {
    const found = (rest + part).split('\n');
    rest = found.pop();
    yield* found;
  }
}

/** The middle value. */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
