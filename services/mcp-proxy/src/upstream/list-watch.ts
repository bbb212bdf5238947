import { EventStream } from './event-stream';
import { isMessage, readMessages } from './rpc-message';

/** Notifications by which a server says that one of its lists is another one now. */
export const LIST_CHANGED: ReadonlySet<string> = new Set(
  ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`),
);

/** Whether a server says when its lists change. */
export function tellsOfChanges(capabilities: { readonly [name: string]: unknown }): boolean {
  return ['tools', 'prompts', 'resources'].some(
    (list) => (capabilities[list] as { listChanged?: unknown } | undefined)?.listChanged === true,
  );
}

/**
 * The stream on which a server of 2026-07-28 tells of changed lists. It is opened with each discovery unless it is open already, and
 * never in between: a server that ends it, or knows no such thing, costs one request every few minutes.
 */
export class ListWatch {
  private stream?: EventStream;

  constructor(private readonly onChange: () => void) {}

  /** @param send sends the request whose answer is the stream */
  public open(send: (stream: EventStream) => void): void {
    if (this.stream) return;
    const stream = new EventStream(
      ({ data }) => {
        for (const message of readMessages(data)) {
          if (isMessage(message) && LIST_CHANGED.has(message.method)) this.onChange();
        }
      },
      () => this.ended(stream),
    );
    this.stream = stream;
    stream.result.catch(() => this.ended(stream));
    try {
      send(stream);
    } catch {
      this.ended(stream);
    }
  }

  public close(): void {
    this.stream?.close();
  }

  private ended(stream: EventStream): void {
    if (this.stream === stream) this.stream = undefined;
  }
}
