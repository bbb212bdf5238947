/** An engine ends within a second when it is told to; this long is waited for one that does not. Unit: milliseconds. */
const PATIENCE_MS = 3000;

/**
 * The events of a source that is to end when the signal is aborted. One that does not is left alone after a while, so
 * that its session does not stay taken.
 */
export async function* untilStopped<Event>(
  source: AsyncIterable<Event>,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): AsyncGenerator<Event> {
  const iterator = source[Symbol.asyncIterator]();
  let giveUp = () => {};
  let isStuck = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    timer = setTimeout(() => {
      isStuck = true;
      giveUp();
    }, patienceMs);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Event> | undefined>((resolve, reject) => {
        giveUp = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    const returned = iterator.return?.();
    if (!isStuck) await returned;
  }
}
