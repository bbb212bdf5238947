import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';

const SECONDS = 10;

/** What somebody without an account gets from the edge. */
export interface Page {
  readonly status: number;
  /** Where it sends the browser. */
  readonly location?: string;
  /** Why a browser would not trust the certificate; nothing when it does, or when there is none. */
  readonly distrust?: string;
}

/**
 * Opens the front page of a host at an address, as a browser does whose DNS already knows it. Rejects when nothing
 * answers.
 */
export type Visit = (host: string, address: string, encrypted: boolean) => Promise<Page>;

/** Visits at these ports. @param ports for plain HTTP and for TLS */
export function visitAt(ports: { readonly plain: number; readonly encrypted: number }): Visit {
  return (host, address, encrypted) =>
    new Promise((resolve, reject) => {
      const { request } = encrypted ? https : http;
      const port = encrypted ? ports.encrypted : ports.plain;
      const sent = request(
        // Whether the certificate is trusted is a finding, no reason to stop.
        {
          host: address,
          port,
          path: '/',
          headers: { host },
          servername: host,
          rejectUnauthorized: false,
          agent: false,
        },
        (response) => {
          const { authorized, authorizationError } = response.socket as TLSSocket;
          response.resume();
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location,
            distrust: encrypted && !authorized ? String(authorizationError) : undefined,
          });
        },
      );
      sent.setTimeout(SECONDS * 1000, () => sent.destroy(new Error(`no answer within ${SECONDS} seconds`)));
      sent.on('error', reject);
      sent.end();
    });
}
