// The MCP project's server-everything behind a listener that notes what it was sent, as a tenant's own server.
//
//   node tool-server.mjs --host 127.4.2.9 --port 8002 [--needs-credential] [http]
//
// GET /_seen answers with the headers of every request so far, which must hold nothing of who asks.
// --needs-credential: as GitHub's server, it takes its credential from each call and refuses calls without one.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: 'string' },
    port: { type: 'string', default: '8082' },
    'needs-credential': { type: 'boolean', default: false },
  },
});
const seen = [];
const inside = await freePort();
const packages = createRequire(import.meta.url);
const program = packages.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const server = spawn(process.execPath, [program, 'streamableHttp'], {
  env: { PATH: process.env.PATH, PORT: String(inside) },
  stdio: 'inherit',
});
server.once('exit', (code) => process.exit(code ?? 1));
process.once('SIGTERM', () => server.kill('SIGKILL'));
while (!(await listens(inside))) await sleep(50);

http
  .createServer((request, response) => {
    if (request.url === '/_seen') {
      response.end(JSON.stringify(seen));
      return;
    }
    seen.push({ method: request.method, url: request.url, headers: request.headers });
    if (values['needs-credential'] && !request.headers.authorization?.startsWith('Bearer ')) {
      response.writeHead(401, { 'content-type': 'text/plain' }).end('no credential');
      return;
    }
    const { method, headers } = request;
    const onward = http.request({ host: '127.0.0.1', port: inside, method, path: '/mcp', headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  })
  .listen(Number(values.port), values.host);

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

function listens(port) {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}
