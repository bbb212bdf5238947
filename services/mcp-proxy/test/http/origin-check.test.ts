import { OriginCheck, servedHosts } from '../../src/http/origin-check';

const check = new OriginCheck({
  allowedHosts: ['mcp-proxy', 'mcp-proxy.open-webui.svc'],
  allowedOrigins: ['https://chat.company.com'],
});

describe('OriginCheck', () => {
  test.each(['mcp-proxy', 'mcp-proxy:8000', 'MCP-Proxy.open-webui.svc:80'])('serves the host %s', (host) => {
    expect(check.refusal({ host })).toBeUndefined();
  });

  test.each([
    'evil.example',
    'mcp-proxy.evil.example',
    'mcp-proxy@evil.example',
    'evil.example:mcp-proxy',
    'mcp-proxy:8000:9',
    'mcp-proxy/..',
    '',
    ' mcp-proxy',
  ])('refuses the host %j', (host) => {
    expect(check.refusal({ host })).toBeDefined();
  });

  test('refuses a request without a host', () => {
    expect(check.refusal({})).toBeDefined();
  });

  test.each(['https://evil.example', 'null', 'http://chat.company.com', 'https://chat.company.com.evil.example'])(
    'refuses the origin %s',
    (origin) => {
      expect(check.refusal({ host: 'mcp-proxy', origin })).toBeDefined();
    },
  );

  test.each(['https://chat.company.com', 'http://mcp-proxy:8000'])('serves the origin %s', (origin) => {
    expect(check.refusal({ host: 'mcp-proxy:8000', origin })).toBeUndefined();
  });

  test('takes an origin for its own only when it is the host of this very request', () => {
    expect(check.refusal({ host: 'mcp-proxy', origin: 'http://mcp-proxy.open-webui.svc' })).toBeDefined();
  });
});

describe('servedHosts', () => {
  test('adds the host of the public URL to the given ones', () => {
    expect(servedHosts(['mcp-proxy'], 'https://tools.company.com/mcp', '0.0.0.0')).toEqual([
      'mcp-proxy',
      'tools.company.com',
    ]);
  });

  test("names this machine's own hosts when none is given", () => {
    expect(servedHosts(undefined, undefined, '::1')).toEqual(['localhost', '127.0.0.1', '[::1]', '[::1]']);
  });
});
