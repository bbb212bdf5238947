import { type Call, METHOD_NOT_FOUND, type Respond } from './call';
import { LIST_CHANGED } from './list-watch';
import type { UpstreamMessage } from './upstream';

/**
 * Whose the messages are that come on the one stream of a session and not on a call's own. Progress names its call.
 * Anything else goes to the newest call that listens; all calls of a session are of one user.
 */
export class SharedStream {
  private readonly calls = new Map<number, Call>();

  constructor(private readonly onListChanged: () => void) {}

  /** The call runs in this session from now on, until `leave`. */
  public join(call: Call): void {
    this.calls.set(call.id, call);
  }

  public leave(call: Call): void {
    this.calls.delete(call.id);
  }

  public route(message: UpstreamMessage, respond: Respond): void {
    const { id, method, params } = message;
    if (LIST_CHANGED.has(method)) this.onListChanged();
    else if (method === 'notifications/progress')
      this.calls.get(Number(params?.progressToken))?.receive(message, respond);
    else {
      const newest = [...this.calls.values()].reverse();
      const call = newest.find(({ request }) => request.onMessage) ?? newest[0];
      if (call) call.receive(message, respond);
      // Nobody can be asked between calls.
      else if (id !== undefined) respond(method === 'ping' ? { result: {} } : METHOD_NOT_FOUND).catch(() => {});
    }
  }
}
