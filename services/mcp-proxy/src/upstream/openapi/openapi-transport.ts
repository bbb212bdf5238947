import { ErrorCode, isObject } from '../../protocol/json-rpc';
import { type Call, METHOD_NOT_FOUND } from '../call';
import type { Connections } from '../connections';
import { failure, HttpRefusal, refusalKind } from '../failures';
import { ResultAnswer } from '../result-text';
import type { Transport, WithCall } from '../transport';
import { FailureKind, type JsonObject, type UpstreamAnswer, type UpstreamOffer } from '../upstream';
import { BodyExchange, type HttpAnswer } from './body-exchange';
import { type OperationRequest, operationRequest, UnusableArguments } from './operation-request';
import { type Operation, readOperations } from './operations';

interface Api {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly basePath: string;
}

/**
 * A plain HTTP API that an OpenAPI 3 document describes, as mcpo and FastAPI serve it: each operation is a tool. The
 * document is the endpoint itself when its path ends in `.json`, else `<endpoint>/openapi.json`. Requests go to the
 * endpoint's own origin only, whatever the document says.
 */
export class OpenApiTransport implements Transport {
  private api?: Api;
  private loading?: Promise<Api>;

  constructor(
    private readonly connections: Connections,
    private readonly withCall: WithCall,
  ) {}

  public async discover(withCall: WithCall): Promise<UpstreamOffer> {
    return withCall('openapi', {}, async (call) => {
      const document = await this.fetchDocument(call);
      this.api = this.read(document);
      const { info } = document;
      return {
        serverInfo: isObject(info) ? { name: info.title, version: info.version } : {},
        capabilities: { tools: {} },
        protocolVersion: `openapi ${document.openapi}`,
        tools: [...this.api.operations.values()].map(({ tool }) => tool),
        prompts: [],
        resources: [],
        resourceTemplates: [],
      };
    });
  }

  public async send(call: Call): Promise<UpstreamAnswer> {
    const { method, params } = call.request;
    if (method !== 'tools/call') return METHOD_NOT_FOUND;
    const { operations, basePath } = this.api ?? (await call.waitFor(this.load()));
    const operation = operations.get(String(params.name));
    if (!operation) return { error: { code: ErrorCode.INVALID_PARAMS, message: 'Unknown tool' } };
    let request: OperationRequest;
    try {
      request = operationRequest(operation, basePath, isObject(params.arguments) ? params.arguments : {});
    } catch (error) {
      if (error instanceof UnusableArguments) return toolResult(error.message, true);
      throw error;
    }
    const exchange = new BodyExchange();
    const headers = [
      'accept',
      'application/json',
      ...(request.body === null ? [] : ['content-type', 'application/json']),
    ];
    this.connections.send(request.method, headers, request.body, exchange, request.path);
    return answerOf(await call.follow(exchange));
  }

  public async close(): Promise<void> {
    await this.connections.close();
  }

  private load(): Promise<Api> {
    this.loading ??= this.withCall('openapi', {}, async (call) => {
      this.api = this.read(await this.fetchDocument(call));
      return this.api;
    }).finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async fetchDocument(call: Call): Promise<JsonObject> {
    const { pathname, search } = this.connections.endpoint;
    const path = isDocument(pathname) ? pathname : `${withoutSlash(pathname)}/openapi.json`;
    const exchange = new BodyExchange();
    this.connections.send('GET', ['accept', 'application/json'], null, exchange, path + search);
    const { status, body } = await call.follow(exchange);
    if (status >= 400) throw new HttpRefusal(refusalKind(status), status);
    let document: unknown;
    try {
      document = JSON.parse(body.text());
    } catch (error) {
      throw failure(FailureKind.BROKEN_ANSWER, error);
    }
    if (isObject(document) && /^3\./.test(String(document.openapi))) return document;
    throw failure(FailureKind.BROKEN_ANSWER, 'not an OpenAPI 3 document');
  }

  private read(document: JsonObject): Api {
    return { operations: readOperations(document), basePath: this.basePath(document) };
  }

  /** Where the document says that its paths begin, if that is at the endpoint's origin. */
  private basePath({ servers }: JsonObject): string {
    const { endpoint } = this.connections;
    const { pathname } = endpoint;
    const folder = isDocument(pathname) ? pathname.slice(0, pathname.lastIndexOf('/')) : pathname;
    const first = Array.isArray(servers) && isObject(servers[0]) ? servers[0].url : undefined;
    const base = `${endpoint.origin}${withoutSlash(folder)}/`;
    const url = typeof first === 'string' && URL.canParse(first, base) ? new URL(first, base) : undefined;
    return withoutSlash(url?.origin === endpoint.origin ? url.pathname : folder);
  }
}

function isDocument(pathname: string): boolean {
  return pathname.endsWith('.json');
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function answerOf({ status, type, body }: HttpAnswer): UpstreamAnswer {
  if (status === 401 || status === 403 || status === 429 || (status >= 502 && status <= 504)) {
    throw new HttpRefusal(refusalKind(status), status);
  }
  if (type.startsWith('image/') && status < 400) {
    return new ResultAnswer({ content: [{ type: 'image', data: body.base64(), mimeType: type }] });
  }
  return toolResult(body.text(), status >= 400);
}

/** The API's own words, also when it refuses: the model can correct its arguments by them. */
function toolResult(text: string, isError: boolean): UpstreamAnswer {
  const structuredContent = isError ? undefined : asObject(text);
  return new ResultAnswer({
    content: [{ type: 'text', text }],
    ...(structuredContent && { structuredContent }),
    ...(isError && { isError: true }),
  });
}

function asObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}
