import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Counted, Counter } from './counter';
import { MessagesEndpoint, type SeenRequest } from './messages';
import { ApiRefusal, refuseWrong } from './refusals';
import type { Rule } from './script';
import { type CountedRequest, PromptCache } from './tokens';

export type { Counted } from './counter';
export type { SeenRequest } from './messages';
export type { ErrorReply, Reply, Rule } from './script';

export interface FakeAnthropicOptions {
  /** @default - a free one */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** Answers for prompts without a script of their own. @default - an echo */
  readonly script?: readonly Rule[];
  /** The only key that is let in. @default - any key */
  readonly key?: string;
  /** Longest prompt that is taken. Unit: tokens. @default 1000000 */
  readonly contextWindow?: number;
  /** How many requests are remembered, the newest. @default 1000 */
  readonly remembered?: number;
}

/** A running server that speaks Anthropic's Messages API. */
export interface FakeAnthropic {
  /** Value for `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  /** Tokens and cost, by model and in all. */
  counted(): { readonly models: { readonly [model: string]: Counted }; readonly total: Counted };
  /** What was asked, oldest first. */
  requests(): readonly SeenRequest[];
  /** Replaces the script. */
  setScript(script: readonly Rule[]): void;
  /** Forgets requests, figures, the prompt cache and failures, not the script. */
  reset(): void;
  close(): Promise<void>;
}

const MODELS = ['claude-haiku-5-5', 'claude-sonnet-5-5', 'claude-opus-5-5'];
/** Source: Claude docs, "Context windows". Unit: tokens. */
const CONTEXT_WINDOW = 1_000_000;
/** Source: Claude docs, "Errors": the largest request is 32 MB. */
const LARGEST_BODY = 32 * 1024 * 1024;

/** Starts the server; it has no state but its memory. */
export async function startFakeAnthropic(options: FakeAnthropicOptions = {}): Promise<FakeAnthropic> {
  const rules: Rule[] = [...(options.script ?? [])];
  const seenRequests: SeenRequest[] = [];
  const counter = new Counter();
  const messages = new MessagesEndpoint(rules, counter, options.contextWindow ?? CONTEXT_WINDOW);
  const seenBy = new WeakMap<ServerResponse, SeenRequest>();
  let number = 0;

  function remember(path: string, request: IncomingMessage, body: unknown): SeenRequest {
    const { 'x-api-key': key, authorization, ...headers } = request.headers as { [name: string]: string };
    const bearer = authorization?.replace(/^Bearer /i, '');
    const seen: SeenRequest = { path, headers, key: key ?? bearer ?? '', body, outcome: 'running' };
    seenRequests.push(seen);
    seenRequests.splice(0, seenRequests.length - (options.remembered ?? 1000));
    return seen;
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    const raw = await readBody(request);
    const body = parse(raw);
    switch (`${request.method} ${path}`) {
      case 'GET /_counted':
        return sendJson(response, counter.read());
      case 'GET /_requests':
        return sendJson(response, seenRequests);
      case 'POST /_script':
        rules.splice(0, rules.length, ...(body as Rule[]));
        return sendJson(response, rules);
      case 'POST /_reset':
        reset();
        return sendJson(response, {});
      default:
    }
    const seen = remember(path, request, body);
    seenBy.set(response, seen);
    response.setHeader('request-id', `req_fake_${String(++number).padStart(8, '0')}`);
    response.on('close', () => {
      seen.status = response.statusCode;
      seen.outcome = seen.outcome === 'running' ? 'left' : seen.outcome;
    });
    refuseStranger(request, seen.key, options.key);
    await api(request, path, raw, response, seen);
  }

  async function api(request: IncomingMessage, path: string, raw: string, response: ServerResponse, seen: SeenRequest) {
    const call = `${request.method} ${path}`;
    if (call === 'POST /v1/messages') {
      return messages.handle(raw, request, response, seen);
    }
    seen.outcome = 'complete';
    if (call === 'POST /v1/messages/count_tokens') {
      refuseWrong({ max_tokens: 1, ...(seen.body as object) });
      const { input, cacheRead, cacheWrite, cacheWriteHour } = new PromptCache().count(seen.body as CountedRequest);
      return sendJson(response, { input_tokens: input + cacheRead + cacheWrite + cacheWriteHour });
    }
    const data = MODELS.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }));
    if (call === 'GET /v1/models') {
      return sendJson(response, { data, has_more: false, first_id: data[0].id, last_id: data.at(-1)?.id });
    }
    const model = data.find(({ id }) => call === `GET /v1/models/${id}`);
    if (model) {
      return sendJson(response, model);
    }
    throw new ApiRefusal(404, `Not found: ${path}`);
  }

  function reset(): void {
    seenRequests.length = 0;
    counter.clear();
    messages.clear();
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => refuse(error, response, seenBy.get(response)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    counted: () => counter.read(),
    requests: () => seenRequests,
    setScript: (script) => void rules.splice(0, rules.length, ...script),
    reset,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuseStranger(request: IncomingMessage, key: string, expected: string | undefined): void {
  if (key === '' || (expected !== undefined && key !== expected)) {
    throw new ApiRefusal(401, 'invalid x-api-key');
  }
  if (!request.headers['anthropic-version']) {
    throw new ApiRefusal(400, 'anthropic-version: header is required');
  }
}

function refuse(error: unknown, response: ServerResponse, seen?: SeenRequest): void {
  if (response.destroyed) {
    return;
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (seen?.outcome === 'running') {
    seen.outcome = 'refused';
  }
  const { status, type, message } =
    error instanceof ApiRefusal ? error : { status: 500, type: 'api_error', message: String(error) };
  const body = { type: 'error', error: { type, message }, request_id: response.getHeader('request-id') ?? null };
  response.statusCode = status;
  sendJson(response, body);
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > LARGEST_BODY) {
      throw new ApiRefusal(413, 'Request exceeds the maximum size');
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(raw: string): unknown {
  try {
    return raw === '' ? {} : JSON.parse(raw);
  } catch {
    throw new ApiRefusal(400, 'The request body is not valid JSON');
  }
}
