import type { IncomingHttpHeaders } from 'node:http';

/** What a request may name as its host and its origin. */
export interface OriginCheckOptions {
  /** Host names without ports; an IPv6 address in brackets. */
  readonly allowedHosts: readonly string[];
  /** Origins of browsers, such as `https://chat.company.com`. */
  readonly allowedOrigins: readonly string[];
}

/** Names by which a program on the same machine calls a server that listens on loopback or everywhere. */
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The hosts that are served: always that of the public URL, and the given ones; where none are given, also the names of
 * loopback and the host that is listened on.
 */
export function servedHosts(
  allowedHosts: readonly string[] | undefined,
  publicUrl: string | undefined,
  host: string,
): readonly string[] {
  const named = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  if (allowedHosts) return [...allowedHosts, ...named];
  return [...named, ...LOOPBACK_HOSTS, host.includes(':') ? `[${host}]` : host];
}

/**
 * The defence against DNS rebinding (MCP, "Streamable HTTP", security warning): a browser on a page of evil.example
 * that was made to resolve to our address still sends its own Host and Origin.
 */
export class OriginCheck {
  private readonly hosts: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;

  constructor({ allowedHosts, allowedOrigins }: OriginCheckOptions) {
    this.hosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /** Why the request is refused, or nothing. */
  public refusal({ host, origin }: IncomingHttpHeaders): string | undefined {
    const name = host === undefined ? undefined : hostName(host);
    if (name === undefined || !this.hosts.has(name)) return 'This host name is not served here';
    // Programs send no Origin; a browser does, and its own page's is that of a host that was just found to be served.
    if (origin === undefined || isOriginOf(origin, host)) return undefined;
    return this.origins.has(origin.toLowerCase()) ? undefined : 'This origin may not call';
  }
}

function isOriginOf(origin: string, host: string | undefined): boolean {
  const [scheme, authority] = origin.toLowerCase().split('://', 2);
  return (scheme === 'http' || scheme === 'https') && authority === host?.toLowerCase();
}

/** The name in a Host header, in lower case, without the port; nothing when it is not a name and a port. */
function hostName(host: string): string | undefined {
  const match = /^([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}
