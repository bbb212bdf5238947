import http from 'node:http';

// Trivial MCP servers of 2025-11-25, as cheap as they can be, so that what is measured is what stands before them. Each
// listens on a port of its own; GET /count tells how often all of them together were asked for what.

const COUNT = Number(process.env.SERVERS ?? 1);
const TOOLS = Number(process.env.TOOLS ?? 1);
const counts: { [method: string]: number } = {};

// About what a tool of a well-known server weighs: 316 kB for 700 of them.
const definitions = Array.from({ length: TOOLS }, (_, index) => ({
  name: index === 0 ? 'echo' : `operation_${index}`,
  description: `Operation ${index}. ${'Says in two sentences what it is for and when not to use it. '.repeat(3)}`,
  inputSchema: {
    type: 'object',
    properties: {
      text: { type: 'string', description: 'What to work on' },
      limit: { type: 'integer', minimum: 1, maximum: 100, description: 'How many at most' },
    },
    required: ['text'],
  },
}));

const offer = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'bench-upstream', version: '1.0.0' },
};
const results: { [method: string]: string } = {
  initialize: JSON.stringify(offer),
  'tools/list': JSON.stringify({ tools: definitions }),
  'tools/call': JSON.stringify({ content: [{ type: 'text', text: 'the answer of the upstream' }] }),
  ping: '{}',
};

function handle(request: http.IncomingMessage, response: http.ServerResponse): void {
  if (request.method !== 'POST') {
    if (request.url === '/count') response.end(JSON.stringify(counts));
    else response.writeHead(405).end();
    return;
  }
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () => {
    const { id, method } = JSON.parse(text);
    counts[method] = (counts[method] ?? 0) + 1;
    if (id === undefined) return void response.writeHead(202).end();
    const result = results[method];
    const body = result
      ? `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
      : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":-32601,"message":"Method not found"}}`;
    const headers: http.OutgoingHttpHeaders = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    if (method === 'initialize') headers['mcp-session-id'] = 'bench-session';
    response.writeHead(200, headers).end(body);
  });
}

const ports: number[] = [];
for (let index = 0; index < COUNT; index++) {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, handle);
  server.on('connection', () => {
    counts.connections = (counts.connections ?? 0) + 1;
  });
  server.listen(0, '127.0.0.1', () => {
    ports.push((server.address() as { port: number }).port);
    if (ports.length === COUNT) console.log(JSON.stringify({ ports }));
  });
}
