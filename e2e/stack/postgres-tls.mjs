// TLS in front of a PostgreSQL server that was built without it: only who asks for encryption gets through.
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import { certificate } from './certificate.mjs';

/** What a client sends first, behind the length of 8 bytes. Source: PostgreSQL, "Message Formats", SSLRequest. */
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

export async function startTls({ address, port, socketFile, folder }) {
  const { keyFile, certificateFile } = certificate(folder, 'database');
  const identity = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const open = new Set();
  let refused = 0;
  function greet(client) {
    client.once('data', (bytes) => {
      const wanted = bytes.length >= 8 ? bytes.readInt32BE(4) : 0;
      if (wanted === GSS_REQUEST) {
        client.write('N');
        return greet(client);
      }
      if (wanted !== SSL_REQUEST) {
        refused += 1;
        return client.destroy();
      }
      client.write('S');
      forward(new TLSSocket(client, { isServer: true, ...identity }));
    });
  }
  function forward(client) {
    const server = connect(socketFile);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    client.on('error', end).on('close', end).pipe(server);
    server.on('error', end).on('close', end).pipe(client);
  }
  const listener = createServer((client) => {
    open.add(client);
    client.on('error', () => client.destroy()).on('close', () => open.delete(client));
    greet(client);
  });
  await new Promise((listening) => listener.listen(port, address, listening));
  return {
    refused: () => refused,
    stop() {
      listener.close();
      for (const client of open) client.destroy();
    },
  };
}
