import { isObject } from '../protocol/json-rpc';
import { failure } from './failures';
import { ResultAnswer } from './result-text';
import { FailureKind, type JsonObject, type JsonRpcError, type UpstreamAnswer, type UpstreamMessage } from './upstream';

/** The messages in a text: one, or several in the batches of specification 2025-03-26. Error: `UpstreamFailure`. */
export function readMessages(text: string): JsonObject[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('not JSON');
  }
  const messages = Array.isArray(value) ? value : [value];
  for (const message of messages) {
    if (!isObject(message) || message.jsonrpc !== '2.0') throw broken('not JSON-RPC 2.0');
  }
  return messages;
}

/** Whether it is a notification or a request rather than an answer. */
export function isMessage(message: JsonObject): message is JsonObject & UpstreamMessage {
  if (message.method === undefined) return false;
  const { id, method, params } = message;
  const fits = typeof method === 'string' && (params === undefined || isObject(params));
  if (!fits || !(id === undefined || typeof id === 'string' || typeof id === 'number')) throw broken('bad message');
  return true;
}

/**
 * The answer to request `id`. Error: `UpstreamFailure`.
 * @param text what it was read from, when it was the only message in there
 */
export function readAnswer(message: JsonObject, id: number, text?: string): UpstreamAnswer {
  // Who could not read the request cannot know its id (JSON-RPC 2.0, section 5).
  if (message.id !== id && !(message.id === null && message.error !== undefined)) throw broken('answer to another id');
  if (isObject(message.result) && message.error === undefined) {
    return new ResultAnswer(message.result, text?.startsWith('{') ? text : undefined);
  }
  const error = asError(message.error);
  if (!error || isObject(message.result)) throw broken('not exactly one of result and error');
  return { error };
}

/** The JSON-RPC error in the body of an HTTP error, if there is one. */
export function readError(text: string): JsonRpcError | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? asError(value.error) : undefined;
  } catch {
    return undefined;
  }
}

function asError(value: unknown): JsonRpcError | undefined {
  if (!isObject(value) || !Number.isInteger(value.code) || typeof value.message !== 'string') return undefined;
  const { code, message, data } = value as { code: number; message: string; data?: unknown };
  return data === undefined ? { code, message } : { code, message, data };
}

function broken(cause: string) {
  return failure(FailureKind.BROKEN_ANSWER, cause);
}
