import { constants } from 'node:os';
import type { Logger } from './log';

export interface TerminationOptions {
  /** Longest wait for what still runs. Unit: seconds. */
  readonly graceSeconds: number;
  readonly log: Logger;
  /**
   * Takes no new work, and resolves when the work under way is done. `deadline` is aborted when the grace is over:
   * what runs then is to be ended.
   */
  drain(deadline: AbortSignal): Promise<void>;
}

/** What a drain that was told to stop may still need to close connections. Unit: milliseconds. */
const LAST_MS = 500;

/**
 * On SIGTERM or SIGINT: drains and ends the process, with 0 when everything was done in time and 1 when work was cut
 * off. A second signal ends it at once, with 128 + its number.
 */
export function onTermination(options: TerminationOptions): void {
  let begun = false;
  const begin = (signal: NodeJS.Signals) => {
    if (begun) process.exit(128 + constants.signals[signal]);
    begun = true;
    void end(signal, options);
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', begin);
}

async function end(signal: NodeJS.Signals, { graceSeconds, log, drain }: TerminationOptions): Promise<void> {
  log.info({ signal, graceSeconds }, 'draining');
  const deadline = new AbortController();
  const cut = setTimeout(() => {
    deadline.abort(new Error('the grace period is over'));
    setTimeout(() => {
      log.warn('work was cut off at the end of the grace period');
      process.exit(1);
    }, LAST_MS);
  }, graceSeconds * 1000);
  try {
    await drain(deadline.signal);
  } catch (error) {
    log.error({ err: error }, 'the drain failed');
    process.exit(1);
  }
  log.info('drained');
  // Lines that are being written at the exit could come after those that the exit itself writes.
  await new Promise((resolve) => log.flush(resolve));
  clearTimeout(cut);
  process.exit(deadline.signal.aborted ? 1 : 0);
}
