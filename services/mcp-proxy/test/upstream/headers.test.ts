import { createUpstream, ProtocolEra } from '../../src/upstream';
import { answer, legacyHandshake, modernDiscovery, RawServer, tenantOf, toolCall, upstreamOf } from './raw-server';

let server: RawServer;

beforeEach(async () => {
  server = await new RawServer().start();
  server.behave = (hit, response) => {
    if (!modernDiscovery(hit, response, TOOLS)) answer(response, hit, {});
  };
});

const TOOLS = [
  {
    name: 'sql',
    inputSchema: {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        options: { type: 'object', properties: { dry: { type: 'boolean', 'x-mcp-header': 'Dry' } } },
      },
    },
  },
];

const lastCall = () => [...server.hits].reverse().find(({ body }) => body.method === 'tools/call');
const OF_THE_PROTOCOL = ['accept', 'connection', 'content-length', 'content-type', 'host'];

describe('what an upstream is sent', () => {
  it('is what the protocol needs, the credential, and no other header', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`, { credential: { key: 'KEY' } }, 's3cret');
    await upstream.send(toolCall('sql'));
    const headers = lastCall()?.headers ?? {};
    expect(Object.keys(headers).sort()).toEqual(
      [...OF_THE_PROTOCOL, 'authorization', 'mcp-method', 'mcp-name', 'mcp-protocol-version'].sort(),
    );
    expect(headers).toMatchObject({ authorization: 'Bearer s3cret', 'mcp-method': 'tools/call', 'mcp-name': 'sql' });
  });

  it.each([
    [{ key: 'KEY', header: 'X-API-Key' }, 'x-api-key', 's3cret'],
    [{ key: 'KEY', scheme: 'token' }, 'authorization', 'token s3cret'],
    [{ key: 'KEY', scheme: '' }, 'authorization', 's3cret'],
  ])('the credential %j', async (credential, header, value) => {
    const upstream = upstreamOf(`${server.origin}/mcp`, { credential }, 's3cret');
    await upstream.send(toolCall('sql'));
    expect(lastCall()?.headers[header]).toBe(value);
  });

  it('a rotated credential counts at the next request', async () => {
    let secret: string | undefined = 'old';
    const tenant = tenantOf(`${server.origin}/mcp`, { credential: { key: 'KEY' } });
    const upstream = createUpstream(tenant, { credential: () => secret });
    await upstream.send(toolCall('sql'));
    secret = 'new';
    await upstream.send(toolCall('sql'));
    expect(lastCall()?.headers.authorization).toBe('Bearer new');
    secret = undefined;
    await expect(upstream.send(toolCall('sql'))).rejects.toMatchObject({ kind: 'credential-missing' });
    secret = 'back';
    await upstream.send(toolCall('sql'));
    expect(lastCall()?.headers.authorization).toBe('Bearer back');
  });

  it('a secret of two lines is not sent, and makes no second header', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`, { credential: { key: 'KEY' } }, 'a\r\nx-admin: 1');
    await expect(upstream.send(toolCall('sql'))).rejects.toMatchObject({ kind: 'credential-missing' });
    expect(server.hits).toHaveLength(0);
  });

  it('names that no header can carry travel in the specification’s Base64 form', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const names = ['größe', 'a\r\nx-evil: 1', ' padded ', '=?base64?literal?='];
    for (const name of names) {
      await upstream.send(toolCall(name));
      const [, encoded = ''] = /^=\?base64\?(.*)\?=$/.exec(String(lastCall()?.headers['mcp-name'])) ?? [];
      expect(Buffer.from(encoded, 'base64').toString()).toBe(name);
      expect(lastCall()?.headers).not.toHaveProperty('x-evil');
    }
  });

  it('arguments go into headers where the tool asks for it and the caller’s protocol has no such headers', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.discover(new AbortController().signal);
    await upstream.send(toolCall('sql', { args: { region: 'us-west1', options: { dry: true } } }));
    expect(lastCall()?.headers).toMatchObject({ 'mcp-param-region': 'us-west1', 'mcp-param-dry': 'true' });
    await upstream.send(toolCall('sql', { args: { region: 'us-west1' }, paramHeaders: {} }));
    expect(lastCall()?.headers).not.toHaveProperty('mcp-param-region');
  });

  it('of a caller’s headers only Mcp-Param-* are passed on, and only as one header each', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const paramHeaders = {
      'mcp-param-region': 'eu',
      'mcp-param-bad': 'a\r\nx-evil: 1',
      'mcp-param-x y': '1',
      authorization: 'Bearer of-the-caller',
      cookie: 'token=1',
      'x-openwebui-user-email': 'alice@google.com',
    };
    await upstream.send(toolCall('sql', { paramHeaders }));
    const sent = Object.keys(lastCall()?.headers ?? {}).filter((name) => !OF_THE_PROTOCOL.includes(name));
    expect(sent.sort()).toEqual(['mcp-method', 'mcp-name', 'mcp-param-region', 'mcp-protocol-version']);
  });

  it('the body carries the gateway’s own name and the capabilities of the caller', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const meta = { traceparent: '00-1-2-01', 'io.modelcontextprotocol/clientInfo': { name: 'of the caller' } };
    await upstream.send(toolCall('sql', { meta, clientCapabilities: { elicitation: {} } }));
    expect(lastCall()?.body).toHaveProperty('params._meta', {
      traceparent: '00-1-2-01',
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'mcp-proxy', version: expect.any(String) },
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    });
  });

  it('a caller of an older version gets the log lines that it cannot ask for there', async () => {
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const level = async (call: ReturnType<typeof toolCall>) => {
      await upstream.send(call);
      const { _meta } = (lastCall()?.body.params ?? {}) as { _meta: { [key: string]: unknown } };
      return _meta['io.modelcontextprotocol/logLevel'];
    };
    const onMessage = () => {};
    expect(await level(toolCall('sql', { era: ProtocolEra.LEGACY, onMessage }))).toBe('info');
    expect(await level(toolCall('sql', { era: ProtocolEra.LEGACY }))).toBeUndefined();
    expect(await level(toolCall('sql', { era: ProtocolEra.MODERN, onMessage }))).toBeUndefined();
    const meta = { 'io.modelcontextprotocol/logLevel': 'error' };
    expect(await level(toolCall('sql', { era: ProtocolEra.MODERN, onMessage, meta }))).toBe('error');
  });
});

