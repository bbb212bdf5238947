// The suite can send no headers. This hop on loopback adds them and leaves everything else as it is, Host included.
import { once } from 'node:events';
import http from 'node:http';

/** Listens in front of `target()`; it and `headers()` are asked for each request. Gives its port and `close`. */
export async function startHeaderProxy(target, headers) {
  const server = http.createServer((request, response) => {
    const { hostname, port } = new URL(target());
    const added = headers();
    const kept = [];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      if (!(request.rawHeaders[i].toLowerCase() in added)) kept.push(request.rawHeaders[i], request.rawHeaders[i + 1]);
    }
    for (const [name, value] of Object.entries(added)) kept.push(name, value);
    const { method, url: path } = request;
    const onward = http.request({ hostname, port, method, path, headers: kept, setHost: false, agent: false });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
