// As much of a Redis server as oauth2-proxy dials when it tests its session store. Source: the RESP2 protocol.
import { createServer } from 'node:net';

/** Starts it on a free port of the loopback interface. */
export function startMemoryRedis() {
  const values = new Map();
  const server = createServer((socket) => {
    let pending = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      pending += chunk;
      for (let command = takeCommand(); command; command = takeCommand()) {
        socket.write(answer(values, command), 'latin1');
      }
    });
    socket.on('error', () => socket.destroy());

    function takeCommand() {
      const lines = pending.split('\r\n');
      const size = 1 + 2 * Number(lines[0].slice(1));
      if (!pending.startsWith('*') || lines.length <= size) {
        return undefined;
      }
      pending = lines.slice(size).join('\r\n');
      return lines.slice(1, size).filter((_, index) => index % 2 === 1);
    }
  });
  return new Promise((started) => {
    server.listen(0, '127.0.0.1', () => started(server));
  });
}

function answer(values, [name, key, value]) {
  switch (name.toUpperCase()) {
    case 'HELLO':
      return "-ERR unknown command 'HELLO'\r\n";
    case 'SET':
      values.set(key, value);
      return '+OK\r\n';
    case 'GET':
      return values.has(key) ? `$${values.get(key).length}\r\n${values.get(key)}\r\n` : '$-1\r\n';
    case 'DEL':
      return `:${values.delete(key) ? 1 : 0}\r\n`;
    default:
      return '+OK\r\n';
  }
}
