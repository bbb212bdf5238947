import { ErrorCode, isObject } from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import { MODERN_VERSIONS } from '../protocol/versions';
import type { Call } from './call';
import type { Connections } from './connections';
import { failure, HttpRefusal } from './failures';
import type { ListWatch } from './list-watch';
import { readIntroduction, readOffer, type ServerIntroduction } from './offer';
import { headerText, mirroredParameters, type ParameterHeader, parameterHeaders } from './parameter-headers';
import { RpcExchange } from './rpc-exchange';
import { CLIENT_INFO, type WithCall } from './transport';
import {
  FailureKind,
  type JsonObject,
  type JsonRpcError,
  ProtocolEra,
  type UpstreamAnswer,
  type UpstreamMessage,
  type UpstreamOffer,
  type UpstreamRequest,
} from './upstream';

const MODERN_VERSION = MODERN_VERSIONS[0];
const NO_CAPABILITIES = {};
/**
 * A server of this era sends log lines only to whoever names a level in the request. Callers of the older era, who name
 * none there, get what servers of theirs usually send unasked.
 */
const LEGACY_LOG_LEVEL = 'info';
/** Only a server of this era answers so. */
export const MODERN_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.HEADER_MISMATCH,
  ErrorCode.MISSING_CAPABILITY,
  ErrorCode.UNSUPPORTED_VERSION,
]);

/** The server is of the older era: it has to be asked by `initialize`. */
export class LegacyServerFound extends Error {}

/**
 * A server of specification 2026-07-28: no session, each request stands alone, so nothing of one caller can stay
 * behind for the next one.
 */
export class ModernServer {
  private readonly baseHeaders: string[] = [
    'content-type',
    'application/json',
    'accept',
    'application/json, text/event-stream',
    'mcp-protocol-version',
    MODERN_VERSION,
  ];
  /** Which arguments go into headers too, by tool: known from the last discovery. */
  private mirrored = new Map<string, ParameterHeader[]>();

  constructor(private readonly connections: Connections) {}

  /** Error: `LegacyServerFound`, or `UpstreamFailure`. */
  public async introduce(withCall: WithCall): Promise<ServerIntroduction> {
    let answer: UpstreamAnswer;
    try {
      answer = await withCall('server/discover', {}, (call) => this.send(call));
    } catch (error) {
      // A refusal without a modern error, or an answer that makes no sense, is how older servers meet what they do
      // not know. A connection that fails says nothing of the era.
      if (error instanceof HttpRefusal ? isEraNeutral(error) : isKind(error, FailureKind.BROKEN_ANSWER)) {
        throw new LegacyServerFound();
      }
      throw error;
    }
    if ('error' in answer) throw this.eraOf(answer.error.code);
    const { supportedVersions, _meta } = answer.result;
    if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION)) throw new LegacyServerFound();
    const serverInfo = answer.result.serverInfo ?? (isObject(_meta) ? _meta[META.serverInfo] : undefined);
    return readIntroduction({ ...answer.result, serverInfo }, MODERN_VERSION);
  }

  public async discover(withCall: WithCall, introduction?: ServerIntroduction): Promise<UpstreamOffer> {
    const known = introduction ?? (await this.introduce(withCall));
    const offer = await readOffer(known, (method, params) => withCall(method, params, (call) => this.send(call)));
    this.mirrored = mirroredParameters(offer.tools);
    return offer;
  }

  /** Opens the stream of changed lists (`subscriptions/listen`), unless it is open. */
  public watch(watch: ListWatch): void {
    const method = 'subscriptions/listen';
    watch.open((stream) => {
      const params = {
        notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
        _meta: ownMeta(NO_CAPABILITIES),
      };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method, params });
      this.connections.send('POST', this.headers(method, {}, undefined), body, stream);
    });
  }

  public async send(call: Call): Promise<UpstreamAnswer> {
    const { request } = call;
    const { method } = request;
    const params = call.params(metaFor(request));
    const headers = this.headers(method, request.params, request.paramHeaders);
    const body = `{"jsonrpc":"2.0","id":${call.id},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
    // Requests are not of this era; they come back as `input_required` instead.
    const receive = (message: UpstreamMessage) => {
      if (message.id === undefined) call.receive(message, async () => {});
    };
    const exchange = new RpcExchange(call.id, receive, call.maxAnswerBytes);
    this.connections.send('POST', headers, body, exchange);
    try {
      const outcome = await call.follow(exchange);
      if (!('lastEventId' in outcome)) return outcome;
    } catch (error) {
      if (error instanceof HttpRefusal && isAnswer(error)) return { error: error.error };
      throw error;
    }
    throw failure(FailureKind.BROKEN_ANSWER, 'stream ended without the answer');
  }

  private headers(
    method: string,
    params: JsonObject,
    given: { readonly [name: string]: string } | undefined,
  ): string[] {
    const headers = [...this.baseHeaders, 'mcp-method', headerText(method)];
    const name = params.name ?? params.uri;
    if (typeof name === 'string') headers.push('mcp-name', headerText(name));
    if (given) {
      for (const key in given) headers.push(...parameterHeader(key, given[key]));
    } else if (method === 'tools/call' && typeof name === 'string') {
      headers.push(...parameterHeaders(this.mirrored.get(name), params.arguments));
    }
    return headers;
  }

  private eraOf(code: number): Error {
    return MODERN_ERRORS.has(code) && code !== ErrorCode.UNSUPPORTED_VERSION
      ? failure(FailureKind.BROKEN_ANSWER, `server/discover answered with error ${code}`)
      : new LegacyServerFound();
  }
}

function metaFor({ era, onMessage, params, clientCapabilities = NO_CAPABILITIES }: UpstreamRequest): JsonObject {
  const meta = ownMeta(clientCapabilities);
  const given = isObject(params._meta) ? params._meta[META.logLevel] : undefined;
  if (era === ProtocolEra.LEGACY && onMessage && given === undefined) meta[META.logLevel] = LEGACY_LOG_LEVEL;
  return meta;
}

function ownMeta(clientCapabilities: JsonObject): JsonObject {
  return {
    [META.protocolVersion]: MODERN_VERSION,
    [META.clientInfo]: CLIENT_INFO,
    [META.clientCapabilities]: clientCapabilities,
  };
}

const PARAMETER_HEADER = /^mcp-param-[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/i;

/** A caller's header, when it is one of those that may be passed on and its value is a header's. */
function parameterHeader(name: string, value: string | undefined): string[] {
  return PARAMETER_HEADER.test(name) && value !== undefined && /^[\t\x20-\x7e]*$/.test(value) ? [name, value] : [];
}

/** -32000 is what older servers say to a request without a session, and nothing that this version knows. */
function isAnswer(refusal: HttpRefusal): refusal is HttpRefusal & { readonly error: JsonRpcError } {
  return (
    refusal.error !== undefined && refusal.error.code !== -32000 && refusal.kind !== FailureKind.CREDENTIAL_REFUSED
  );
}

function isEraNeutral({ status, error, kind }: HttpRefusal): boolean {
  return kind === FailureKind.BROKEN_ANSWER && status < 600 && !(error && MODERN_ERRORS.has(error.code));
}

function isKind(error: unknown, kind: FailureKind): boolean {
  return (error as { kind?: unknown }).kind === kind;
}
