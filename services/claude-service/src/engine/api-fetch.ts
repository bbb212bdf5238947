import { type Dispatcher, request } from 'undici';

/** The `fetch` that Anthropic's SDK takes. */
type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` for Anthropic's SDK over undici's plain requests. Undici's own `fetch` passes each piece of an answer through
 * a web stream, which takes about a millisecond until the first one is there. What the SDK reads of a response is here:
 * status, headers, the body as an async iterable, and its text for errors. Redirects are not followed, so that the key
 * goes to no other address than the one that is configured.
 */
export function apiFetch(dispatcher: Dispatcher): Fetch {
  return async (url, init = {}) => {
    const { method, headers, body, signal } = init;
    const answer = await request(String(url), {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(new Headers(headers)),
      body: body as string,
      signal,
    });
    const response = {
      url: String(url),
      status: answer.statusCode,
      ok: answer.statusCode >= 200 && answer.statusCode < 300,
      headers: headersOf(answer),
      body: answer.body,
      text: () => answer.body.text(),
      json: () => answer.body.json(),
    };
    return response as unknown as Response;
  };
}

function headersOf(answer: Dispatcher.ResponseData): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  return headers;
}
