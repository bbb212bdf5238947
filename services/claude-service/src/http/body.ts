import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from './api-error';

/** A chat with some pictures; the model's API itself takes 32 MB at most (Claude docs, "Request size limits"). */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** A body that does not come is given up. Unit: milliseconds. */
const BODY_TIMEOUT_MS = 30_000;

/** The JSON object of a request's body. Error: `ApiError` 400, 408 or 413. */
export function readJsonObject(
  request: IncomingMessage,
  maxBytes = MAX_BODY_BYTES,
): Promise<{ readonly [key: string]: unknown }> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => stop(new ApiError(408, 'The body did not come in time.')), BODY_TIMEOUT_MS);
    const stop = (error: ApiError) => {
      clearTimeout(timer);
      // What still comes is thrown away, so that the answer can be read before the connection ends.
      request.off('data', collect).resume();
      reject(error);
    };
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) stop(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    request.on('data', collect);
    request.once('error', () => stop(badRequest('The body was cut off.')));
    request.once('end', () => {
      clearTimeout(timer);
      try {
        resolve(parseObject(Buffer.concat(chunks, length)));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function parseObject(body: Buffer): { readonly [key: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw badRequest('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('The body is not a JSON object.');
  }
  return value as { readonly [key: string]: unknown };
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(413, `The body is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB: send less history.`, {
    code: 'request_too_large',
  });
}
