/** A JSON object as it travels. */
export type JsonObject = { [key: string]: unknown };

/** An error as JSON-RPC 2.0 writes it. */
export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What a request is answered by. A notification has none. */
export type RequestId = string | number;

/** A request, a notification or a response, as JSON-RPC 2.0 has them. */
export interface JsonRpcMessage {
  readonly jsonrpc: '2.0';
  readonly id?: RequestId;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** A message that asks for an answer. */
export interface JsonRpcRequest extends JsonRpcMessage {
  readonly id: RequestId;
  readonly method: string;
}

/** Error codes of JSON-RPC 2.0 and of MCP (schema of 2026-07-28), and three of the gateway's own. */
export enum ErrorCode {
  PARSE_ERROR = -32700,
  INVALID_REQUEST = -32600,
  METHOD_NOT_FOUND = -32601,
  INVALID_PARAMS = -32602,
  INTERNAL_ERROR = -32603,
  /** Up to 2025-11-25; later it is `INVALID_PARAMS`. */
  LEGACY_RESOURCE_NOT_FOUND = -32002,
  HEADER_MISMATCH = -32020,
  MISSING_CAPABILITY = -32021,
  UNSUPPORTED_VERSION = -32022,
  /** The gateway's: the caller may not use the tenant, or there is none. */
  ACCESS_DENIED = -32003,
  /** The gateway's: no answer of the tenant's server. `data.reason` tells the kind. */
  UPSTREAM_FAILED = -32004,
  /** The gateway's: too many calls. `data.retryAfterSeconds` tells when to come again. */
  RATE_LIMITED = -32005,
}

/** A refusal that ends one request. */
export class ProtocolError extends Error implements JsonRpcError {
  constructor(
    public readonly code: number,
    message: string,
    /** HTTP status under which it is sent, where no stream has begun. */
    public readonly status = 200,
    public readonly data?: unknown,
  ) {
    super(message);
  }
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Whether the value is one message of JSON-RPC 2.0. Its params are an object, as MCP has them. */
export function isMessage(value: unknown): value is JsonRpcMessage {
  if (!isObject(value) || value.jsonrpc !== '2.0') return false;
  const { id, method, params } = value;
  if (id !== undefined && typeof id !== 'string' && !(typeof id === 'number' && Number.isInteger(id))) return false;
  if (params !== undefined && !isObject(params)) return false;
  if (method !== undefined) return typeof method === 'string';
  return id !== undefined && 'result' in value !== 'error' in value;
}

export function isRequest(message: JsonRpcMessage): message is JsonRpcRequest {
  return message.method !== undefined && message.id !== undefined;
}

/** An answer, from the JSON text of its result. */
export function resultText(id: RequestId, resultJson: string): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"result":${resultJson}}`;
}

export function errorText(id: RequestId | undefined, { code, message, data }: JsonRpcError): string {
  const error = JSON.stringify(data === undefined ? { code, message } : { code, message, data });
  return `{"jsonrpc":"2.0","id":${id === undefined ? 'null' : idText(id)},"error":${error}}`;
}

export function notificationText(method: string, params?: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

export function requestText(id: RequestId, method: string, params?: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

function idText(id: RequestId): string {
  return typeof id === 'number' ? String(id) : JSON.stringify(id);
}
