import { exchangeOf } from '../../src/mcp/exchange';
import { capabilitiesIn, sessionIdFor } from '../../src/mcp/session-id';
import type { JsonRpcMessage, ProtocolError } from '../../src/protocol/json-rpc';
import { decodedHeader } from '../../src/upstream/parameter-headers';
import { ProtocolEra } from '../../src/upstream/upstream';

const VERSION = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
};

const message = (method: string, params: object = {}): JsonRpcMessage =>
  ({ jsonrpc: '2.0', id: 7, method, params }) as JsonRpcMessage;

const headersFor = (method: string, name?: string) => ({
  'mcp-protocol-version': VERSION,
  'mcp-method': method,
  ...(name === undefined ? {} : { 'mcp-name': name }),
});

function refusal(given: JsonRpcMessage, headers: { [name: string]: string }): Partial<ProtocolError> {
  try {
    exchangeOf(given, headers);
  } catch (error) {
    const { code, status, data } = error as ProtocolError;
    return { code, status, data };
  }
  throw new Error('it was not refused');
}

describe('a request of 2026-07-28', () => {
  test('says itself what its client can do', () => {
    const request = message('tools/call', { name: 'github_search', _meta: META });
    expect(exchangeOf(request, headersFor('tools/call', 'github_search'))).toEqual({
      era: ProtocolEra.MODERN,
      capabilities: { elicitation: {} },
    });
  });

  test.each([
    ['another version in the header', { ...headersFor('tools/list'), 'mcp-protocol-version': '2025-11-25' }],
    ['another method in the header', headersFor('tools/call')],
    ['no version in the headers', { 'mcp-method': 'tools/list' }],
    ['no method in the headers', { 'mcp-protocol-version': VERSION }],
  ])('is refused with %s', (_, headers) => {
    expect(refusal(message('tools/list', { _meta: META }), headers)).toMatchObject({ code: -32020, status: 400 });
  });

  test.each([
    ['tools/call', { name: 'github_search' }],
    ['prompts/get', { name: 'github_review' }],
    ['resources/read', { uri: 'file:///a' }],
  ])('%s is refused when Mcp-Name is missing or another name', (method, params) => {
    const request = message(method, { ...params, _meta: META });
    expect(refusal(request, headersFor(method)).code).toBe(-32020);
    expect(refusal(request, headersFor(method, 'github_delete')).code).toBe(-32020);
  });

  test('takes a name that is wrapped in Base64', () => {
    const wrapped = `=?base64?${Buffer.from('größe').toString('base64')}?=`;
    const request = message('tools/call', { name: 'größe', _meta: META });
    expect(exchangeOf(request, headersFor('tools/call', wrapped)).era).toBe(ProtocolEra.MODERN);
  });

  test('is refused without its capabilities, or with none at all', () => {
    const { 'io.modelcontextprotocol/clientCapabilities': _, ...rest } = META;
    const headers = headersFor('tools/list');
    expect(refusal(message('tools/list', { _meta: rest }), headers)).toMatchObject({ code: -32602, status: 400 });
    expect(refusal(message('tools/list'), headers)).toMatchObject({ code: -32602, status: 400 });
  });

  test('of a version that is not served is told which are', () => {
    const version = '2099-01-01';
    const meta = { ...META, 'io.modelcontextprotocol/protocolVersion': version };
    const headers = { ...headersFor('server/discover'), 'mcp-protocol-version': version };
    expect(refusal(message('server/discover', { _meta: meta }), headers)).toMatchObject({
      code: -32022,
      status: 400,
      data: { requested: version, supported: expect.arrayContaining([VERSION]) },
    });
  });
});

describe('a request of 2025-11-25', () => {
  test('needs no header', () => {
    expect(exchangeOf(message('tools/list'), {})).toMatchObject({ era: ProtocolEra.LEGACY, capabilities: {} });
  });

  test('brings what its client can do in the session id', () => {
    const sessionId = sessionIdFor({ sampling: { tools: {} }, roots: { listChanged: true } });
    expect(exchangeOf(message('tools/list'), { 'mcp-session-id': sessionId })).toEqual({
      era: ProtocolEra.LEGACY,
      capabilities: { sampling: { tools: {} }, roots: {} },
      sessionId,
    });
  });

  test('is refused when initialize comes with the newer version in the header', () => {
    const headers = { 'mcp-protocol-version': VERSION };
    expect(refusal(message('initialize', { protocolVersion: '2025-11-25' }), headers).code).toBe(-32020);
  });

  test('is refused with a version that nobody knows', () => {
    expect(refusal(message('tools/list'), { 'mcp-protocol-version': '1999-01-01' }).status).toBe(400);
  });
});

describe('a session id', () => {
  test('is another one each time, and says nothing but capabilities', () => {
    const capabilities = { elicitation: { form: {}, url: {} }, experimental: { secret: {} } };
    const [one, other] = [sessionIdFor(capabilities), sessionIdFor(capabilities)];
    expect(one).not.toBe(other);
    expect(capabilitiesIn(one)).toEqual({ elicitation: { form: {}, url: {} } });
  });

  test.each([undefined, '', 'v1e', 'v2e-6e4227d6-bb07-45d4-867e-fac0350703f0', 'a session of another gateway'])(
    '%j stands for no capability',
    (sessionId) => {
      expect(capabilitiesIn(sessionId)).toEqual({});
    },
  );

  test('with unknown letters stands for the known ones', () => {
    expect(capabilitiesIn('v1ezr-6e4227d6-bb07-45d4-867e-fac0350703f0')).toEqual({ elicitation: {}, roots: {} });
  });
});

describe('decodedHeader', () => {
  test.each(['=?base64?a?=', '=?base64?!!!!?=', '=?base64?gICA?='])('finds nothing in %s', (value) => {
    expect(decodedHeader(value)).toBeUndefined();
  });
});
