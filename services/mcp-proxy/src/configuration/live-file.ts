import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../../../runtime/log';
import { ConfigurationError } from '../../../runtime/settings';
import { type WatchOptions, watchFolder } from '../../../runtime/watched-folder';

export interface LiveFileOptions<T> {
  readonly path: string;
  /** For the log and the fault, such as `tool pins`. */
  readonly what: string;
  /** Error: a sentence, when the text is wrong. */
  readonly parse: (text: string) => T;
  readonly log: Logger;
  /** @default - the defaults of `watchFolder` */
  readonly watch?: WatchOptions;
}

/** A file that is followed on disk, such as `tools.lock.json`. */
export interface LiveFile<T> {
  /** The last good content. */
  readonly current: T;
  onChange(listener: (content: T) => void): void;
  close(): void;
}

/**
 * Reads a file, and again whenever it changes. A fault in the new content leaves the last good one, and is logged.
 * Error: `ConfigurationError` when it cannot be read at first.
 */
export function followFile<T>({ path, what, parse, log, watch }: LiveFileOptions<T>): LiveFile<T> {
  const read = () => {
    try {
      return parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new ConfigurationError([`${what}: ${path}: ${(error as Error).message}`]);
    }
  };
  const listeners: ((content: T) => void)[] = [];
  let current = read();
  const folder = watchFolder(
    dirname(path),
    () => {
      try {
        current = read();
      } catch (error) {
        log.error({ faults: (error as ConfigurationError).faults }, `new ${what} refused: the last good stay`);
        return;
      }
      log.info(`new ${what}`);
      for (const listener of listeners) listener(current);
    },
    { ...watch, only: (name) => name === basename(path) },
  );
  return {
    get current() {
      return current;
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => folder.close(),
  };
}
