import type { TenantCaller } from '../../../../constructs/tenants';

/** How it was proved who calls. */
export enum CallerProof {
  /** The signed user token of Open WebUI, behind the gateway's key. */
  OPEN_WEBUI_TOKEN = 'open-webui-token',
  /** An access token of the OpenID issuer. */
  ACCESS_TOKEN = 'access-token',
  /** Plain headers: development only. */
  PLAIN_HEADERS = 'plain-headers',
  /** The gateway's key alone: a program, without a user. It sees no tenant. */
  KEY_ONLY = 'key-only',
}

/** A caller whose identity is proved. */
export interface Caller extends TenantCaller {
  /** Stable id of the user; empty where there is none. */
  readonly userId: string;
  readonly proof: CallerProof;
}
