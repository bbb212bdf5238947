import { LogLevel } from './log';
import type { SecretSource } from './secret-source';
import { flag, oneOf, text, url, wholeNumber } from './setting-forms';
import type { Settings } from './settings';

const PORT_RANGE = { least: 0, most: 65_535 };

/** Where a service listens, what it tells and how it ends. @param port for callers, when nothing else is set */
export function processVariables(port: string) {
  return {
    host: { name: 'HOST', default: '0.0.0.0', meaning: 'Where to listen.', parse: text('an address') },
    port: { name: 'PORT', default: port, meaning: 'Port for callers; 0 takes any.', parse: wholeNumber(PORT_RANGE) },
    metricsPort: {
      name: 'METRICS_PORT',
      default: '9090',
      meaning: "Port of Prometheus' /metrics, which nothing else answers on; 0 takes any.",
      parse: wholeNumber(PORT_RANGE),
    },
    logLevel: { name: 'LOG_LEVEL', default: 'info', meaning: 'How much is logged.', parse: oneOf(LogLevel) },
    traceEndpoint: {
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      meaning: 'Base URL of an OTLP receiver over HTTP, to which traces are sent.',
      parse: url(),
    },
    shutdownGraceSeconds: {
      name: 'SHUTDOWN_GRACE_SECONDS',
      default: '25',
      meaning: 'Time after SIGTERM for what still runs, in seconds.',
      parse: wholeNumber({ least: 1, most: 86_400 }),
    },
  } as const;
}

/** How Open WebUI's users prove who they are. */
export const USER_VARIABLES = {
  userTokenSecret: {
    name: 'FORWARD_USER_INFO_HEADER_JWT_SECRET',
    secret: true,
    meaning:
      "What Open WebUI signs X-OpenWebUI-User-Jwt with; the same variable there. Never Open WebUI's own secret key.",
  },
  previousUserTokenSecret: {
    name: 'FORWARD_USER_INFO_HEADER_JWT_SECRET_PREVIOUS',
    secret: true,
    meaning: 'A second such secret that is accepted too, while it is rotated.',
  },
  userTokenSeconds: {
    name: 'FORWARD_USER_INFO_HEADER_JWT_EXPIRES_SECONDS',
    default: '300',
    meaning: 'Longest lifetime of such a token, in seconds; the same variable as in Open WebUI.',
    parse: wholeNumber({ least: 1, most: 86_400 }),
  },
  trustPlainUserHeaders: {
    name: 'TRUST_PLAIN_USER_HEADERS',
    default: 'false',
    meaning:
      'For development only: believe unsigned user headers of a caller with the key. Refused beside the secret that signs them.',
    parse: flag(),
  },
} as const;

/** What both tables above are read to. */
export type CommonSettings = Settings<ReturnType<typeof processVariables>> & Settings<typeof USER_VARIABLES>;

/** The bearer keys of a service, by the name of their variable. */
export interface ServiceKeys {
  readonly [name: string]: SecretSource | undefined;
}

/** What is wrong between the common variables and the service's keys, one sentence each. */
export function commonFaults(settings: CommonSettings, keys: ServiceKeys): string[] {
  const { trustPlainUserHeaders, userTokenSecret, port, metricsPort } = settings;
  const faults = signingKeys(settings, keys)
    .filter(({ isRotated }) => !isRotated)
    .map(({ sentence }) => sentence);
  if (trustPlainUserHeaders && userTokenSecret !== undefined) {
    faults.push(
      'TRUST_PLAIN_USER_HEADERS is true although FORWARD_USER_INFO_HEADER_JWT_SECRET is set: unsigned headers would get around the signed token. Take one of them away',
    );
  }
  if (port === metricsPort && port !== 0) {
    faults.push('METRICS_PORT is the same as PORT: write another port, which callers do not reach');
  }
  return faults;
}

/** What works, and is hardly meant: one sentence each, for the log. */
export function commonDoubts(settings: CommonSettings, keys: ServiceKeys): string[] {
  // Whoever has one value for both gets out of it by rotating: for that time the old one is a previous one.
  const doubts = signingKeys(settings, keys)
    .filter(({ isRotated }) => isRotated)
    .map(({ sentence }) => sentence);
  if (settings.trustPlainUserHeaders) {
    doubts.push('TRUST_PLAIN_USER_HEADERS is true: whoever has the key can be any user. Never use it in production');
  }
  return doubts;
}

/** Keys that sign users too. `isRotated` where one of the two values is on its way out. */
function signingKeys(settings: CommonSettings, keys: ServiceKeys): { isRotated: boolean; sentence: string }[] {
  const secrets = [
    [USER_VARIABLES.userTokenSecret.name, settings.userTokenSecret?.value()],
    [USER_VARIABLES.previousUserTokenSecret.name, settings.previousUserTokenSecret?.value()],
  ] as const;
  return secrets.flatMap(([name, secret]) =>
    Object.entries(keys)
      .filter(([, key]) => secret !== undefined && key?.value() === secret)
      .map(([key]) => ({
        isRotated: [name, key].some((variable) => variable.endsWith('_PREVIOUS')),
        sentence: `${name} is the same as ${key}: whoever may call could sign as any user. Make a secret of its own`,
      })),
  );
}
