import http from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';

// A gateway as one writes it in an hour: the official SDK's server towards the callers, its client towards the upstream.

async function main(): Promise<void> {
  const client = new Client({ name: 'sdk-gateway', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(process.env.UPSTREAM ?? '')));
  const handle = toNodeHandler(
    createMcpHandler(() => {
      const server = new Server({ name: 'sdk-gateway', version: '1.0.0' }, { capabilities: { tools: {} } });
      server.setRequestHandler('tools/list', () => client.listTools());
      server.setRequestHandler('tools/call', ({ params }) => client.callTool(params));
      return server;
    }),
  );
  http.createServer(handle).listen(Number(process.env.PORT), '127.0.0.1');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
