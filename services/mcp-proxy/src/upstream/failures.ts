import { ForbiddenAddress } from './address-guard';
import { FailureKind, type JsonRpcError, UpstreamFailure } from './upstream';

/** What a caller is told; an upstream's address, credential or own words are in none of them. */
const MESSAGES: { readonly [kind in FailureKind]: string } = {
  [FailureKind.UNREACHABLE]: 'The server behind this tenant cannot be reached, or the connection to it was lost.',
  [FailureKind.TIMEOUT]: 'The server behind this tenant did not answer in time.',
  [FailureKind.BUSY]: 'The server behind this tenant has too many calls at once.',
  [FailureKind.CIRCUIT_OPEN]:
    'The server behind this tenant did not answer several times in a row and is not called for the moment.',
  [FailureKind.BROKEN_ANSWER]: 'The server behind this tenant gave an answer that the protocol does not allow.',
  [FailureKind.CREDENTIAL_REFUSED]: "The server behind this tenant refuses the tenant's credential.",
  [FailureKind.CREDENTIAL_MISSING]: "The tenant's credential is missing.",
  [FailureKind.CANCELLED]: 'The caller left.',
};

/** @param cause what happened in detail, for the log only */
export function failure(kind: FailureKind, cause?: unknown): UpstreamFailure {
  return because(new UpstreamFailure(kind, MESSAGES[kind]), cause);
}

/** The upstream answered with an HTTP error. `error` is set when its body is a JSON-RPC error. */
export class HttpRefusal extends UpstreamFailure {
  constructor(
    kind: FailureKind,
    public readonly status: number,
    public readonly error?: JsonRpcError,
  ) {
    super(kind, MESSAGES[kind]);
    because(this, `HTTP status ${status}`);
  }
}

/** What an HTTP status says of the upstream. A proxy in front of it answers 502 to 504 when there is nobody. */
export function refusalKind(status: number): FailureKind {
  if (status === 401 || status === 403) return FailureKind.CREDENTIAL_REFUSED;
  if (status === 429) return FailureKind.BUSY;
  return status === 502 || status === 503 || status === 504 ? FailureKind.UNREACHABLE : FailureKind.BROKEN_ANSWER;
}

const BROKEN_CODES = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
]);

/** The connection could not be made, or was lost. */
export function connectionFailure(error: Error): UpstreamFailure {
  if (error instanceof ForbiddenAddress) return failure(FailureKind.UNREACHABLE, error);
  const code = 'code' in error ? String(error.code) : '';
  const broken = error.name === 'HTTPParserError' || code.startsWith('HPE_') || BROKEN_CODES.has(code);
  return failure(broken ? FailureKind.BROKEN_ANSWER : FailureKind.UNREACHABLE, error);
}

function because<T extends UpstreamFailure>(refusal: T, cause: unknown): T {
  refusal.cause = cause;
  return refusal;
}
