import { type DestinationStream, destination, type Logger, pino } from 'pino';

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

/** What is collected before it is written, and what is written at once at most: one write for many lines. */
const COLLECTED_CHARACTERS = 48 * 1024;
const MAX_WRITE_BYTES = 64 * 1024;
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
      timestamp: timeMember,
      formatters: { level: (label) => ({ level: label }) },
      // Not pino's `redact`: looking for paths costs every line more than all the rest of it.
      serializers: { headers: withoutCredentials },
    },
    options.stream ?? collectedStdout(),
  );
}

let lastTime = 0;
let lastTimeMember = '';

/** The member `time` of a line. Busy services write many lines in a millisecond, and the text is dear. */
function timeMember(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastTimeMember = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTimeMember;
}

function withoutCredentials(headers: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? '[hidden]' : value]),
  );
}

/** Lines are collected before the destination gets them, as bytes: of text it counts and encodes all again and again. */
function collectedStdout(): DestinationStream & { flush(written?: (error?: Error) => void): void } {
  const stdout = destination({
    dest: 1,
    sync: false,
    minLength: COLLECTED_CHARACTERS,
    maxWrite: MAX_WRITE_BYTES,
    contentMode: 'buffer',
  });
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const pass = () => {
    clearTimeout(timer);
    timer = undefined;
    // Its types name only texts, whatever the mode.
    stdout.write(Buffer.from(lines) as unknown as string);
    lines = '';
  };
  const flush = (written?: (error?: Error) => void) => {
    pass();
    stdout.flush(written);
  };
  process.on('exit', () => {
    try {
      pass();
      stdout.flushSync();
    } catch {
      // The reader of stdout is gone: nobody is left to tell.
    }
  });
  return {
    write(line) {
      lines += line;
      if (lines.length >= COLLECTED_CHARACTERS) pass();
      else timer ??= setTimeout(flush, LONGEST_WAIT_MS).unref();
    },
    flush,
  };
}
