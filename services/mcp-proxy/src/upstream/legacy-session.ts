import { notificationText } from '../protocol/json-rpc';
import { isLegacy, LEGACY_VERSIONS } from '../protocol/versions';
import type { AcceptedExchange } from './accepted-exchange';
import type { Call } from './call';
import { failure } from './failures';
import { readIntroduction, type ServerIntroduction } from './offer';
import { CLIENT_INFO } from './transport';
import { FailureKind, type JsonObject, type UpstreamAnswer } from './upstream';

/** One session at a server of specification 2025-11-25 or older. */
export interface LegacySession {
  readonly introduction: ServerIntroduction;
  /** The server keeps something between the requests of this session. */
  readonly hasState: boolean;
  /** The connection that the session lived on is gone. */
  readonly isLost: boolean;
  /** Error: `SessionLost`, or `UpstreamFailure`. */
  send(call: Call): Promise<UpstreamAnswer>;
  /** Listens on the session's own stream, unless it does so already; there is none where the server refuses it. */
  listen(): void;
  /** Ends the session at the server, as far as it can be reached. */
  close(): Promise<void>;
}

/** What the sessions of one server know of its streams. */
export interface SessionStreams {
  /** The server has none, and said so: the next session need not ask. */
  refused: boolean;
}

/** How servers name it, in an error, that they do not know a session. */
export const NAMES_SESSION = /session|initialized/i;

/** The server does not know the session any more, and said so before it ran the request. */
export class SessionLost extends Error {}

export function initializeParams(capabilities: JsonObject): JsonObject {
  return { protocolVersion: LEGACY_VERSIONS[0], capabilities, clientInfo: CLIENT_INFO };
}

/** The server's answer to `initialize`. Error: `UpstreamFailure`. */
export function readInitialized(answer: UpstreamAnswer): ServerIntroduction {
  if ('error' in answer)
    throw failure(FailureKind.BROKEN_ANSWER, `initialize answered with error ${answer.error.code}`);
  const { protocolVersion } = answer.result;
  if (typeof protocolVersion !== 'string' || !isLegacy(protocolVersion)) {
    throw failure(FailureKind.BROKEN_ANSWER, 'initialize answered with an unknown protocol version');
  }
  return readIntroduction(answer.result, protocolVersion);
}

export function requestText({ id, request }: Call, params: JsonObject): string {
  const { method } = request;
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}

/** Tells the server that nobody waits for the call any more, as far as it can be told. */
export function tellCancelled({ id }: Call, post: (body: string) => AcceptedExchange): void {
  try {
    post(notificationText('notifications/cancelled', { requestId: id })).result.catch(() => {});
  } catch {
    // The credential is gone: then there is no way to tell.
  }
}

export function responseText(id: string | number | undefined, answer: UpstreamAnswer): string {
  return JSON.stringify(
    'error' in answer ? { jsonrpc: '2.0', id, error: answer.error } : { jsonrpc: '2.0', id, result: answer.result },
  );
}
