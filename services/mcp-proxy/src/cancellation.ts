/** Tells whoever works for a caller that nobody waits any more. An `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Controller and signal in one. Every call has two of them, and nearly none is ever aborted: an `AbortController` with
 * its event target costs each call as much as the policy does, and its garbage more (Node 20, measured).
 */
export class Cancellation implements CancelSignal {
  private listeners?: (() => void)[];
  private done = false;

  public get aborted(): boolean {
    return this.done;
  }

  public abort(): void {
    if (this.done) return;
    this.done = true;
    const listeners = this.listeners ?? [];
    this.listeners = undefined;
    for (const listener of listeners) listener();
  }

  /** The listener is called once; never, when the signal is aborted already. */
  public addEventListener(_: 'abort', listener: () => void): void {
    if (this.done) return;
    if (this.listeners) this.listeners.push(listener);
    else this.listeners = [listener];
  }

  public removeEventListener(_: 'abort', listener: () => void): void {
    const { listeners } = this;
    if (!listeners) return;
    const place = listeners.lastIndexOf(listener);
    if (place === listeners.length - 1) listeners.pop();
    else if (place >= 0) this.listeners = listeners.filter((other) => other !== listener);
  }
}
