import { type Call, METHOD_NOT_FOUND, type Respond } from './call';
import { LIST_CHANGED } from './list-watch';
import type { UpstreamMessage } from './upstream';

/**
 * Whose the messages are that come on the one stream of a session and not on a call's own. Progress names its call.
 * Anything else goes to the newest call that listens; all calls of a session are of one user.
 */
export class SharedStream {
  /** Oldest first, and rarely more than one. */
  private readonly calls: Call[] = [];

  constructor(private readonly onListChanged: () => void) {}

  /** The call runs in this session from now on, until `leave`. */
  public join(call: Call): void {
    this.calls.push(call);
  }

  public leave(call: Call): void {
    const place = this.calls.indexOf(call);
    if (place >= 0) this.calls.splice(place, 1);
  }

  public route(message: UpstreamMessage, respond: Respond): void {
    const { id, method, params } = message;
    if (LIST_CHANGED.has(method)) this.onListChanged();
    else if (method === 'notifications/progress')
      this.calls.find((call) => call.id === params?.progressToken)?.receive(message, respond);
    else {
      const call = [...this.calls].reverse().find(({ request }) => request.onMessage) ?? this.calls.at(-1);
      if (call) call.receive(message, respond);
      // Nobody can be asked between calls.
      else if (id !== undefined) respond(method === 'ping' ? { result: {} } : METHOD_NOT_FOUND).catch(() => {});
    }
  }
}
