// A chat completion as a client sends and reads it, streamed or not.
import assert from 'node:assert/strict';

/** A prompt that scripts the answers of the Messages API's stand-in, see services/claude-service/fake-anthropic. */
export const script = (said, ...replies) => `${said}\nfake: ${JSON.stringify(replies)}`;
export const bash = (command) => ({ tools: [{ name: 'bash', input: { command } }] });

/** Asks `models` (see open-webui.mjs) for an answer; `headers` instead of those of a person. */
export async function ask(models, { model, said, context, headers, stream = true, signal, ...rest }) {
  const messages = [said].flat().map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
  const response = await fetch(`${models.url}/chat/completions`, {
    method: 'POST',
    headers: headers ?? models.headers(context),
    body: JSON.stringify({ model, stream, messages, ...rest }),
    signal,
  });
  const raw = await response.text();
  const answer = { status: response.status, raw };
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const body = parsed(raw);
    return {
      ...answer,
      error: body?.error,
      text: body?.choices?.[0].message.content,
      end: body?.choices?.[0].finish_reason,
      usage: body?.usage,
    };
  }
  const events = raw.split('\n').filter((line) => line.startsWith('data: '));
  const chunks = events.map((line) => parsed(line.slice('data: '.length))).filter(Boolean);
  return {
    ...answer,
    chunks,
    isWhole: events.at(-1) === 'data: [DONE]',
    error: chunks.find(({ error }) => error)?.error,
    text: chunks.map(({ choices }) => choices?.[0]?.delta?.content ?? '').join(''),
    end: chunks.map(({ choices }) => choices?.[0]?.finish_reason).find(Boolean),
    usage: chunks.find(({ usage }) => usage)?.usage,
  };
}

/** Asks, and ends the check where the answer is not whole. */
export async function answered(models, request) {
  const answer = await ask(models, request);
  assert.equal(answer.status, 200, `${answer.status} ${answer.raw.slice(0, 500)}`);
  assert.equal(answer.error, undefined, JSON.stringify(answer.error));
  assert.ok(answer.isWhole !== false, `the stream ended early: ${answer.raw.slice(-300)}`);
  return answer;
}

/** Tokens that a client was told of, as OpenAI counts them. */
export const told = ({ usage }) => usage.prompt_tokens + usage.completion_tokens;
/** The same as the Messages API counted them. */
export const counted = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }) =>
  inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
