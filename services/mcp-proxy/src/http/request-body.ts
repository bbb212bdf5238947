import type { IncomingMessage } from 'node:http';

/** Largest body that is read. Unit: bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A body that is larger than it may be. */
export class BodyTooLarge extends Error {}

/** A body that ended before its length. */
export class BodyIncomplete extends Error {}

/**
 * A client that is cut off while it writes never reads why. What is left of a body that is too large is therefore taken
 * in and thrown away, this much of it and this long.
 */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARDING_MS = 1_000;

/** The whole body as text. Error: `BodyTooLarge` or, when the caller left, `BodyIncomplete`. */
export function readBody(request: IncomingMessage, maxBytes = MAX_BODY_BYTES): Promise<string> {
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let bytes = 0;
    let patience: NodeJS.Timeout | undefined;
    const tooLarge = () => {
      first = undefined;
      rest = undefined;
      patience ??= setTimeout(() => reject(new BodyTooLarge()), MAX_DISCARDING_MS);
    };
    if (Number(request.headers['content-length']) > maxBytes) tooLarge();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (patience || bytes > maxBytes) {
        tooLarge();
        if (bytes > MAX_DISCARDED_BYTES) request.destroy();
      } else if (first === undefined) first = chunk;
      else {
        rest ??= [first];
        rest.push(chunk);
      }
    });
    request.on('end', () => {
      clearTimeout(patience);
      if (patience) reject(new BodyTooLarge());
      else resolve((rest ? Buffer.concat(rest, bytes) : first)?.toString('utf8') ?? '');
    });
    request.on('close', () => {
      clearTimeout(patience);
      if (!request.complete) reject(new BodyIncomplete());
    });
    // What follows is the close of the connection.
    request.on('error', () => {});
  });
}
