import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '../../../runtime/log';
import { newId } from '../sessions/ids';
import { ApiError } from './api-error';
import { apiErrorOf } from './known-errors';

/** A request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Values of the parts of the path that the route names `:…`. */
  readonly parameters: { readonly [name: string]: string };
  /** In every log line and error of this request. */
  readonly requestId: string;
  /** Aborted when the caller leaves before the answer is complete. */
  readonly signal: AbortSignal;
  /** Milliseconds of `performance.now()` when the request arrived. */
  readonly startedAt: number;
}

/** What answers one kind of request. Error: `ApiError` and those that `apiErrorOf` knows. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

/** `GET /v1/sessions/:id` and what answers it. */
export interface Routes {
  readonly [route: string]: Handler;
}

/** The header lines of a request must come in that time; bodies have a limit of their own. Unit: milliseconds. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than what keeps connections open in front: LiteLLM's client, Open WebUI's. Unit: milliseconds. */
const KEEP_ALIVE_MS = 75_000;
/** How long the rest of a body that nobody wants is thrown away. Unit: milliseconds. */
const LINGER_MS = 5000;
/** What passes by itself: too many requests, something away, a model that is overloaded. */
const PASSING: ReadonlySet<number> = new Set([429, 503, 529]);
/** When to try again where nobody knows better. Unit: seconds. */
const RETRY_SECONDS = 5;

/** An HTTP server with these routes. */
export function createApiServer(routes: Routes, log: Logger): Server {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method, path] = route.split(' ');
    return { method, parts: path.split('/'), handler };
  });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_TIMEOUT_MS },
    (request, response) => {
      const exchange = exchangeOf(request, response);
      answer(exchange).catch((error) => {
        sendError(exchange, error, log);
      });
    },
  );
  // A turn takes as long as it takes; headers and bodies are limited on their own.
  server.requestTimeout = 0;

  async function answer(exchange: Exchange): Promise<void> {
    const parts = exchange.url.pathname.split('/');
    const found = table.filter((entry) => isPath(entry.parts, parts));
    if (found.length === 0) throw new ApiError(404, `There is nothing at ${exchange.url.pathname}.`);
    const entry = found.find(({ method }) => method === exchange.request.method);
    if (!entry) throw new ApiError(405, `${exchange.request.method} is not possible here.`);
    await entry.handler({ ...exchange, parameters: parametersOf(entry.parts, parts) });
  }
  return server;
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the caller has left'));
  });
  const requestId = newId();
  response.setHeader('x-request-id', requestId);
  const url = new URL(URL.canParse(request.url ?? '', 'http://host') ? (request.url ?? '') : '/', 'http://host');
  return { request, response, url, parameters: {}, requestId, signal: controller.signal, startedAt: performance.now() };
}

/** Answers with a JSON object. */
export function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
    .end(text);
}

/** Answers with an error, when nothing was answered yet. */
function sendError({ response, request, requestId }: Exchange, error: unknown, log: Logger): void {
  const known = apiErrorOf(error, requestId);
  if (known.status >= 500) log.error({ err: error, requestId, path: request.url }, 'a request failed');
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  letBodyRunOut(request);
  const { retryAfterSeconds = PASSING.has(known.status) ? RETRY_SECONDS : undefined } = known.details;
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) };
  sendJson(response, known.status, known.toJson(), headers);
}

/** A client that still sends reads the answer only when it is through: closed at once, it would see a broken connection. */
function letBodyRunOut(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.resume().once('close', () => clearTimeout(timer));
}

function isPath(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length && pattern.every((part, index) => part.startsWith(':') || part === parts[index])
  );
}

function parametersOf(pattern: readonly string[], parts: readonly string[]): { readonly [name: string]: string } {
  const named = pattern.flatMap((part, index) =>
    part.startsWith(':') ? [[part.slice(1), parts[index]] as const] : [],
  );
  return Object.fromEntries(named);
}
