// In the place of two programs of aks-production that no registry here has. A run names them in its closing lines.
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';

/** Pipelines without a pipeline: its probe's answer, and an empty list of models for who has the key. */
export async function startPipelines({ address, port, key }) {
  let refused = 0;
  const server = createServer((request, response) => {
    const isOpen = request.url === '/';
    const isCaller = request.headers.authorization === `Bearer ${key}`;
    if (!isOpen && !isCaller) refused += 1;
    response.writeHead(isOpen || isCaller ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isOpen ? { status: true } : { data: [] }));
  });
  await new Promise((listening) => server.listen(port, address, listening));
  return { refused: () => refused, stop: () => server.close() };
}

/** A collector of measurements: takes OTLP over gRPC and keeps the bytes. */
export async function startCollector({ address, port }) {
  const exports = [];
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      exports.push({ path: headers[':path'], body: Buffer.concat(chunks) });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      // An empty message, not compressed.
      stream.end(Buffer.alloc(5));
    });
    stream.on('error', () => stream.destroy());
  });
  await new Promise((listening) => server.listen(port, address, listening));
  return {
    /** Whether some measurement named this text: the protocol keeps strings as they are. */
    has: (text) => exports.some(({ body }) => body.includes(text)),
    exports: () => exports.map(({ path }) => path),
    stop: () => server.close(),
  };
}
