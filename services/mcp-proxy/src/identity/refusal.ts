/** Why a request has no caller. For the log and the metrics: the client is told no more than 401. */
export enum RefusalReason {
  /** No `Authorization` at all. */
  NO_CREDENTIAL = 'no-credential',
  /** An `Authorization` that is neither a key nor an access token, one of another scheme too. */
  WRONG_KEY = 'wrong-key',
  /** The key was right, the signed user token was not. `detail` says why. */
  USER_TOKEN = 'user-token',
  /** Unsigned user headers, which anyone with the key could write. */
  PLAIN_HEADERS = 'plain-headers',
  /** An access token of the issuer that does not hold. `detail` says why. */
  ACCESS_TOKEN = 'access-token',
  /** The issuer's keys cannot be had now. */
  ISSUER_UNREACHABLE = 'issuer-unreachable',
}

/** A request that is answered 401, or 503 while the issuer cannot be reached. */
export interface Refusal {
  readonly refused: RefusalReason;
  /** A word, never a part of what the client sent. */
  readonly detail?: string;
}

export function isRefusal(identity: object): identity is Refusal {
  return 'refused' in identity;
}
