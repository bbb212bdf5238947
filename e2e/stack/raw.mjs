// A request as a program sends it, without a browser's rules: any header, no redirect followed, by the public name.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';

/** Asks the edge by its public name: { status, headers, text }. */
export function askEdge(edge, path, { method = 'GET', headers = {}, body } = {}) {
  const isSecure = edge.url.startsWith('https');
  const options = {
    host: edge.address,
    port: edge.port,
    servername: edge.host,
    rejectUnauthorized: false,
    method,
    path,
    headers: { host: edge.host, ...headers },
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)(options, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The cookies of a browser for a URL, as a header. */
export async function cookieHeader({ context }, url) {
  return (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** One line to a port, one answer. */
export function say({ address, port }, line) {
  return new Promise((answer, reject) => {
    const socket = connect(port, address, () => socket.write(line));
    socket.once('data', (bytes) => {
      socket.destroy();
      answer(bytes.toString());
    });
    socket.once('error', reject);
    socket.once('close', () => answer(''));
  });
}
