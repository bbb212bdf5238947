import { StoreUnavailable } from './database';

const RETRY_MS = 250;

/**
 * Writes again and again until the database has taken it, as long as `patienceMs` says, which is asked each time. After an
 * unclear failure the same write comes a second time, and must count once. Error: `StoreUnavailable`, or the write's own.
 */
export async function outlast(write: () => Promise<void>, patienceMs: () => number): Promise<void> {
  const start = Date.now();
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || Date.now() - start > patienceMs()) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
