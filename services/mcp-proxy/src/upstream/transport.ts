import { VERSION } from '../../../../constructs/version';
import type { Call } from './call';
import type { JsonObject, JsonRpcError, UpstreamAnswer, UpstreamOffer, UpstreamRequest } from './upstream';

/** A way to speak with one tenant's server. Limits on time and number are for whoever uses it. */
export interface Transport {
  /** Everything the server offers; `withCall` makes the calls that this takes. Error: `UpstreamFailure`. */
  discover(withCall: WithCall): Promise<UpstreamOffer>;
  /** Why a request must not be sent, where the server cannot find that out itself. @default - it always may */
  refusal?(request: UpstreamRequest): JsonRpcError | undefined;
  /** Error: `UpstreamFailure`. */
  send(call: Call): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

/** Runs a call of the gateway's own, which ends in time whatever the server does. */
export type WithCall = <T>(method: string, params: JsonObject, run: (call: Call) => Promise<T>) => Promise<T>;

/** How the gateway introduces itself; nothing of its callers is in it. */
export const CLIENT_INFO = { name: 'mcp-proxy', version: VERSION };

/**
 * What is declared when the lists are asked for: servers show tools that ask questions only to clients that can answer.
 * A call declares what its caller can do.
 */
export const DISCOVERY_CAPABILITIES = { elicitation: {}, sampling: {} };
