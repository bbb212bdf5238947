import { McpProtocol } from '../../../../constructs/tenants';
import type { UpstreamAnswer } from '../../src/upstream';
import { readOperations } from '../../src/upstream/openapi/operations';
import { type Json, json, RawServer, toolCall, upstreamOf } from './raw-server';

let server: RawServer;

const DOCUMENT: Json = {
  openapi: '3.1.0',
  info: { title: 'time', version: '1.2' },
  servers: [{ url: '/time' }],
  paths: {
    '/convert': {
      post: {
        operationId: 'tool_convert_post',
        summary: 'Convert Time',
        description: 'Between zones.',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Convert' } } },
        },
      },
    },
    '/users/{id}/notes': {
      parameters: [{ $ref: '#/components/parameters/Id' }],
      get: { operationId: 'notes', parameters: [{ name: 'tag', in: 'query', schema: { type: 'array' } }] },
      put: {
        operationId: 'put_note',
        requestBody: { content: { 'application/json': { schema: { type: 'array', items: { type: 'string' } } } } },
      },
    },
    '/needs-header': {
      get: { operationId: 'h', parameters: [{ name: 'X-User', in: 'header', required: true }] },
    },
    '/form': {
      post: { operationId: 'f', requestBody: { required: true, content: { 'multipart/form-data': {} } } },
    },
    '/elsewhere': {
      get: { operationId: 'e', parameters: [{ $ref: 'http://169.254.169.254/latest' }] },
    },
    '/health check': { get: {} },
  },
  components: {
    parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
    schemas: {
      Convert: {
        type: 'object',
        required: ['time'],
        properties: { time: { type: 'string' }, next: { $ref: '#/components/schemas/Convert' } },
      },
    },
  },
};

beforeEach(async () => {
  server = await new RawServer().start();
  server.behave = (hit, response) => {
    if (hit.path.endsWith('/openapi.json')) json(response, 200, DOCUMENT);
    else json(response, hit.path.includes('bad') ? 422 : 200, { method: hit.method, path: hit.path, body: hit.body });
  };
});

const contentOf = (answer: UpstreamAnswer) => ('result' in answer ? answer.result : answer) as Json;

describe('an OpenAPI upstream', () => {
  it('its operations are tools; those that need headers, forms or other documents are left out', async () => {
    const upstream = upstreamOf(`${server.origin}/time`, { protocol: McpProtocol.OPENAPI });
    const offer = await upstream.discover(new AbortController().signal);
    expect(offer.tools.map(({ name }) => name)).toEqual(['tool_convert_post', 'notes', 'put_note', 'get_health_check']);
    expect(offer.tools[0]).toEqual({
      name: 'tool_convert_post',
      title: 'Convert Time',
      description: 'Convert Time\n\nBetween zones.',
      inputSchema: {
        type: 'object',
        properties: { time: { type: 'string' }, next: {} },
        required: ['time'],
      },
    });
    expect(offer.tools[1]).toMatchObject({
      inputSchema: { properties: { id: { type: 'string' }, tag: { type: 'array' } }, required: ['id'] },
      annotations: { readOnlyHint: true },
    });
    expect(offer.serverInfo).toEqual({ name: 'time', version: '1.2' });
  });

  it.each([
    ['fields of the body', 'tool_convert_post', { time: '12:00' }, 'POST', '/time/convert', { time: '12:00' }],
    [
      'path and query',
      'notes',
      { id: 'a/b ü', tag: ['x', 'y&z'] },
      'GET',
      '/time/users/a%2Fb%20%C3%BC/notes?tag=x&tag=y%26z',
      {},
    ],
    ['a path with a space', 'get_health_check', {}, 'GET', '/time/health%20check', {}],
  ])('arguments become %s', async (_, tool, args, method, path, body) => {
    const upstream = upstreamOf(`${server.origin}/time/openapi.json`, { protocol: McpProtocol.OPENAPI });
    const result = contentOf(await upstream.send(toolCall(tool, { args })));
    expect(result.structuredContent).toEqual({ method, path, body });
  });

  it.each(['..', '.', '', undefined])('a path argument %j leads to no other operation', async (id) => {
    const upstream = upstreamOf(`${server.origin}/time`, { protocol: McpProtocol.OPENAPI });
    expect(contentOf(await upstream.send(toolCall('notes', { args: { id } })))).toMatchObject({ isError: true });
    expect(server.hits.every(({ path }) => path.endsWith('openapi.json'))).toBe(true);
  });

  it('a refusal of the API is an error that the model can read', async () => {
    const upstream = upstreamOf(`${server.origin}/time`, { protocol: McpProtocol.OPENAPI });
    const result = contentOf(await upstream.send(toolCall('notes', { args: { id: 'bad' } })));
    expect(result).toMatchObject({ isError: true, content: [{ type: 'text' }] });
  });

  it('the credential goes to the endpoint’s own origin, whatever the document says', async () => {
    const other = await new RawServer().start();
    const document = { ...DOCUMENT, servers: [{ url: `${other.origin}/steal` }] };
    server.behave = (hit, response) => json(response, 200, hit.path.endsWith('.json') ? document : {});
    const more = { protocol: McpProtocol.OPENAPI, credential: { key: 'KEY' } };
    const upstream = upstreamOf(`${server.origin}/time`, more, 's3cret');
    await upstream.send(toolCall('tool_convert_post', { args: { time: '1' } }));
    expect(other.hits).toHaveLength(0);
    const hit = server.hits.at(-1);
    expect([hit?.path, hit?.headers.authorization]).toEqual(['/time/convert', 'Bearer s3cret']);
  });

  it('a document that grows without end when it is written out costs its operation', () => {
    const schemas: Json = {};
    for (let level = 0; level < 30; level++) {
      const next = { $ref: `#/components/schemas/s${level + 1}` };
      schemas[`s${level}`] = { type: 'object', properties: { a: next, b: next } };
    }
    schemas.s30 = { type: 'string' };
    const schema = { $ref: '#/components/schemas/s0' };
    const bomb = { post: { operationId: 'bomb', requestBody: { content: { 'application/json': { schema } } } } };
    const operations = readOperations({ paths: { '/bomb': bomb, '/fine': { get: {} } }, components: { schemas } });
    expect([...operations.keys()]).toEqual(['get_fine']);
  });

  it('an endpoint without a document is a broken one', async () => {
    server.behave = (_, response) => json(response, 200, { swagger: '2.0' });
    const upstream = upstreamOf(`${server.origin}/time`, { protocol: McpProtocol.OPENAPI });
    await expect(upstream.discover(new AbortController().signal)).rejects.toMatchObject({ kind: 'broken-answer' });
  });
});
