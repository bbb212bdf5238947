import { isIP } from 'node:net';
import type { ForeignPeer } from './platform';
import { isCidr } from './schema/network-address';
import type { Workload } from './workload';

/** A host that a program talks to, outside the cluster or in another namespace. */
export interface ExternalHost {
  /**
   * Host name, for example `api.anthropic.com`. A Service of the cluster by its full name, for example
   * `pg-rw.databases.svc.cluster.local`: its namespace is then opened.
   */
  readonly host: string;
  /** Of a Service of the cluster, the port on which its pods listen: policies know no other. @default 443 */
  readonly port?: number;
  /**
   * Address ranges of that host, in CIDR form: plain NetworkPolicies know no names.
   * @default - any public address on that port, where the platform cannot filter by name
   */
  readonly cidrs?: string[];
}

/** Anthropic's published address ranges. Source: docs of the Claude API, "IP addresses". */
export const ANTHROPIC_API: ExternalHost = {
  host: 'api.anthropic.com',
  port: 443,
  cidrs: ['160.79.104.0/23', '2607:6bc0::/48'],
};

/**
 * Every public address: what a plain NetworkPolicy allows for a host whose addresses are not published. The private,
 * link-local (cloud metadata), loopback and multicast ranges stay closed.
 */
export const PUBLIC_ADDRESSES: readonly { readonly cidr: string; readonly except: string[] }[] = [
  {
    cidr: '0.0.0.0/0',
    except: [
      '10.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '224.0.0.0/4',
    ],
  },
  { cidr: '::/0', except: ['::1/128', 'fc00::/7', 'fe80::/10', 'ff00::/8'] },
];

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd])/i;

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Whether a text is the name of a host, without scheme, port and path, in lower case. */
export function isHostName(text: string): boolean {
  return HOST.test(text);
}

// A URL has an IPv6 address in brackets.
const withoutBrackets = (host: string): string => host.replaceAll(/^\[|\]$/g, '');

/** The address that stands in the place of a host's name, in CIDR form; undefined for a name. */
export function addressOf(host: string): string | undefined {
  const address = withoutBrackets(host);
  const version = isIP(address);
  return version === 0 ? undefined : `${address}/${version === 4 ? 32 : 128}`;
}

/** A name of the cluster's own DNS. */
export interface ClusterName {
  readonly service: string;
  /** @default - that of the pod which asks */
  readonly namespace?: string;
}

/** What a host means inside the cluster; undefined for one outside. */
export function clusterName(host: string): ClusterName | undefined {
  if (!host.includes('.')) {
    return addressOf(host) === undefined ? { service: host } : undefined;
  }
  // Before the Service may stand the name of one of its pods.
  const [, service, namespace] = /^(?:.+\.)?([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?$/.exec(host) ?? [];
  return service === undefined ? undefined : { service, namespace };
}

/** The namespace whose pods are behind a host; undefined where its addresses are to be told. */
export function namespaceBehind({ host, cidrs = [] }: ExternalHost): string | undefined {
  // The API server is no pod.
  return cidrs.length > 0 || isApiServer(host) ? undefined : clusterName(host)?.namespace;
}

/** Whether a host is the cluster's API server, by the name of its Service. */
export function isApiServer(host: string): boolean {
  const name = clusterName(host);
  return name?.service === 'kubernetes' && name.namespace === 'default';
}

/** What is wrong with a host that a program talks to, as the end of a sentence; undefined when nothing is. */
export function hostProblem({ host, port = 443, cidrs = [] }: ExternalHost): string | undefined {
  if (!isHostName(host) && addressOf(host) === undefined) {
    return `"${host}" is not a host: write its name or address without scheme, port and path, in lower case, for example api.company.com`;
  }
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    return `${host} has no port ${port}: write a whole number from 1 to 65535`;
  }
  const wrong = cidrs.find((cidr) => !isCidr(cidr));
  if (wrong !== undefined) {
    return `"${wrong}" is no address range of ${host}: write it like 10.0.0.0/8`;
  }
  const name = clusterName(host);
  if (name === undefined || cidrs.length > 0 || namespaceBehind({ host }) !== undefined) {
    return undefined;
  }
  return name.namespace === undefined
    ? `${host} is a Service without its namespace, which policies cannot find: link the program if this library renders it, otherwise write the full name, as in ${host}.<namespace>.svc.cluster.local, or the addresses in cidrs`
    : `${host} is the API server, which is no pod: write its addresses in cidrs, as "kubectl get endpointslices kubernetes" shows them`;
}

/** Whether the host's addresses are known and private. */
export function isPrivate(host: ExternalHost): boolean {
  return host.cidrs !== undefined && host.cidrs.length > 0 && host.cidrs.every((cidr) => PRIVATE.test(cidr));
}

/**
 * Whether policies match the host by its addresses, and not by its name. Pods find the API server in a variable, as an
 * address: nobody looks up its name.
 */
export function isMatchedByAddress(host: ExternalHost): boolean {
  return isPrivate(host) || addressOf(host.host) !== undefined || isApiServer(host.host);
}

/** Whether a text is an http or https URL; `host:443` alone is one of the scheme `host`. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

export function isHttpsUrl(text: string): boolean {
  return isHttpUrl(text) && text.startsWith('https:');
}

/** The host and port that a URL leads to. @param prop name of the prop for the error: it is not a URL */
export function urlHost(url: string, prop: string): ExternalHost {
  if (!isHttpUrl(url)) {
    throw new Error(
      `${prop} "${url}" is not an address: write it with its scheme, for example https://host.company.com`,
    );
  }
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: Number(port) || (protocol === 'http:' ? 80 : undefined) };
}

/** The port on which a host is reached. */
export function hostPort(host: ExternalHost): number {
  return host.port ?? 443;
}

/** A declared connection from pods of ours to pods of ours. */
export interface PodLink {
  readonly from: Workload;
  readonly to: Workload;
  /** Name of the port at the receiving end. */
  readonly portName: string;
  /** What flows, as a short phrase: the label of the arrow. */
  readonly purpose: string;
}

/** A declared connection from pods that others own to pods of ours. */
export interface InboundLink {
  readonly from: ForeignPeer;
  /** Who that is, for the picture. */
  readonly title: string;
  readonly to: Workload;
  readonly portName: string;
  readonly purpose: string;
}

/** A declared connection from pods of ours to pods that others own. */
export interface PeerLink {
  readonly from: Workload;
  readonly to: ForeignPeer;
  /** Who that is, for the picture. */
  readonly title: string;
  /** Number of the port of those pods. */
  readonly port: number;
  readonly purpose: string;
}

/** A declared connection from pods of ours to a host outside the cluster. */
export interface OutboundLink {
  readonly from: Workload;
  readonly to: ExternalHost;
  readonly purpose: string;
}
