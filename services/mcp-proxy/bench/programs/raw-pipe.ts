import http from 'node:http';
import { Pool } from 'undici';

// The least that a gateway in Node can do: hand bytes on, without looking at them.

const upstream = new URL(process.env.UPSTREAM ?? '');
const pool = new Pool(upstream.origin, { connections: 64, pipelining: 1 });

const server = http.createServer((request, response) => {
  const { method } = request;
  const headers = { 'content-type': 'application/json', 'mcp-session-id': 'bench-session' };
  pool.stream(
    { path: upstream.pathname, method: method as 'POST', headers, body: request },
    ({ statusCode, headers: answered }) => {
      response.writeHead(statusCode, { 'content-type': answered['content-type'] });
      return response;
    },
    (error) => {
      if (error) response.destroy();
    },
  );
});
server.listen(Number(process.env.PORT), '127.0.0.1');
