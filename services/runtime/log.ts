import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** How much is written. */
export enum LogLevel {
  ERROR = 'error',
  WARN = 'warn',
  INFO = 'info',
  DEBUG = 'debug',
  TRACE = 'trace',
}

export interface LogOptions {
  /** Name of the service, in every line. */
  readonly service: string;
  readonly level: LogLevel;
  /** @default - stdout */
  readonly stream?: DestinationStream;
}

/** Headers whose value is never written. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-openwebui-user-jwt',
]);

/** Bytes that are collected before they are written: one write for many lines of a busy service. Pino writes 16 KiB at once at most. */
const COLLECTED_BYTES = 15 * 1024;
/** Longest that a line waits to be written. Unit: milliseconds. */
const LONGEST_WAIT_MS = 100;

/**
 * One JSON object a line on stdout. Lines are collected for a moment; what is left is written when the process ends.
 * Headers are logged as a field `headers`, in which credentials are hidden; a field of another name is written as it is.
 */
export function createLogger(options: LogOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Not pino's `redact`: looking for paths costs every line more than all the rest of it.
      serializers: { headers: withoutCredentials },
    },
    options.stream ?? collectedStdout(),
  );
}

function withoutCredentials(headers: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? '[hidden]' : value]),
  );
}

function collectedStdout(): DestinationStream {
  const stdout = destination({
    dest: 1,
    sync: false,
    minLength: COLLECTED_BYTES,
    periodicFlush: LONGEST_WAIT_MS,
  });
  process.on('exit', () => {
    try {
      stdout.flushSync();
    } catch {
      // The reader of stdout is gone: nobody is left to tell.
    }
  });
  return stdout;
}
