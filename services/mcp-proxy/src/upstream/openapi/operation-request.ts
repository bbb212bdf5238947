import type { JsonObject } from '../upstream';
import type { HttpMethod, Operation } from './operations';

export interface OperationRequest {
  readonly method: HttpMethod;
  readonly path: string;
  /** JSON text. */
  readonly body: string | null;
}

/** The arguments do not make a request; the message is for the model, which can do better. */
export class UnusableArguments extends Error {}

/** The request for a tool call. Error: `UnusableArguments`. */
export function operationRequest(operation: Operation, basePath: string, args: JsonObject): OperationRequest {
  const rest = { ...args };
  const take = (name: string) => {
    const value = Object.hasOwn(rest, name) ? rest[name] : undefined;
    delete rest[name];
    return value;
  };
  let { path } = operation;
  for (const name of operation.pathParameters) path = path.replaceAll(`{${name}}`, pathSegment(name, take(name)));
  const query = new URLSearchParams();
  for (const name of operation.queryParameters) {
    const value = take(name);
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) query.append(name, asText(item));
  }
  const search = query.size > 0 ? `?${query}` : '';
  return { method: operation.method, path: `${basePath}${escaped(path)}${search}`, body: bodyOf(operation, rest) };
}

/** One segment whatever it holds: neither a slash nor dots may lead to another operation. */
function pathSegment(name: string, value: unknown): string {
  const text = value === undefined || value === null ? '' : asText(value);
  if (text === '' || text === '.' || text === '..')
    throw new UnusableArguments(`${name} is missing or has no usable value`);
  return encodeURIComponent(text);
}

/** What a document may have in its paths and a request line may not. */
function escaped(path: string): string {
  return path.replace(/[^!-~]|[?#]/g, (character) => encodeURIComponent(character));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function bodyOf({ body }: Operation, rest: JsonObject): string | null {
  if (body === 'none') return null;
  if (body === 'fields') return JSON.stringify(rest);
  return rest.body === undefined ? null : JSON.stringify(rest.body);
}
