import type { Caller } from '../identity/caller';
import { isObject, type JsonRpcMessage, type RequestId } from './json-rpc';
import type { Relay } from './relay';
import { userKeyOf } from './user-key';

/**
 * The calls of clients with a session, so that `notifications/cancelled` finds the one it names. Clients without
 * sessions cancel by closing the connection.
 */
export class RunningCalls {
  private readonly calls = new Map<string, AbortController>();

  constructor(private readonly relay: Relay) {
    relay.onMessage((message) => {
      if (message.type === 'cancelled' && typeof message.key === 'string') this.calls.get(message.key)?.abort();
    });
  }

  /** Remembers a call until the function that comes back is called. */
  public enter(caller: Caller, sessionId: string, id: RequestId, controller: AbortController): () => void {
    const key = keyOf(caller, sessionId, id);
    this.calls.set(key, controller);
    return () => {
      if (this.calls.get(key) === controller) this.calls.delete(key);
    };
  }

  public cancel(caller: Caller, sessionId: string | undefined, { params }: JsonRpcMessage): void {
    const id = isObject(params) ? params.requestId : undefined;
    if (sessionId === undefined || (typeof id !== 'string' && typeof id !== 'number')) return;
    const key = keyOf(caller, sessionId, id);
    const call = this.calls.get(key);
    if (call) call.abort();
    else this.relay.broadcast({ type: 'cancelled', key });
  }

  public get size(): number {
    return this.calls.size;
  }
}

function keyOf(caller: Caller, sessionId: string, id: RequestId): string {
  return `${userKeyOf(caller)} ${sessionId} ${JSON.stringify(id)}`;
}
