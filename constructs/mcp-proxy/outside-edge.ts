import { ApiObject } from 'cdk8s';
import { SecurityPolicy } from '../../imports/gateway.envoyproxy.io';
import { HttpRouteSpecRulesFiltersType } from '../../imports/gateway.networking.k8s.io';
import type { McpProxy } from '../mcp-proxy';
import { Edge, type EdgeProps } from '../platform/edge';
import { EdgeKind } from '../platform/platform';

/** By these Open WebUI says who a request is from. From outside, a token says it. */
const IDENTITY_HEADERS = ['Id', 'Email', 'Name', 'Role', 'Groups', 'Jwt'].map((field) => `X-OpenWebUI-User-${field}`);

/** The edge of the gateway, which passes on nothing of what clients say about themselves but their token. */
export function edgeWithoutIdentity(proxy: McpProxy, props: EdgeProps): Edge {
  const isRoute = (props.kind ?? proxy.platform.edge) === EdgeKind.HTTP_ROUTE;
  const strip = {
    type: HttpRouteSpecRulesFiltersType.REQUEST_HEADER_MODIFIER,
    requestHeaderModifier: { remove: IDENTITY_HEADERS },
  };
  return new Edge(proxy, 'Edge', proxy, isRoute ? { ...props, filters: [strip, ...(props.filters ?? [])] } : props);
}

/** Envoy Gateway's check of tokens, where it is asked for; the gateway checks them again. */
export function checkTokensAtEdge(proxy: McpProxy, edge: Edge): void {
  const { edgeKeysUrl, oidcIssuer, oidcAudience } = proxy._own;
  if (edgeKeysUrl === undefined || edge.kind !== EdgeKind.HTTP_ROUTE) {
    return;
  }
  new ApiObject(
    proxy,
    'EdgeTokens',
    SecurityPolicy.manifest({
      metadata: { name: proxy.name, labels: proxy.labels },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: proxy.name }],
        jwt: {
          // A client without a token learns from the gateway's answer where to get one.
          optional: true,
          providers: [
            {
              name: 'issuer',
              issuer: oidcIssuer,
              audiences: oidcAudience === undefined ? undefined : [oidcAudience],
              remoteJwks: { uri: edgeKeysUrl },
            },
          ],
        },
      },
    }),
  );
}
