// What the load test asks of Open WebUI: its health page, and chat completions behind an API key, answered by whom it
// is told. It shows that the script works, and nothing about Open WebUI.
import http from 'node:http';
import { Readable } from 'node:stream';

/** Starts it on the loopback; `forward` gets a chat's body as text and gives fetch's response. */
export async function startStandIn({ token, forward }) {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/health') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":true}');
    } else if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end('{"detail":"Not authenticated"}');
    } else {
      const answer = await forward(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
      Readable.fromWeb(answer.body).pipe(response);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
