/** API Management in front of the workspace: tokens of Entra are checked before a request reaches the cluster. */
export interface EdgeProps {
  /** Unique in Azure; its host is `<name>.azure-api.net`. */
  readonly name: string;
  /** For example `Premium_2`; `Developer_1` has no service level. */
  readonly sku: string;
  readonly publisherName: string;
  readonly publisherEmail: string;
  readonly apis: PublishedApi[];
}

/** Something in the cluster that programs reach through API Management. */
export interface PublishedApi {
  /** In kebab case. */
  readonly name: string;
  /** First part of the path, for example `mcp`. */
  readonly path: string;
  /** Where requests go, for example `https://tools.company.com/mcp`. Form: https URL. */
  readonly backendUrl: string;
  /** HTTP methods that pass. @default - GET, POST and DELETE, as MCP wants them */
  readonly methods?: string[];
  /** Audience that a token must have, for example `api://tools`. */
  readonly audience: string;
  /** Unit: requests per minute of one caller. @default 300 */
  readonly requestsPerMinute?: number;
  /** Longest wait for the backend. Unit: seconds. @default 300 */
  readonly timeoutSeconds?: number;
}
