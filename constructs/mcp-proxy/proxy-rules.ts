import type { McpProxy } from '../mcp-proxy';
import { isHttpUrl } from '../platform/links';
import { EdgeKind } from '../platform/platform';
import type { Rule } from '../platform/rules';
import { isJson } from '../platform/schema/value-words';

export const MCP_PROXY_RULES: readonly Rule<McpProxy>[] = [
  {
    id: 'rate-limits-shared',
    broken: ({ maxReplicas, _redis, _own }) =>
      maxReplicas > 1 &&
      !_redis &&
      _own.tenants._usableTenants.some(({ enabled, rateLimit }) => enabled !== false && rateLimit),
    message: ({ name, maxReplicas }) =>
      `${name}: ${maxReplicas} replicas would each count calls for themselves, so a rate limit would not hold: call useRedis, set replicas to 1, or leave rateLimit out of the tenants`,
  },
  {
    id: 'jwt-secret-of-its-own',
    broken: ({ jwtSecret }) => jwtSecret.key === 'WEBUI_SECRET_KEY',
    message: ({ name }) =>
      `${name}: with WEBUI_SECRET_KEY the gateway could forge the session of any user: leave jwtSecret out, or give a key that only signs who a request is from`,
  },
  {
    id: 'drain-within-grace',
    broken: ({ _own, preStopSeconds, shutdownGraceSeconds }) =>
      _own.terminationGracePeriodSeconds !== undefined &&
      _own.terminationGracePeriodSeconds <= preStopSeconds + shutdownGraceSeconds,
    message: ({ name, _own, preStopSeconds, shutdownGraceSeconds }) =>
      `${name}: terminationGracePeriodSeconds ${_own.terminationGracePeriodSeconds} cuts off calls that may still run: write more than ${preStopSeconds + shutdownGraceSeconds}, the pre-stop pause and shutdownGraceSeconds`,
  },
  {
    id: 'drain-seconds',
    broken: ({ shutdownGraceSeconds: seconds }) => !Number.isInteger(seconds) || seconds < 1 || seconds > 86_400,
    message: ({ name, shutdownGraceSeconds }) =>
      `${name}: shutdownGraceSeconds is ${shutdownGraceSeconds}: write a whole number of seconds from 1 to 86400`,
  },
  {
    id: 'oidc-issuer-and-audience',
    broken: ({ _own }) => (_own.oidcIssuer === undefined) !== (_own.oidcAudience === undefined),
    message: ({ name, _own }) =>
      _own.oidcIssuer === undefined
        ? `${name}: oidcAudience means nothing without oidcIssuer: write both, or none`
        : `${name}: every token of ${_own.oidcIssuer} would be accepted, also those made for other programs: write oidcAudience`,
  },
  {
    id: 'oidc-issuer-url',
    broken: ({ _own }) => _own.oidcIssuer !== undefined && !/^https:\/\/[^/]*\./.test(_own.oidcIssuer),
    message: ({ name, _own }) =>
      `${name}: oidcIssuer "${_own.oidcIssuer}" is not an https URL with a full host name: write the issuer as its tokens name it`,
  },
  {
    id: 'mcp-proxy-public-url',
    broken: ({ _own }) => _own.publicUrl !== undefined && !isHttpUrl(_own.publicUrl),
    message: ({ name, _own }) =>
      `${name}: publicUrl "${_own.publicUrl}" is not an http or https URL: write one, as in https://tools.company.com`,
  },
  {
    id: 'mcp-edge-issuer',
    broken: ({ _own }) => _own.edge !== undefined && _own.oidcIssuer === undefined,
    message: ({ name, _own }) =>
      `${name}: ${_own.edge?.host} would be open to whoever has the one API key, in the name of any user: write oidcIssuer and oidcAudience, or leave edge out`,
  },
  {
    id: 'mcp-edge-kind',
    broken: ({ edge }) => edge !== undefined && edge.kind !== EdgeKind.HTTP_ROUTE,
    message: ({ name, edge }) =>
      `${name}: a ${edge?.kind} cannot take headers away, and clients could bring those of Open WebUI: write kind EdgeKind.HTTP_ROUTE into edge`,
  },
  {
    id: 'mcp-edge-rules',
    broken: ({ _own }) => _own.edge?.additionalRules !== undefined,
    message: ({ name }) =>
      `${name}: additionalRules of edge would pass by the filter that takes the headers of Open WebUI away: leave them out`,
  },
  {
    id: 'mcp-edge-public-url',
    broken: ({ _own, edge }) => edge !== undefined && _own.publicUrl !== undefined && _own.publicUrl !== edge.url,
    message: ({ name, edge, _own }) =>
      `${name}: publicUrl ${_own.publicUrl} is not the edge's ${edge?.url}, and tokens for one are refused at the other: leave publicUrl out`,
  },
  {
    id: 'mcp-edge-keys',
    broken: ({ _own }) =>
      _own.edgeKeysUrl !== undefined && (_own.edge === undefined || !/^https:\/\/./.test(_own.edgeKeysUrl)),
    message: ({ name, _own }) =>
      _own.edge === undefined
        ? `${name}: edgeKeysUrl means nothing without edge: leave it out`
        : `${name}: edgeKeysUrl "${_own.edgeKeysUrl}" is not an https URL: write the jwks_uri of the issuer`,
  },
  {
    id: 'allowed-host-name',
    broken: ({ _own }) => (_own.allowedHosts ?? []).some((host) => !/^[a-z0-9._-]+$/.test(host)),
    message: ({ name, _own }) =>
      `${name}: allowedHosts has "${_own.allowedHosts?.find((host) => !/^[a-z0-9._-]+$/.test(host))}": write host names in lower case, without scheme and port`,
  },
  {
    id: 'tool-pins-json',
    broken: ({ _own }) => _own.toolPins !== undefined && !isJson(_own.toolPins),
    message: ({ name }) => `${name}: toolPins is not JSON: give the content of tools.lock.json`,
  },
  {
    id: 'endpoint-cidrs-used',
    broken: (proxy) => proxy._own.tenants._usableTenants.length > 0 && proxy._unusedCidrs.length > 0,
    message: (proxy) =>
      `${proxy.name}: endpointCidrs has addresses for ${proxy._unusedCidrs.join(', ')}, which no enabled tenant calls: write the host as it stands in mcpEndpoint, or leave it out`,
  },
];
