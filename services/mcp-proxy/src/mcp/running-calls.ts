import { type Running, RunningList } from '../../../runtime/running-list';
import type { Cancellation } from '../cancellation';
import type { Caller } from '../identity/caller';
import { isObject, type JsonRpcMessage, type RequestId } from '../protocol/json-rpc';
import type { Relay } from './relay';
import { userKeyOf } from './user-key';

/** A call of a client with a session. */
export interface SessionCall {
  readonly caller: Caller;
  readonly sessionId: string;
  readonly id: RequestId;
  readonly cancellation: Cancellation;
}

/**
 * The calls of clients with a session, so that `notifications/cancelled` finds the one it names. Clients without
 * sessions cancel by closing the connection. Calls are many and cancellations few, so these are what has to search.
 */
export class RunningCalls {
  private readonly calls = new RunningList<SessionCall>();

  constructor(private readonly relay: Relay) {
    relay.onMessage((message) => {
      if (message.type === 'cancelled') this.abort(message.userKey, message.sessionId, message.id);
    });
  }

  public enter(call: SessionCall): Running<SessionCall> {
    return this.calls.add(call);
  }

  public leave(call: Running<SessionCall>): void {
    this.calls.remove(call);
  }

  public cancel(caller: Caller, sessionId: string | undefined, { params }: JsonRpcMessage): void {
    const id = isObject(params) ? params.requestId : undefined;
    if (sessionId === undefined || (typeof id !== 'string' && typeof id !== 'number')) return;
    const userKey = userKeyOf(caller);
    if (!this.abort(userKey, sessionId, id)) this.relay.broadcast({ type: 'cancelled', userKey, sessionId, id });
  }

  private abort(userKey: unknown, sessionId: unknown, id: unknown): boolean {
    const named = this.calls
      .items()
      .filter((call) => call.id === id && call.sessionId === sessionId && userKeyOf(call.caller) === userKey);
    for (const { cancellation } of named) cancellation.abort();
    return named.length > 0;
  }
}
