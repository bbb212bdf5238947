import type { OutgoingHttpHeaders } from 'node:http';
import { ErrorCode, isObject, type ProtocolError } from '../protocol/json-rpc';
import { FailureKind } from '../upstream/upstream';

/** A refusal as HTTP says it. */
export interface RestRefusal {
  readonly status: number;
  readonly detail: string;
  readonly headers?: OutgoingHttpHeaders;
}

const FAILURE_STATUS: { readonly [reason: string]: number } = {
  [FailureKind.TIMEOUT]: 504,
  [FailureKind.BUSY]: 503,
  [FailureKind.CIRCUIT_OPEN]: 503,
};

/** The HTTP status for what MCP says inside a 200. */
export function statusOf({ code, message, data }: ProtocolError): RestRefusal {
  switch (code) {
    case ErrorCode.ACCESS_DENIED:
      return { status: 403, detail: message };
    case ErrorCode.INVALID_PARAMS:
      return message.startsWith('Unknown tool')
        ? { status: 404, detail: 'Tool Not Found' }
        : { status: 422, detail: message };
    case ErrorCode.PARSE_ERROR:
      return { status: 400, detail: message };
    case ErrorCode.RATE_LIMITED: {
      const seconds = isObject(data) ? Number(data.retryAfterSeconds) : 1;
      return { status: 429, detail: message, headers: { 'retry-after': String(seconds) } };
    }
    case ErrorCode.UPSTREAM_FAILED: {
      const reason = isObject(data) ? String(data.reason) : '';
      return { status: FAILURE_STATUS[reason] ?? 502, detail: message };
    }
    default:
      return { status: 500, detail: message };
  }
}
