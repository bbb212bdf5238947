import type { IncomingHttpHeaders } from 'node:http';
import { ErrorCode, isObject, isRequest, type JsonRpcMessage, ProtocolError } from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import { isLegacy, isModern, SUPPORTED_VERSIONS } from '../protocol/versions';
import { decodedHeader } from '../upstream/parameter-headers';
import { type JsonObject, ProtocolEra } from '../upstream/upstream';
import { capabilitiesIn, SESSION_HEADER } from './session-id';

/** What a message says of its client. */
export interface Exchange {
  readonly era: ProtocolEra;
  /** What the client can do: elicitation, sampling, roots. */
  readonly capabilities: JsonObject;
  /** Only of clients with a handshake. */
  readonly sessionId?: string;
}

const BAD_REQUEST = 400;

/**
 * Which family of versions a message belongs to, and whether it is well-formed in it. The body decides; the headers
 * have to agree (2026-07-28, "Streamable HTTP": "Standard request headers"). Error: `ProtocolError`.
 */
export function exchangeOf(message: JsonRpcMessage, headers: IncomingHttpHeaders): Exchange {
  const header = single(headers['mcp-protocol-version']);
  const meta = isObject(message.params?._meta) ? message.params._meta : undefined;
  if (meta !== undefined && META.protocolVersion in meta) return modernExchange(message, meta, headers, header);
  if (header !== undefined && isModern(header)) {
    if (message.method === 'initialize') {
      throw mismatch(`initialize belongs to versions before ${header}, which the MCP-Protocol-Version header names`);
    }
    if (!isRequest(message)) return { era: ProtocolEra.MODERN, capabilities: {} };
    throw new ProtocolError(
      ErrorCode.INVALID_PARAMS,
      `params._meta lacks ${META.protocolVersion}, which version ${header} requires`,
      BAD_REQUEST,
    );
  }
  if (header !== undefined && !isLegacy(header)) throw unsupported(header);
  const sessionId = single(headers[SESSION_HEADER]);
  return { era: ProtocolEra.LEGACY, capabilities: capabilitiesIn(sessionId), sessionId };
}

function modernExchange(
  message: JsonRpcMessage,
  meta: JsonObject,
  headers: IncomingHttpHeaders,
  header: string | undefined,
): Exchange {
  const version = meta[META.protocolVersion];
  const capabilities = meta[META.clientCapabilities];
  if (typeof version !== 'string') throw invalidMeta(META.protocolVersion);
  if (isRequest(message)) {
    if (!isObject(capabilities)) throw invalidMeta(META.clientCapabilities);
    const info = meta[META.clientInfo];
    if (info !== undefined && !(isObject(info) && typeof info.name === 'string')) throw invalidMeta(META.clientInfo);
  }
  if (header !== undefined && header !== version) {
    throw mismatch(`the body names version ${version}, the MCP-Protocol-Version header ${header}`);
  }
  const method = single(headers['mcp-method']);
  if (method !== undefined && method !== message.method) {
    throw mismatch(`the body names the method ${message.method}, the Mcp-Method header ${method}`);
  }
  if (!isModern(version)) throw unsupported(version);
  if (isRequest(message)) {
    if (header === undefined) throw mismatch('the MCP-Protocol-Version header is missing');
    if (method === undefined) throw mismatch('the Mcp-Method header is missing');
    checkNameHeader(message.method, message.params, single(headers['mcp-name']));
  }
  return { era: ProtocolEra.MODERN, capabilities: isObject(capabilities) ? capabilities : {} };
}

/** The methods whose subject stands in `Mcp-Name`, and where it stands in the body. */
const NAMED_BY: { readonly [method: string]: string } = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

function checkNameHeader(method: string, params: JsonObject | undefined, header: string | undefined): void {
  const field = Object.hasOwn(NAMED_BY, method) ? NAMED_BY[method] : undefined;
  const name = field === undefined ? undefined : params?.[field];
  if (typeof name !== 'string') return;
  if (header === undefined) throw mismatch('the Mcp-Name header is missing');
  const decoded = decodedHeader(header);
  if (decoded === undefined) throw mismatch('the Mcp-Name header is not valid Base64');
  if (decoded !== name) throw mismatch(`params.${field} and the Mcp-Name header differ`);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function mismatch(what: string): ProtocolError {
  return new ProtocolError(ErrorCode.HEADER_MISMATCH, `Headers and body disagree: ${what}`, BAD_REQUEST);
}

function invalidMeta(key: string): ProtocolError {
  return new ProtocolError(ErrorCode.INVALID_PARAMS, `params._meta: ${key} is missing or not valid`, BAD_REQUEST);
}

function unsupported(requested: string): ProtocolError {
  return new ProtocolError(ErrorCode.UNSUPPORTED_VERSION, 'Unsupported protocol version', BAD_REQUEST, {
    supported: SUPPORTED_VERSIONS,
    requested,
  });
}
