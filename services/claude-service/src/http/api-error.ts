/** An error as OpenAI's API tells it: a status, and `{error: {message, type, param, code}}`. */
export class ApiError extends Error {
  constructor(
    public readonly status: number,
    message: string,
    public readonly details: ApiErrorDetails = {},
  ) {
    super(message);
  }

  /** The body. */
  public toJson(): object {
    const { type, param, code } = this.details;
    return {
      error: {
        message: this.message,
        type: type ?? TYPES[this.status] ?? (this.status < 500 ? 'invalid_request_error' : 'server_error'),
        param: param ?? null,
        code: code ?? null,
      },
    };
  }
}

export interface ApiErrorDetails {
  /** @default - what OpenAI uses with the status */
  readonly type?: string;
  /** Name of the field of the request that is wrong. */
  readonly param?: string;
  /** A word for programs. */
  readonly code?: string;
  /** When to try again. Unit: seconds. @default - 5 with 429, 503 and 529, else nothing is said */
  readonly retryAfterSeconds?: number;
}

/** Source: OpenAI API reference, "Error codes", and what its official clients turn into exceptions. */
const TYPES: { readonly [status: number]: string } = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** The answer to a request whose form is wrong; `param` names the field. */
export function badRequest(message: string, param?: string): ApiError {
  return new ApiError(400, message, { param });
}
