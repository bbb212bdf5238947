import type { Construct } from 'constructs';
import { McpProxy, type McpProxyOptions } from '../constructs/mcp-proxy';
import { EdgeKind, Platform } from '../constructs/platform/platform';
import { TenantConfig } from '../constructs/tenant-config';
import { environmentOf, kubernetes, render } from './render';

const EDGE = { host: 'tools.company.com', gatewayClassName: 'envoy' };
const TOKENS = { oidcIssuer: 'https://login.microsoftonline.com/tenant/v2.0', oidcAudience: 'api://mcp' };
const KEYS = 'https://login.microsoftonline.com/tenant/discovery/v2.0/keys';

const made = (props: McpProxyOptions) => (scope: Construct) =>
  new McpProxy(scope, 'mcp-proxy', { ...props, tenants: new TenantConfig(scope, 'tenants', { tenants: [] }) });
const gateway = (props: McpProxyOptions = {}, platform = kubernetes()) =>
  render(made({ edge: EDGE, ...TOKENS, ...props }), { platform });

describe('the gateway at an edge', () => {
  test('as manifests, where Envoy Gateway checks tokens too', () => {
    const rendered = gateway({ edgeKeysUrl: KEYS });
    expect(rendered.problems.filter((problem) => !/no tenant/.test(problem))).toEqual([]);
    expect([
      rendered.find('Gateway'),
      rendered.find('HTTPRoute', 'mcp-proxy'),
      rendered.find('SecurityPolicy'),
    ]).toMatchSnapshot();
  });

  test('takes away what clients say about themselves', () => {
    const [rule] = gateway().find('HTTPRoute', 'mcp-proxy').spec.rules;
    expect(rule.filters[0].requestHeaderModifier.remove).toEqual(
      expect.arrayContaining(['X-OpenWebUI-User-Jwt', 'X-OpenWebUI-User-Groups', 'X-OpenWebUI-User-Role']),
    );
    const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['server'] } }];
    const [own] = gateway({ edge: { ...EDGE, filters } }).find('HTTPRoute', 'mcp-proxy').spec.rules;
    expect(own.filters).toHaveLength(2);
  });

  test('is known by the address of the edge, and answers to it', () => {
    const [container] = gateway({ edge: { ...EDGE, additionalHosts: ['tools.company.org'] } }).find('Deployment').spec
      .template.spec.containers;
    const env = environmentOf(container);
    expect(env.PUBLIC_URL).toBe('https://tools.company.com');
    expect(env.ALLOWED_HOSTS.split(',')).toEqual(expect.arrayContaining(['tools.company.com', 'tools.company.org']));
    expect(env).toMatchObject({ OIDC_ISSUER: TOKENS.oidcIssuer, OIDC_AUDIENCE: TOKENS.oidcAudience });
  });

  test('lets in the pods of the edge', () => {
    const { ingress } = gateway().find('NetworkPolicy', 'mcp-proxy').spec;
    expect(JSON.stringify(ingress)).toContain('gateway-system');
  });

  test('lets a client without a token through to the answer that says where to get one', () => {
    expect(gateway({ edgeKeysUrl: KEYS }).find('SecurityPolicy').spec.jwt.optional).toBe(true);
    expect(gateway().ofKind('SecurityPolicy')).toEqual([]);
  });

  test('has the annotations of another gateway, such as plugins of Kong', () => {
    const annotations = { 'konghq.com/plugins': 'mcp-rate-limit' };
    const route = gateway({ edge: { ...EDGE, gatewayClassName: 'kong', annotations } }).find('HTTPRoute', 'mcp-proxy');
    expect(route.metadata.annotations).toEqual(annotations);
  });
});

test('without an edge only pods reach the gateway', () => {
  const rendered = gateway({ edge: undefined });
  expect(rendered.ofKind('HTTPRoute')).toEqual([]);
});

test.each<[string, McpProxyOptions, RegExp, Platform?]>([
  [
    'an edge without an issuer',
    { oidcIssuer: undefined, oidcAudience: undefined },
    /tools.company.com would be open to whoever has the one API key/,
  ],
  [
    'an edge that cannot take headers away',
    { edge: { host: 'tools.company.com' } },
    /a Route cannot take headers away/,
    Platform.openshift(),
  ],
  ['rules that pass by the filter', { edge: { ...EDGE, additionalRules: [{}] } }, /leave them out/],
  [
    'another public address',
    { publicUrl: 'https://other.company.com' },
    /publicUrl https:\/\/other.company.com is not/,
  ],
  ['keys in clear text', { edgeKeysUrl: 'http://login.company.com/keys' }, /is not an https URL: write the jwks_uri/],
  ['keys of no edge', { edge: undefined, edgeKeysUrl: KEYS }, /edgeKeysUrl means nothing without edge/],
])('refuses %s', (_, props, sentence, platform = kubernetes()) => {
  expect(gateway(props, platform).problems.join('\n')).toMatch(sentence);
});

test('an Ingress of the platform is replaced by writing the kind', () => {
  const { problems } = gateway({ edge: { ...EDGE, kind: EdgeKind.HTTP_ROUTE } }, Platform.kind());
  expect(problems.filter((problem) => /cannot take headers away/.test(problem))).toEqual([]);
});
