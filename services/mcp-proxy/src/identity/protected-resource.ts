import { type Refusal, RefusalReason } from './refusal';

/** Prefix of the metadata's path; the path of the resource follows it (RFC 9728, 3.1). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The gateway as an OAuth 2.0 protected resource: how a client learns where to get a token (RFC 9728). */
export class ProtectedResource {
  /**
   * @param publicUrl base URL without a slash at its end
   * @param issuer without one there is no metadata, and challenges name none
   */
  constructor(
    private readonly publicUrl: string,
    private readonly issuer?: string,
  ) {}

  /**
   * The metadata document for a path below `RESOURCE_METADATA_PATH`, such as `/mcp` or `/mcp/github`; nothing for
   * other paths or without an issuer. A tenant that does not exist is answered like one that does.
   */
  public metadata(path: string): string | undefined {
    if (this.issuer === undefined || !/^(\/mcp(\/[a-z][a-z0-9-]{0,30})?)?$/.test(path)) return undefined;
    return JSON.stringify({
      resource: `${this.publicUrl}${path}`,
      authorization_servers: [this.issuer],
      bearer_methods_supported: ['header'],
      resource_name: 'MCP Proxy Gateway',
    });
  }

  /** The header `WWW-Authenticate` for a refused request to this path (RFC 6750, 3; RFC 9728, 5.1). */
  public challenge(path: string, { refused }: Refusal): string {
    const parts: string[] = [];
    if (refused !== RefusalReason.NO_CREDENTIAL) parts.push('error="invalid_token"');
    const known = this.metadata(path) === undefined ? '/mcp' : path;
    if (this.issuer !== undefined) {
      const { origin, pathname } = new URL(`${this.publicUrl}${known}`);
      parts.push(`resource_metadata="${origin}${RESOURCE_METADATA_PATH}${pathname}"`);
    }
    return parts.length === 0 ? 'Bearer' : `Bearer ${parts.join(', ')}`;
  }
}
