import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendEmpty } from './answers';

/** How long a browser may remember the answer to its question. Unit: seconds. */
const MAX_AGE_SECONDS = '600';
const ANSWERED_HEADERS = 'mcp-session-id, www-authenticate, retry-after';

/**
 * Tells a browser, whose origin was found to be allowed, that its page may read the answer (Fetch standard, CORS).
 * True when the request was only the browser's question beforehand, which is answered by this.
 */
export function answerBrowser(request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', ANSWERED_HEADERS);
  response.setHeader('vary', 'Origin');
  const asked = request.headers['access-control-request-headers'];
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  sendEmpty(response, 204, {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': asked ?? '*',
    'access-control-max-age': MAX_AGE_SECONDS,
  });
  return true;
}
