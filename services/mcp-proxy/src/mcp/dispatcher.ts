import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Cancellation } from '../cancellation';
import type { TenantCatalogue } from '../catalogue';
import type { AnswerStream, MessageStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import {
  ErrorCode,
  isObject,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  ProtocolError,
  resultText,
} from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import { type JsonObject, ProtocolEra } from '../upstream/upstream';
import { type AnswerText, answerText } from './answer-text';
import type { RequestOrigin } from './calls';
import type { ClientRequests } from './client-requests';
import { type DynamicToolset, isDynamicTool } from './dynamic-toolset';
import { type Exchange, exchangeOf } from './exchange';
import type { Forwarder } from './forwarder';
import { discoverResult, initializeResult, type ServerIdentity } from './handshake';
import { isList, listEntries, listResult } from './lists';
import type { RunningCalls } from './running-calls';
import { SESSION_HEADER, sessionIdFor } from './session-id';
import type { Subscriptions } from './subscriptions';
import { type CatalogueLookup, resourceOwner, type Scope, type Target, targetOf } from './targets';

/** One message and who sent it where. */
export interface Incoming {
  readonly caller: Caller;
  readonly scope: Scope;
  readonly origin: RequestOrigin;
  readonly headers: IncomingHttpHeaders;
  readonly message: JsonRpcMessage;
  readonly stream: MessageStream;
  /** The whole answer, which only a message that came alone has to itself. */
  readonly wholeStream?: AnswerStream;
}

/** What a message is answered by; nothing when there is no answer, or it goes another way. */
export type Outgoing = (AnswerText & { readonly headers?: OutgoingHttpHeaders }) | undefined;

export interface DispatcherOptions {
  readonly identity: ServerIdentity;
  readonly catalogues: CatalogueLookup;
  readonly forwarder: Forwarder;
  readonly clientRequests: ClientRequests;
  readonly runningCalls: RunningCalls;
  readonly subscriptions: Subscriptions;
  readonly dynamicToolset: DynamicToolset;
  /** The tenants that a caller may use, within the scope. */
  tenantIds(caller: Caller, scope: Scope): readonly string[];
}

/** Clients keep their log level and their subscriptions to themselves: towards them the gateway has no state. */
const ACCEPTED_WITHOUT_EFFECT = new Set(['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']);

/** Answers the messages of MCP. What is known here is answered here; calls go to the tenant's server. */
export class Dispatcher {
  private readonly serverMeta: string;

  constructor(private readonly options: DispatcherOptions) {
    this.serverMeta = JSON.stringify({ [META.serverInfo]: options.identity });
  }

  /** Error: `ProtocolError`. */
  public dispatch(incoming: Incoming): Outgoing | Promise<Outgoing> {
    const { message, headers, caller } = incoming;
    const exchange = exchangeOf(message, headers);
    if (isRequest(message)) return this.answer(incoming, message, exchange);
    if (message.method === undefined) {
      if (exchange.era === ProtocolEra.MODERN) {
        throw new ProtocolError(ErrorCode.INVALID_REQUEST, 'Answers are not posted in this version', 400);
      }
      this.options.clientRequests.answer(caller, message);
    } else if (message.method === 'notifications/cancelled') {
      this.options.runningCalls.cancel(caller, exchange.sessionId, message);
    }
    return undefined;
  }

  private answer(incoming: Incoming, request: JsonRpcRequest, exchange: Exchange): Outgoing | Promise<Outgoing> {
    const { caller, scope } = incoming;
    const { id, method, params } = request;
    const { era } = exchange;
    if (method === 'tools/call') return this.callTool(incoming, request, exchange);
    if (isList(method)) return { status: 200, json: resultText(id, this.list(incoming, request, era)) };
    if (method === 'prompts/get' || method === 'resources/read' || method === 'completion/complete') {
      const target = this.targetFor(incoming, request);
      return this.forward(incoming, request, exchange, target, paramHeadersOf(incoming, era));
    }
    const own = scope.tenantId !== undefined;
    if (era === ProtocolEra.MODERN) {
      if (method === 'server/discover') {
        const result = discoverResult(this.offered(caller, scope), this.options.identity, own);
        return { status: 200, json: resultText(id, result) };
      }
      if (method === 'subscriptions/listen' && incoming.wholeStream) {
        this.options.subscriptions.listen(caller, scope, request, incoming.wholeStream);
        return undefined;
      }
    } else if (method === 'initialize') {
      const result = initializeResult(params, this.offered(caller, scope), this.options.identity, own);
      const headers = { [SESSION_HEADER]: sessionIdFor(params?.capabilities) };
      return { status: 200, json: resultText(id, result), headers };
    } else if (ACCEPTED_WITHOUT_EFFECT.has(method)) return { status: 200, json: resultText(id, '{}') };
    throw unknownMethod(method, era);
  }

  private list({ caller, scope }: Incoming, { method, params }: JsonRpcRequest, era: ProtocolEra): string {
    if (params?.cursor !== undefined) {
      throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'There is no such page: lists come whole');
    }
    const { catalogues, dynamicToolset } = this.options;
    const tenantIds = this.options.tenantIds(caller, scope);
    if (method === 'tools/list') {
      const entries = scope.dynamic
        ? dynamicToolset.listEntries
        : listEntries(method, scope, tenantIds, catalogues, era);
      return listResult(method, entries, era, this.serverMeta);
    }
    const capability = method.slice(0, method.indexOf('/'));
    if (!this.offered(caller, scope).some(({ capabilities }) => isObject(capabilities[capability]))) {
      throw unknownMethod(method, era);
    }
    return listResult(method, listEntries(method, scope, tenantIds, catalogues, era), era, this.serverMeta);
  }

  private callTool(incoming: Incoming, request: JsonRpcRequest, exchange: Exchange): Outgoing | Promise<Outgoing> {
    const name = request.params?.name;
    if (typeof name !== 'string') throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'params.name is not a text');
    if (incoming.scope.dynamic && isDynamicTool(name)) {
      return this.callDynamicTool(incoming, request, exchange, name);
    }
    const target = this.toolTarget(incoming.scope, name);
    return this.forward(incoming, request, exchange, target, paramHeadersOf(incoming, exchange.era));
  }

  /** Searching and describing are answered here; calling goes the way of any call, under the name of the real tool. */
  private callDynamicTool(
    incoming: Incoming,
    request: JsonRpcRequest,
    exchange: Exchange,
    dynamicTool: string,
  ): Outgoing | Promise<Outgoing> {
    const { caller, scope } = incoming;
    const params = request.params ?? {};
    const given = isObject(params.arguments) ? params.arguments : {};
    const called = this.options.dynamicToolset.callOf(dynamicTool, given);
    if (called) {
      const target = this.toolTarget(scope, called.name);
      // Its headers, if it has any, are about `call_tool`.
      return this.forward(incoming, { ...request, params: { ...params, ...called } }, exchange, target);
    }
    const tenantIds = this.options.tenantIds(caller, scope);
    const result = this.options.dynamicToolset.answer(dynamicTool, given, tenantIds);
    return answerText(request.id, exchange.era, request.method, { result });
  }

  private async forward(
    incoming: Incoming,
    request: JsonRpcRequest,
    exchange: Exchange,
    target: Target,
    paramHeaders?: { readonly [name: string]: string },
  ): Promise<Outgoing> {
    const { caller, origin, stream } = incoming;
    const { id, method, params = {} } = request;
    const { era, sessionId } = exchange;
    const { forwarder, runningCalls } = this.options;
    const running =
      sessionId === undefined
        ? undefined
        : runningCalls.enter({ caller, sessionId, id, cancellation: cancellationBy(stream) });
    const signal = running ? running.item.cancellation : stream.signal;
    try {
      const forwarded = { caller, origin, exchange, method, target, params, paramHeaders, stream, signal };
      return answerText(id, era, method, await forwarder.forward(forwarded));
    } finally {
      if (running) runningCalls.leave(running);
    }
  }

  private targetFor({ caller, scope }: Incoming, { method, params }: JsonRpcRequest): Target {
    const completes = method === 'completion/complete';
    const subject = completes ? params?.ref : (params ?? {});
    if (!isObject(subject)) throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'params.ref is missing');
    const { name, uri } = subject;
    if (method === 'prompts/get' || (completes && subject.type === 'ref/prompt')) {
      if (typeof name !== 'string')
        throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'The name of a prompt is missing');
      return targetOf(scope, name, (tenantId, own) => this.options.catalogues.of(tenantId)?.prompts.has(own) === true);
    }
    if (typeof uri !== 'string') throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'The URI of a resource is missing');
    if (scope.tenantId !== undefined) return { tenantId: scope.tenantId, name: uri };
    const owner = resourceOwner(this.options.tenantIds(caller, scope), uri, this.options.catalogues);
    return { tenantId: owner ?? '', name: uri };
  }

  private toolTarget(scope: Scope, name: string): Target {
    return targetOf(scope, name, (tenantId, own) => this.options.catalogues.of(tenantId)?.tools.has(own) === true);
  }

  private offered(caller: Caller, scope: Scope): TenantCatalogue[] {
    return this.options.tenantIds(caller, scope).flatMap((id) => this.options.catalogues.of(id) ?? []);
  }
}

/** Cancelled when the caller leaves, or by name. */
function cancellationBy({ signal }: MessageStream): Cancellation {
  const cancellation = new Cancellation();
  signal.addEventListener('abort', () => cancellation.abort());
  return cancellation;
}

function unknownMethod(method: string, era: ProtocolEra): ProtocolError {
  const status = era === ProtocolEra.MODERN ? 404 : 200;
  return new ProtocolError(ErrorCode.METHOD_NOT_FOUND, `Method not found: ${method}`, status);
}

/** The caller's `Mcp-Param-*`; nothing for a caller whose protocol has none. */
function paramHeadersOf({ headers }: Incoming, era: ProtocolEra): { [name: string]: string } | undefined {
  if (era !== ProtocolEra.MODERN) return undefined;
  const found: JsonObject = {};
  for (const name in headers) if (name.startsWith('mcp-param-')) found[name] = headers[name];
  return found as { [name: string]: string };
}
