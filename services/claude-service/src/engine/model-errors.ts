import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { ChatTooLong, ModelError } from './engine';

/** Attempts after the first one. */
const RETRIES = 2;
/** No attempt begins later after the first: a gateway in between makes attempts of its own. Unit: milliseconds. */
const LONGEST_WAIT_MS = 10_000;
const FIRST_PAUSE_MS = 500;

/**
 * How long to wait before a failed call is made again; undefined where that is no use. A limit that lasts longer than
 * anybody waits is told to the caller, who can come back.
 */
export function pauseBeforeRetry(error: unknown, attempt: number, sinceFirstMs: number): number | undefined {
  const asked = retryAfterSeconds(error);
  const pause = asked === undefined ? FIRST_PAUSE_MS * 2 ** attempt : asked * 1000;
  return attempt < RETRIES && isPassing(error) && sinceFirstMs + pause <= LONGEST_WAIT_MS ? pause : undefined;
}

function isPassing(error: unknown): boolean {
  if (error instanceof APIConnectionError) {
    return true;
  }
  const status = statusOf(error);
  return status === 408 || status === 409 || status === 429 || (status !== undefined && status >= 500);
}

/** The status of an error; an event `error` in a stream has only a type. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof APIError)) {
    return undefined;
  }
  return error.status ?? STATUS_OF_TYPE[error.type ?? ''];
}

/** Source: Claude docs, "Errors". */
const STATUS_OF_TYPE: { readonly [type: string]: number } = {
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

function retryAfterSeconds(error: unknown): number | undefined {
  const header = error instanceof APIError ? error.headers?.get('retry-after') : undefined;
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** What a caller may know of an error of the model's API: nothing of keys, addresses and other people's requests. */
export function modelError(error: unknown): ModelError {
  const text = error instanceof APIError ? (error.apiMessage ?? '') : '';
  // LiteLLM answers 500 for it, and quotes the API.
  const status = /"type":\s*"overloaded_error"/.test(text) ? 529 : statusOf(error);
  return Object.assign(errorOfStatus(status, innermost(text), retryAfterSeconds(error)), { cause: error });
}

/** The API's own sentence, where a gateway has wrapped its answer into one of its own. */
function innermost(text: string): string {
  return /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
}

/** As the API says it, Bedrock, and LiteLLM of any of them. */
const TOO_LONG = /too long|too many (?:\w+ )?tokens|context.?(?:window|length|limit)/i;

/** The same by the status of the API's answer; undefined where there was none. */
export function errorOfStatus(status: number | undefined, text: string, retryAfter?: number): ModelError {
  switch (status) {
    case 413:
      return new ChatTooLong();
    case 400:
      return TOO_LONG.test(text)
        ? new ChatTooLong()
        : new ModelError(`The model's API does not accept this chat: ${text.slice(0, 300)}`, 400);
    case 401:
    case 403:
      return new ModelError("The model's API does not accept the service's key. Tell an administrator.", 502);
    case 402:
      return new ModelError("The account at the model's API has no credit. Tell an administrator.", 502);
    case 404:
      return new ModelError("The model's API does not know the model. Tell an administrator.", 502);
    case 429:
      return new ModelError('The model has too many requests. Try again in a moment.', 429, retryAfter);
    case 529:
      return new ModelError('The model is overloaded. Try again in a moment.', 529, retryAfter);
    case 503:
      return new ModelError('The model is not available. Try again in a moment.', 503, retryAfter);
    default:
      return new ModelError(
        status === undefined
          ? "The connection to the model's API failed. Try again in a moment."
          : `The model's API failed with status ${status}. Try again in a moment.`,
        502,
        retryAfter,
      );
  }
}
