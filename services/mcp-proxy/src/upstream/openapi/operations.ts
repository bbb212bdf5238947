import { isObject } from '../../protocol/json-rpc';
import type { JsonObject } from '../upstream';
import { UnusableSchema, withoutRefs } from './schema-refs';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const METHODS: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** How the arguments of a tool become a request. */
export interface Operation {
  readonly method: HttpMethod;
  /** With `{name}` where a parameter goes, below the base path. */
  readonly path: string;
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly string[];
  /** `fields`: the arguments that are no parameters are the body; `whole`: the argument `body` is. */
  readonly body: 'none' | 'fields' | 'whole';
  /** The tool, as MCP describes it. */
  readonly tool: JsonObject;
}

/** The operations of an OpenAPI 3 document that can be called as tools, by tool name. Others are left out. */
export function readOperations(document: JsonObject): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const [path, item] of Object.entries(isObject(document.paths) ? document.paths : {})) {
    if (!isObject(item) || !path.startsWith('/')) continue;
    for (const method of METHODS) {
      const described = item[method.toLowerCase()];
      if (!isObject(described)) continue;
      const operation = readOperation(document, method, path, item, described);
      const name = operation && String(operation.tool.name);
      if (operation && name && !operations.has(name)) operations.set(name, operation);
    }
  }
  return operations;
}

function readOperation(
  document: JsonObject,
  method: HttpMethod,
  path: string,
  item: JsonObject,
  described: JsonObject,
): Operation | undefined {
  try {
    const parameters = [...parametersOf(document, item), ...parametersOf(document, described)];
    // A header could name a caller, and a cookie a session: an operation that needs one cannot be a tool here.
    if (parameters.some((parameter) => isForbidden(parameter) && parameter.required === true)) return undefined;
    const body = bodyOf(document, described);
    if (!body) return undefined;
    const usable = parameters.filter((parameter) => !isForbidden(parameter));
    const named = (place: string) => [...new Set(usable.filter((p) => p.in === place).map(({ name }) => String(name)))];
    const shape = inputOf(usable, body);
    return {
      method,
      path,
      pathParameters: named('path'),
      queryParameters: named('query'),
      body: shape.body,
      tool: toolOf(method, path, described, shape.inputSchema),
    };
  } catch (error) {
    if (error instanceof UnusableSchema) return undefined;
    throw error;
  }
}

function parametersOf(document: JsonObject, { parameters }: JsonObject): JsonObject[] {
  if (!Array.isArray(parameters)) return [];
  return parameters
    .map((parameter) => withoutRefs(document, parameter))
    .filter((parameter): parameter is JsonObject => isObject(parameter) && typeof parameter.name === 'string');
}

function isForbidden({ in: place }: JsonObject): boolean {
  return place !== 'path' && place !== 'query';
}

interface Body {
  /** Nothing when there is no body. */
  readonly schema?: JsonObject;
  readonly required: boolean;
}

/** Nothing when the body is not JSON. */
function bodyOf(document: JsonObject, { requestBody }: JsonObject): Body | undefined {
  const body = withoutRefs(document, requestBody);
  if (!isObject(body)) return { required: false };
  const json = isObject(body.content) ? body.content['application/json'] : undefined;
  if (!isObject(json)) return body.required === true ? undefined : { required: false };
  return { schema: isObject(json.schema) ? json.schema : {}, required: body.required === true };
}

function inputOf(parameters: readonly JsonObject[], { schema, required }: Body) {
  const properties: JsonObject = {};
  const needed: string[] = [];
  for (const { name, schema: own, description, required: isRequired, in: place } of parameters) {
    const text = typeof description === 'string' ? { description } : {};
    properties[String(name)] = { ...(isObject(own) ? own : {}), ...text };
    if (isRequired === true || place === 'path') needed.push(String(name));
  }
  const fields = isObject(schema?.properties) ? schema.properties : undefined;
  const apart = schema && (!fields || Object.keys(fields).some((name) => Object.hasOwn(properties, name)));
  if (apart) {
    properties.body = schema;
    if (required) needed.push('body');
  } else if (schema && fields) {
    Object.assign(properties, fields);
    if (Array.isArray(schema.required)) needed.push(...schema.required.filter((name) => typeof name === 'string'));
  }
  const inputSchema = { type: 'object', properties, ...(needed.length > 0 && { required: [...new Set(needed)] }) };
  return { inputSchema, body: schema ? (apart ? ('whole' as const) : ('fields' as const)) : ('none' as const) };
}

function toolOf(method: HttpMethod, path: string, described: JsonObject, inputSchema: JsonObject): JsonObject {
  const { operationId, summary, description } = described;
  const given = typeof operationId === 'string' && operationId !== '' ? operationId : `${method.toLowerCase()}${path}`;
  const name = given.replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^_+|_+$/g, '');
  const text = [summary, description].filter((part) => typeof part === 'string' && part !== '').join('\n\n');
  return {
    name,
    ...(typeof summary === 'string' && { title: summary }),
    ...(text !== '' && { description: text }),
    inputSchema,
    ...(method === 'GET' && { annotations: { readOnlyHint: true } }),
  };
}
