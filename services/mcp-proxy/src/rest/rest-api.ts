import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tenant } from '../../../../constructs/tenants';
import { AnswerStream } from '../http/answer-stream';
import { sendDetail, sendJson } from '../http/answers';
import { BodyIncomplete, BodyTooLarge, readBody } from '../http/request-body';
import type { Caller } from '../identity/caller';
import { accessDenied } from '../mcp/call-refusals';
import type { Calls, RequestOrigin } from '../mcp/calls';
import { type DynamicToolset, isDynamicTool } from '../mcp/dynamic-toolset';
import { type CatalogueLookup, targetOf } from '../mcp/targets';
import { ErrorCode, isObject, ProtocolError } from '../protocol/json-rpc';
import type { JsonObject, UpstreamAnswer } from '../upstream/upstream';
import { openApiDocument } from './openapi';
import type { RefreshLimit } from './refresh-limit';
import { statusOf } from './rest-status';

export interface RestApiOptions {
  readonly catalogues: CatalogueLookup & { refresh(tenantIds: readonly string[]): Promise<void> };
  readonly calls: Calls;
  readonly dynamicToolset: DynamicToolset;
  readonly publicUrl: string;
  readonly version: string;
  tenant(tenantId: string): Tenant | undefined;
  /** The tenants that the caller may use. */
  tenantIds(caller: Caller): readonly string[];
  readonly refreshLimit: RefreshLimit;
}

/** Who sends a request. */
export interface RestFrom {
  readonly caller: Caller;
  readonly origin: RequestOrigin;
}

const META_PATH = '/meta/';
const REST_SCOPE = {};

/** The HTTP interface of the first gateway, which the Open WebUI bridge and OpenAPI tool servers use. */
export class RestApi {
  constructor(private readonly options: RestApiOptions) {}

  public async serve(request: IncomingMessage, response: ServerResponse, path: string, from: RestFrom): Promise<void> {
    try {
      if (request.method === 'GET') this.get(response, path, from.caller);
      else if (request.method === 'POST') await this.post(response, path, from, await bodyOf(request));
      else sendDetail(response, 405, 'Method Not Allowed', { allow: 'GET, POST' });
    } catch (error) {
      if (error instanceof BodyTooLarge) sendDetail(response, 413, 'The body is too large');
      else if (error instanceof ProtocolError) {
        const { status, detail, headers } = statusOf(error);
        sendDetail(response, status, detail, headers);
      } else if (!(error instanceof BodyIncomplete)) throw error;
    }
  }

  private get(response: ServerResponse, path: string, caller: Caller): void {
    const { publicUrl, version } = this.options;
    if (path === '/tools') sendJson(response, 200, this.tools(caller));
    else if (path === '/tenants') sendJson(response, 200, JSON.stringify({ tenants: this.tenants(caller) }));
    else if (path === '/openapi.json') sendJson(response, 200, openApiDocument(publicUrl, version));
    else sendDetail(response, 404, 'Not Found');
  }

  private async post(response: ServerResponse, path: string, from: RestFrom, body: JsonObject): Promise<void> {
    const { dynamicToolset, tenantIds } = this.options;
    const dynamicTool = path.startsWith(META_PATH) ? path.slice(META_PATH.length) : undefined;
    if (path === '/refresh') await this.refresh(response, from.caller);
    else if (dynamicTool === undefined) await this.call(response, nameIn(path), body, from);
    else if (!isDynamicTool(dynamicTool)) sendDetail(response, 404, 'Not Found');
    else {
      const called = dynamicToolset.callOf(dynamicTool, body);
      if (called) await this.call(response, called.name, called.arguments, from);
      else {
        const found = dynamicToolset.find(dynamicTool, body, tenantIds(from.caller));
        sendJson(response, 200, JSON.stringify(found));
      }
    }
  }

  private async call(
    response: ServerResponse,
    shownName: string,
    args: JsonObject,
    { caller, origin }: RestFrom,
  ): Promise<void> {
    const { catalogues, calls } = this.options;
    const target = targetOf(REST_SCOPE, shownName, (id, name) => catalogues.of(id)?.tools.has(name) === true);
    const { signal } = new AnswerStream(response, { json: true, events: false });
    const params = { name: shownName, arguments: args };
    const answer = await calls.run({ caller, origin, method: 'tools/call', target, params, signal });
    sendJson(response, 200, resultJson(answer));
  }

  private async refresh(response: ServerResponse, caller: Caller): Promise<void> {
    const tenantIds = this.options.tenantIds(caller);
    if (tenantIds.length === 0) throw accessDenied();
    const waitSeconds = this.options.refreshLimit.waitSeconds(caller);
    if (waitSeconds > 0) {
      const data = { retryAfterSeconds: waitSeconds };
      throw new ProtocolError(ErrorCode.RATE_LIMITED, 'The catalogues were just read', 200, data);
    }
    await this.options.catalogues.refresh(tenantIds);
    sendJson(response, 200, JSON.stringify({ refreshed: tenantIds, tools_cached: this.toolCount(tenantIds) }));
  }

  private tools(caller: Caller): string {
    const entries = this.options.tenantIds(caller).flatMap((tenant) => {
      const tools = this.options.catalogues.of(tenant)?.tools.values() ?? [];
      return [...tools].map(({ exposedName, definition }) => ({ ...definition, name: exposedName, tenant }));
    });
    return JSON.stringify({ tools: entries });
  }

  private tenants(caller: Caller): JsonObject[] {
    return this.options.tenantIds(caller).map((tenantId) => ({
      tenant_id: tenantId,
      display_name: this.options.tenant(tenantId)?.displayName,
      tools: this.toolCount([tenantId]),
    }));
  }

  private toolCount(tenantIds: readonly string[]): number {
    return tenantIds.reduce((sum, id) => sum + (this.options.catalogues.of(id)?.tools.size ?? 0), 0);
  }
}

/** The arguments of a call; nothing at all means none. Error: `ProtocolError`. */
async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const text = await readBody(request);
  if (text === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ProtocolError(ErrorCode.PARSE_ERROR, 'The body is not JSON');
  }
  if (!isObject(body)) throw new ProtocolError(ErrorCode.PARSE_ERROR, 'The body is not a JSON object');
  return body;
}

function nameIn(path: string): string {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return path.slice(1);
  }
}

function resultJson(answer: UpstreamAnswer): string {
  if ('error' in answer) throw new ProtocolError(ErrorCode.UPSTREAM_FAILED, answer.error.message);
  if (answer.result.resultType === 'input_required') {
    throw new ProtocolError(ErrorCode.UPSTREAM_FAILED, 'The tool asks for an input, which needs a client of MCP');
  }
  return 'raw' in answer && typeof answer.raw === 'string' ? answer.raw : JSON.stringify(answer.result);
}