describe('headers of a caller before a server of an older version, which cannot check them', () => {
  const args = { region: 'Zürich', options: { dry: true } };
  const right = {
    'mcp-param-region': `=?base64?${Buffer.from('Zürich').toString('base64')}?=`,
    'mcp-param-dry': 'true',
  };

  it.each<[string, { [name: string]: string }, boolean]>([
    ['say the same', right, true],
    ['have another value', { ...right, 'mcp-param-dry': 'false' }, false],
    ['are missing', { 'mcp-param-dry': 'true' }, false],
    ['are no Base64', { ...right, 'mcp-param-region': '=?base64?!?=' }, false],
  ])('%s', async (_, paramHeaders, passes) => {
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      answer(response, hit, hit.body.method === 'tools/list' ? { tools: TOOLS } : { content: [] });
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.discover(new AbortController().signal);
    const answered = await upstream.send(toolCall('sql', { args, paramHeaders }));
    expect(answered).toMatchObject(passes ? { result: { content: [] } } : { error: { code: -32020 } });
    expect(server.count('tools/call')).toBe(passes ? 1 : 0);
  });

  it('are not asked for where the argument is absent', async () => {
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      answer(response, hit, hit.body.method === 'tools/list' ? { tools: TOOLS } : { content: [] });
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.discover(new AbortController().signal);
    expect(await upstream.send(toolCall('sql', { paramHeaders: {} }))).toHaveProperty('result');
  });
});
