import { ErrorCode, isObject, ProtocolError } from '../protocol/json-rpc';
import { FailureKind, ProtocolEra, UpstreamFailure } from '../upstream/upstream';
import type { Call } from './calls';

/** A tenant that the caller may not use and one that does not exist are answered by the same bytes. */
export function accessDenied(): ProtocolError {
  return new ProtocolError(ErrorCode.ACCESS_DENIED, 'Access Denied');
}

/** What a denied call is told. A URI that no tenant of the caller has is answered in the specification's words. */
export function denied({ era, method, params, target }: Call): ProtocolError {
  const { ref } = params;
  const isResource =
    method === 'resources/read' || (method === 'completion/complete' && isObject(ref) && ref.type !== 'ref/prompt');
  if (!isResource || target.tenantId !== '') return accessDenied();
  const code = era === ProtocolEra.MODERN ? ErrorCode.INVALID_PARAMS : ErrorCode.LEGACY_RESOURCE_NOT_FOUND;
  return new ProtocolError(code, 'Resource not found', 200, { uri: target.name });
}

const KIND: { readonly [method: string]: string } = { 'tools/call': 'tool', 'prompts/get': 'prompt' };

/** A tool that is filtered out and one that the server does not have are answered alike. */
export function unknownName({ method, params }: Pick<Call, 'method' | 'params'>): ProtocolError {
  return new ProtocolError(ErrorCode.INVALID_PARAMS, `Unknown ${KIND[method] ?? 'name'}: ${String(params.name)}`);
}

/** The tenant's server never told what it offers. */
export function unavailable(tenantId: string): ProtocolError {
  const message = `${tenantId} is not available: its server has not answered yet`;
  return new ProtocolError(ErrorCode.UPSTREAM_FAILED, message, 200, { reason: FailureKind.UNREACHABLE });
}

export function rateLimited(retryAfterSeconds: number): ProtocolError {
  const message = `Too many calls: try again in ${retryAfterSeconds} s`;
  return new ProtocolError(ErrorCode.RATE_LIMITED, message, 200, { retryAfterSeconds });
}

/** A client goes on with a call that is gone, or was never its own. */
export function notWaiting(): ProtocolError {
  return new ProtocolError(ErrorCode.INVALID_PARAMS, 'requestState: this call is not waiting any more: call again');
}

/** What a call's failure is called in the log, and what the caller is told. */
export interface CallFailure {
  readonly outcome: string;
  /** A `ProtocolError`; anything else is a fault of the gateway, which whoever answers the request writes to the log. */
  readonly error: Error;
}

const OUTCOMES: { readonly [code: number]: string } = {
  [ErrorCode.ACCESS_DENIED]: 'denied',
  [ErrorCode.INVALID_PARAMS]: 'unknown',
  [ErrorCode.LEGACY_RESOURCE_NOT_FOUND]: 'unknown',
  [ErrorCode.RATE_LIMITED]: 'rate-limited',
  [ErrorCode.UPSTREAM_FAILED]: FailureKind.UNREACHABLE,
};

export function failureOf(error: unknown, tenantId: string): CallFailure {
  if (error instanceof UpstreamFailure) {
    const { kind, message } = error;
    const told = `${tenantId} did not answer: ${message}`;
    return { outcome: kind, error: new ProtocolError(ErrorCode.UPSTREAM_FAILED, told, 200, { reason: kind }) };
  }
  if (error instanceof ProtocolError) return { outcome: OUTCOMES[error.code] ?? 'refused', error };
  return { outcome: 'internal-error', error: error instanceof Error ? error : new Error(String(error)) };
}
