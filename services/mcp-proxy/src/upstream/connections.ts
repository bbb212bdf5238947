import { buildConnector, type Dispatcher, Pool } from 'undici';
import { credentialScheme, TENANT_DEFAULTS, type Tenant } from '../../../../constructs/tenants';
import { AddressGuard } from './address-guard';
import { failure } from './failures';
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_MS } from './limits';
import { FailureKind } from './upstream';

/** What no header value may have; a credential with it would become a second header, or none. */
const NOT_IN_A_HEADER = /[^\t\x20-\x7e]/;

/**
 * The connections to one tenant's server, and the only place that writes headers to it: the tenant's credential and
 * what the protocol needs. Nothing of a caller's request can get in here but what is given as an argument.
 *
 * A short token minted for each call and bound to the upstream is not sent: a tenant has no field that says which key its
 * server would verify one with, and a token that nobody verifies proves nothing.
 *
 * A pool belongs to one tenant, not to one origin: tenants that share a server do not wait for each other's sockets.
 */
export class Connections {
  public readonly endpoint: URL;
  private readonly pool: Pool;
  private readonly path: string;
  private secret: string | undefined;
  private credentialHeaders: readonly string[] = [];

  /**
   * @param credential reads the tenant's secret, at each request, so that a rotated one counts at once
   */
  constructor(
    private readonly tenant: Tenant,
    private readonly credential: () => string | undefined,
  ) {
    this.endpoint = new URL(tenant.mcpEndpoint ?? '');
    this.path = this.endpoint.pathname + this.endpoint.search;
    const guard = new AddressGuard(this.endpoint.hostname);
    const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: guard.lookup });
    this.pool = new Pool(this.endpoint.origin, {
      connect: (options, callback) => {
        try {
          guard.checkLiteral();
        } catch (error) {
          callback(error as Error, null);
          return;
        }
        connect(options, callback);
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Time is kept per call, where it is known whether the upstream or a person is being waited for.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request. Error: `UpstreamFailure`, when the tenant's credential is missing; all else is told to `handler`.
   * @param headers names and values in turn; the credential is added to them
   * @param path of the endpoint's own origin; the endpoint's path unless given
   */
  public send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS',
    headers: string[],
    body: string | null,
    handler: Dispatcher.DispatchHandler,
    path = this.path,
  ): void {
    const credential = this.currentCredential();
    if (credential.length > 0) headers.push(...credential);
    this.pool.dispatch({ method, path, headers, body }, handler);
  }

  public async close(): Promise<void> {
    await this.pool.destroy();
  }

  private currentCredential(): readonly string[] {
    const { credential } = this.tenant;
    if (!credential) return this.credentialHeaders;
    const secret = this.credential();
    if (secret === this.secret && secret !== undefined) return this.credentialHeaders;
    if (!secret) throw failure(FailureKind.CREDENTIAL_MISSING, `no file ${credential.key}`);
    if (NOT_IN_A_HEADER.test(secret)) {
      const cause = `the file ${credential.key} has a character that no header can carry: write the secret on one line`;
      throw failure(FailureKind.CREDENTIAL_MISSING, cause);
    }
    const scheme = credentialScheme(credential);
    this.secret = secret;
    this.credentialHeaders = [
      credential.header ?? TENANT_DEFAULTS.credentialHeader,
      scheme === '' ? secret : `${scheme} ${secret}`,
    ];
    return this.credentialHeaders;
  }
}
