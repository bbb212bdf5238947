/** Things that come from several places, handed over in their order. */
export class EventQueue<T> implements AsyncIterable<T> {
  private readonly waiting: T[] = [];
  private wake: () => void = () => {};
  private ended = false;
  private failure: { readonly error: unknown } | undefined;

  public push(item: T): void {
    this.waiting.push(item);
    this.wake();
  }

  /** Ends the iteration after what was pushed before. */
  public end(): void {
    this.ended = true;
    this.wake();
  }

  /** Ends the iteration with an error, after what was pushed before. */
  public fail(error: unknown): void {
    this.failure ??= { error };
    this.end();
  }

  public async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      for (let item = this.waiting.shift(); item !== undefined; item = this.waiting.shift()) {
        yield item;
      }
      if (this.ended) {
        break;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure) {
      throw this.failure.error;
    }
  }
}
