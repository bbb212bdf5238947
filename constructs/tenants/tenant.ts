/** How the gateway talks to a tenant's MCP server. */
export enum McpProtocol {
  /** Try Streamable HTTP first, then the older HTTP+SSE, and remember what answered. */
  AUTO = 'auto',
  /** MCP over Streamable HTTP (specification 2025-03-26 and later). */
  STREAMABLE_HTTP = 'streamable-http',
  /** The deprecated HTTP+SSE transport (specification 2024-11-05), still common. */
  SSE = 'sse',
  /** A plain HTTP API described by an OpenAPI document; each operation becomes a tool. */
  OPENAPI = 'openapi',
}

/** The secret that the gateway sends to a tenant's server. Only its name is written here, never its value. */
export interface TenantCredential {
  /**
   * Key in the Secret of tenant credentials, which is also the file name under the gateway's `SECRETS_PATH`.
   * Letters, digits, `-`, `_` and `.`.
   */
  readonly key: string;

  /**
   * HTTP header that carries the secret. Identity, routing and protocol headers are refused.
   *
   * @default - `Authorization`
   */
  readonly header?: string;

  /**
   * Word in front of the secret, such as `Bearer` or `token`. An empty text sends the secret alone.
   *
   * @default - `Bearer` in the header `Authorization`, nothing in any other header
   */
  readonly scheme?: string;
}

/**
 * Which of the server's tools exist for this tenant's users, administrators included.
 * Entries are globs over the server's own tool names (without the tenant prefix), case-sensitive; `*` stands for
 * any run of characters.
 */
export interface ToolFilter {
  /**
   * Only tools that match one of these.
   *
   * @default - every tool
   */
  readonly allow?: string[];

  /**
   * Never tools that match one of these, whatever `allow` says.
   *
   * @default - no tool
   */
  readonly deny?: string[];
}

/** Limits on how often a tenant's tools are called. */
export interface TenantRateLimit {
  /** Calls of one user in one minute, 1 to 6,000. */
  readonly perUserPerMinute: number;
}

/**
 * One tenant of the MCP gateway: a server, and who may use it.
 *
 * Who may use it: every list that is given (`allowedUsers`, `allowedGroups`) must have a match. At least one must be
 * given. Roles in the gateway's `ADMIN_ROLES` see every enabled tenant.
 */
export interface Tenant {
  /**
   * Name of the tenant and prefix of its tools (`<tenantId>_<tool>`): `[a-z][a-z0-9-]{0,30}`. It has no underscore,
   * so that the first underscore of a tool's shown name always ends the tenant.
   */
  readonly tenantId: string;

  /** Name shown to people, 1 to 100 characters. */
  readonly displayName: string;

  /**
   * URL of the tenant's MCP server: `http` or `https`, without user name, password, fragment or secrets.
   *
   * @default - given by the construct that runs the server; validation refuses a tenant that still has none
   */
  readonly mcpEndpoint?: string;

  /**
   * Whether the tenant exists. A disabled tenant does not exist for anyone, administrators included.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * E-mail globs, lower case, anchored, with one `@`: `alice@google.com`, `*@google.com`, `*-admin@google.com`,
   * `*@*.google.com` (sub-domains only). `*` alone means every signed-in user and needs `allowedGroups` beside it.
   *
   * @default - any user; then `allowedGroups` must be given
   */
  readonly allowedUsers?: string[];

  /**
   * Group names, compared exactly. No commas: Open WebUI joins a user's groups with commas in one header.
   *
   * @default - any group; then `allowedUsers` must be given
   */
  readonly allowedGroups?: string[];

  /**
   * How the gateway talks to the server.
   *
   * @default McpProtocol.AUTO
   */
  readonly protocol?: McpProtocol;

  /**
   * Secret that the gateway sends to the server.
   *
   * @default - none is sent
   */
  readonly credential?: TenantCredential;

  /**
   * Which of the server's tools exist for this tenant.
   *
   * @default - all of them
   */
  readonly tools?: ToolFilter;

  /**
   * Longest wait for one call, in milliseconds, 100 to 900,000.
   *
   * @default 60000
   */
  readonly timeoutMs?: number;

  /**
   * Calls in flight at once from one gateway replica, 1 to 1,000.
   *
   * @default 32
   */
  readonly maxConcurrency?: number;

  /**
   * Limits on how often the tools are called.
   *
   * @default - no limit
   */
  readonly rateLimit?: TenantRateLimit;

  /**
   * Says that another enabled tenant may use the same `mcpEndpoint`. Filtering who may call a server does not
   * separate the data behind it, so sharing is an error unless every tenant that shares says so.
   *
   * @default false
   */
  readonly sharesEndpoint?: boolean;
}
