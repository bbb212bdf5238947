import type { Attributes, Context, Span as OpenTelemetrySpan } from '@opentelemetry/api';
import type { Logger } from './log';

/** A piece of work in a trace. */
export interface Span {
  setAttribute(name: string, value: string | number | boolean): void;
  /** Header `traceparent` for what is called from here; absent without tracing. */
  readonly traceparent?: string;
  /** Ends it; with an error when one is given. */
  end(error?: Error): void;
}

/** Traces, or nothing at all. */
export interface Tracing {
  readonly enabled: boolean;
  /** Begins the work for a request; `traceparent` is the caller's header (W3C Trace Context), when it sent one. */
  startSpan(name: string, traceparent?: string, attributes?: Attributes): Span;
  /** Sends what is left. */
  close(): Promise<void>;
}

export interface TracingOptions {
  readonly service: string;
  readonly version: string;
  /** Base URL of an OTLP receiver over HTTP, such as `http://collector:4318`. @default - no traces */
  readonly endpoint?: string;
  readonly log: Logger;
}

const SILENT_SPAN: Span = { setAttribute: () => {}, end: () => {} };
const SILENT: Tracing = { enabled: false, startSpan: () => SILENT_SPAN, close: async () => {} };
/** What the end of the process may wait for a receiver that does not answer. Unit: milliseconds. */
const EXPORT_TIMEOUT_MS = 2000;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Traces to `endpoint`, or without one a tracing that costs nothing. OpenTelemetry is loaded only when it is used:
 * loading it takes longer than the whole start of a service.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  return options.endpoint === undefined ? SILENT : startOpenTelemetry(options, options.endpoint);
}

/** The trace of a caller's `traceparent`, for log lines; nothing when the header is absent or not well-formed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)?.[1];
}

async function startOpenTelemetry({ service, version, log }: TracingOptions, endpoint: string): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const report = (message: string) => log.warn({ message: message.slice(0, 500) }, 'traces were not sent');
  const silent = () => {};
  api.diag.setLogger({ error: report, warn: silent, info: silent, debug: silent, verbose: silent });
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }))],
  });
  const tracer = provider.getTracer(service, version);
  log.info({ endpoint }, 'traces are sent');

  const parentOf = (traceparent: string | undefined): Context => {
    const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
    if (!match) return api.ROOT_CONTEXT;
    const [, traceId, spanId, flags] = match;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16) & api.TraceFlags.SAMPLED,
      isRemote: true,
    });
  };
  const wrap = (span: OpenTelemetrySpan): Span => {
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      setAttribute: (name, value) => {
        span.setAttribute(name, value);
      },
      end: (error) => {
        if (error) {
          span.recordException(error);
          span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
        }
        span.end();
      },
    };
  };
  return {
    enabled: true,
    startSpan: (name, traceparent, attributes) =>
      wrap(tracer.startSpan(name, { kind: api.SpanKind.SERVER, attributes }, parentOf(traceparent))),
    close: async () => {
      await provider.shutdown().catch((error) => log.warn({ err: error }, 'the last traces were not sent'));
    },
  };
}
