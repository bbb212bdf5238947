// Clients that hold a connection without ever finishing their request (Slowloris).
import net from 'node:net';

/** Opens connections that send a byte now and then; gives for each when the gateway had enough of it. */
export function startSlowClients(url, count, opening, drip) {
  const { port } = new URL(url);
  const from = performance.now();
  return Array.from(
    { length: count },
    () =>
      new Promise((resolve) => {
        const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(opening));
        const timer = setInterval(() => socket.write(drip), 1_000);
        socket.on('error', () => {});
        socket.on('data', () => {});
        socket.on('close', () => {
          clearInterval(timer);
          resolve((performance.now() - from) / 1000);
        });
      }),
  );
}
