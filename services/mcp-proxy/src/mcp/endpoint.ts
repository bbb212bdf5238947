import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../../runtime/log';
import { AnswerStream, acceptedForms, type MessageStream } from '../http/answer-stream';
import { sendJson } from '../http/answers';
import type { KeepAlive } from '../http/keep-alive';
import { BodyTooLarge, MAX_BODY_BYTES, readBody } from '../http/request-body';
import type { Caller } from '../identity/caller';
import {
  ErrorCode,
  errorText,
  isMessage,
  isObject,
  isRequest,
  ProtocolError,
  type RequestId,
} from '../protocol/json-rpc';
import { LAST_VERSION_WITH_BATCHES } from '../protocol/versions';
import { accessDenied } from './call-refusals';
import type { Calls, RequestOrigin } from './calls';
import type { Dispatcher } from './dispatcher';
import type { Scope } from './targets';

/** Messages in one batch: a batch is answered when its slowest call is. */
const MAX_BATCH = 50;
const JSON_TYPE = /^application\/json(?:\s*;|$)/i;

/** Who sends a request, and to which endpoint. */
export interface From {
  readonly caller: Caller;
  readonly scope: Scope;
  readonly origin: RequestOrigin;
}

/** Streamable HTTP of both eras at one address: each POST is complete in itself. */
export class McpEndpoint {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly keepAlive: KeepAlive,
    private readonly calls: Pick<Calls, 'admits'>,
    private readonly log: Logger,
  ) {}

  /** Answers one HTTP request; it never rejects. */
  public async serve(request: IncomingMessage, response: ServerResponse, from: From): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 405, -32000, 'Method not allowed', { allow: 'POST' });
    if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
      return refuse(response, 415, -32000, 'Content-Type is not application/json');
    }
    let body: unknown;
    try {
      body = JSON.parse(await readBody(request));
    } catch (error) {
      if (error instanceof BodyTooLarge) {
        return refuse(response, 413, -32000, `A body may have ${MAX_BODY_BYTES} bytes`);
      }
      return refuse(response, 400, ErrorCode.PARSE_ERROR, 'The body is not JSON');
    }
    const { tenantId } = from.scope;
    if (tenantId !== undefined && !this.calls.admits(from, tenantId, body)) {
      return sendJson(response, 403, errorText(idOf(body), accessDenied()));
    }
    if (Array.isArray(body)) return this.serveBatch(request, response, from, body);
    if (!isMessage(body)) {
      return refuse(response, 400, ErrorCode.INVALID_REQUEST, 'The body is not a message of JSON-RPC 2.0');
    }
    const { caller, scope, origin } = from;
    const { headers } = request;
    const stream = new AnswerStream(response, acceptedForms(headers.accept), this.keepAlive);
    try {
      const incoming = { caller, scope, origin, headers, message: body, stream, wholeStream: stream };
      const answer = await this.dispatcher.dispatch(incoming);
      if (answer) stream.end(answer.status, answer.json, answer.headers);
      else if (!isRequest(body)) stream.endEmpty(202);
    } catch (error) {
      const refusal = this.asProtocolError(error);
      stream.end(refusal.status, errorText(idOf(body), refusal));
    }
  }

  /** Several messages in an array, which versions up to 2025-03-26 allow: calls in them are not streamed. */
  private async serveBatch(
    request: IncomingMessage,
    response: ServerResponse,
    { caller, scope, origin }: From,
    messages: readonly unknown[],
  ): Promise<void> {
    const { headers } = request;
    const version = headers['mcp-protocol-version'];
    if (typeof version === 'string' && version > LAST_VERSION_WITH_BATCHES) {
      return refuse(response, 400, ErrorCode.INVALID_REQUEST, `Version ${version} has no batches`);
    }
    if (messages.length === 0 || messages.length > MAX_BATCH) {
      return refuse(response, 400, ErrorCode.INVALID_REQUEST, `A batch has 1 to ${MAX_BATCH} messages`);
    }
    const whole = new AnswerStream(response, acceptedForms(headers.accept));
    const stream: MessageStream = { signal: whole.signal, canStream: false, send: () => {} };
    const answers = await Promise.all(
      messages.map(async (message) => {
        if (!isMessage(message)) return errorText(undefined, notAMessage());
        try {
          const answer = await this.dispatcher.dispatch({ caller, scope, origin, headers, message, stream });
          return answer?.json;
        } catch (error) {
          return errorText(idOf(message), this.asProtocolError(error));
        }
      }),
    );
    const texts = answers.filter((text) => text !== undefined);
    if (texts.length === 0) whole.endEmpty(202);
    else whole.end(200, `[${texts.join(',')}]`);
  }

  private asProtocolError(error: unknown): ProtocolError {
    if (error instanceof ProtocolError) return error;
    this.log.error({ err: error }, 'a message failed inside the gateway');
    return new ProtocolError(ErrorCode.INTERNAL_ERROR, 'Internal error', 500);
  }
}

function notAMessage(): ProtocolError {
  return new ProtocolError(ErrorCode.INVALID_REQUEST, 'Not a message of JSON-RPC 2.0');
}

function idOf(message: unknown): RequestId | undefined {
  const id = isObject(message) ? message.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

function refuse(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  headers: { readonly [name: string]: string } = {},
): void {
  sendJson(response, status, errorText(undefined, { code, message }), headers);
}
