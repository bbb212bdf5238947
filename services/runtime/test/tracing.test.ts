import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, LogLevel } from '../log';
import { startTracing, traceIdOf } from '../tracing';
import { bundle, StartedProgram } from './started-program';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const log = createLogger({ service: 'sample', level: LogLevel.ERROR, stream: { write: () => {} } });

/** OpenTelemetry loads modules in a way that jest cannot follow, so it runs as the services are built. */
const PROGRAM = `
import { createLogger, LogLevel } from './log';
import { startTracing } from './tracing';
async function main() {
  const log = createLogger({ service: 'sample', level: LogLevel.INFO });
  const tracing = await startTracing({ service: 'sample', version: '1', endpoint: process.argv[2], log });
  const span = tracing.startSpan('tools/call', '${PARENT}', { tenant: 'google' });
  span.setAttribute('outcome', 'ok');
  span.end();
  tracing.startSpan('failing', 'no traceparent').end(new Error('broken'));
  await tracing.close();
  console.log(span.traceparent);
}
void main();`;

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string }[];
}

describe('traces', () => {
  let receiver: Server;
  const received: { readonly path?: string; readonly body: string }[] = [];

  let program: string;

  beforeAll(async () => {
    program = bundle(PROGRAM);
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (data) => {
        body += data;
      });
      request.on('end', () => {
        received.push({ path: request.url, body });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((ready) => {
      receiver.listen(0, '127.0.0.1', ready);
    });
  });
  afterAll(() => receiver.close());

  it('go to the endpoint, as children of the caller', async () => {
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const { code, stdout } = await new StartedProgram(program, [endpoint]).ended;
    expect(code).toBe(0);
    expect(received.map(({ path }) => path)).toEqual(['/v1/traces']);
    const [resource] = JSON.parse(received[0].body).resourceSpans;
    expect(JSON.stringify(resource.resource)).toContain('"sample"');
    const [child, root]: SentSpan[] = resource.scopeSpans[0].spans;
    expect(child).toMatchObject({
      name: 'tools/call',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
    });
    expect(child.attributes.map(({ key }) => key)).toEqual(['tenant', 'outcome']);
    expect(stdout).toContain(`00-${child.traceId}-${child.spanId}-01`);
    expect(root.parentSpanId).toBeUndefined();
    expect(root.status).toEqual({ code: 2, message: 'broken' });
  });

  it('that cannot be sent are told of, and hold up nothing', async () => {
    const { code, stdout } = await new StartedProgram(program, ['http://127.0.0.1:9']).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('traces were not sent');
  });
});

it('without an endpoint nothing is traced, and every request shares one span that does nothing', async () => {
  const tracing = await startTracing({ service: 'sample', version: '1', log });
  expect(tracing.enabled).toBe(false);
  const span = tracing.startSpan('a', PARENT);
  expect(span).toBe(tracing.startSpan('b'));
  expect(span.traceparent).toBeUndefined();
  span.end(new Error('broken'));
  await tracing.close();
});

it('the trace id of a caller is read only from a well-formed header', () => {
  expect(traceIdOf(PARENT)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  for (const wrong of [
    undefined,
    '',
    'x',
    PARENT.toUpperCase(),
    `${PARENT}-more`,
    `01${PARENT.slice(2)}`,
    `${PARENT}\n`,
  ]) {
    expect(traceIdOf(wrong)).toBeUndefined();
  }
});
