import type { McpServer } from '../mcp-server';
import { addressOf, clusterName, isPrivate } from '../platform/links';
import type { Rule } from '../platform/rules';
import type { Tenant } from '../tenants';

/** Where a URL leads, as NetworkPolicies tell places apart. */
export interface UrlTarget {
  readonly host: string;
  readonly port: number;
  /** Name of a Service in the same namespace. */
  readonly service?: string;
  /** Another namespace of this cluster. */
  readonly namespace?: string;
  /** The one address that the URL names, in CIDR form. */
  readonly address?: string;
}

/** Reads a URL as a pod of `ownNamespace` would resolve it. Error: it is not a URL. */
export function urlTarget(url: string, ownNamespace?: string): UrlTarget {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$|\.$/g, '');
  const target = { host, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  const name = clusterName(host);
  if (name === undefined) {
    return { ...target, address: addressOf(host) };
  }
  const { service, namespace = ownNamespace } = name;
  return namespace === ownNamespace ? { ...target, service } : { ...target, namespace };
}

/** What one tenant's calls reach. */
export interface Upstream {
  /** Name of the gateway, for messages. */
  readonly proxyName: string;
  readonly tenant: Tenant;
  readonly url: string;
  readonly target: UrlTarget;
  /** The server in this namespace that bears the target's name. */
  readonly server?: McpServer;
  /** Address ranges that were given for the target's host. */
  readonly cidrs?: string[];
}

const begin = ({ proxyName, tenant }: Upstream) => `${proxyName}: tenant "${tenant.tenantId}"`;

export const UPSTREAM_RULES: readonly Rule<Upstream>[] = [
  {
    id: 'tenant-server-known',
    broken: ({ target, server }) => target.service !== undefined && server === undefined,
    message: (upstream) =>
      `${begin(upstream)} calls ${upstream.target.service}, and no server of that name is in use: call useServer with its McpServer, or write another namespace's Service in full, as in http://mcp-search.tools.svc.cluster.local:8000/mcp`,
  },
  {
    id: 'tenant-server-address',
    broken: ({ url, server }) => server !== undefined && !server._serves(url),
    message: (upstream) =>
      `${begin(upstream)} calls ${upstream.url}, but ${upstream.server?.name} listens at ${upstream.server?.endpoint}: write that as mcpEndpoint`,
  },
  {
    id: 'tenant-server-credential',
    broken: ({ tenant, server }) => server?.credentialPerCall === true && tenant.credential === undefined,
    message: (upstream) =>
      `${begin(upstream)} has no credential, and ${upstream.server?.name} refuses calls without one: write credential with the key of the Secret that holds it, as in { key: 'GITHUB_TOKEN' }`,
  },
  {
    // Loopback, link-local and with it the cloud's metadata are addresses too: none is a tool server.
    id: 'tenant-address-private',
    broken: ({ target }) => target.address !== undefined && !isPrivate({ host: target.host, cidrs: [target.address] }),
    message: (upstream) =>
      `${begin(upstream)} calls the address ${upstream.target.host}, which is not one of a private network: write the server's host name`,
  },
  {
    id: 'tenant-credential-encrypted',
    broken: ({ tenant, url, target, cidrs }) => {
      const outside = !target.service && !target.namespace && !target.address;
      const privateHost = cidrs !== undefined && isPrivate({ host: target.host, cidrs });
      return tenant.credential !== undefined && url.startsWith('http:') && outside && !privateHost;
    },
    message: (upstream) =>
      `${begin(upstream)} would send its credential to ${upstream.target.host} in clear text: write https, or give the addresses of a private network in endpointCidrs`,
  },
];
